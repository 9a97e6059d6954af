/** Reads the configuration of a home. */

import { CONFIG_BYTES_MAX, parseConfig } from '../config/parse-config.js';
import type { Config } from '../config/schema.js';
import { readTextFile } from '../text-file.js';
import { homePaths } from './home-paths.js';

/** @throws CliError `FILE`, `CONFIG` */
export async function loadConfig(home: string): Promise<Config> {
  const file = homePaths(home).config;
  return parseConfig(await readTextFile(file, CONFIG_BYTES_MAX), file);
}
