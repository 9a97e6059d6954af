/** Reads the configuration of a home. */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CONFIG_BYTES_MAX, parseConfig } from '../config/parse-config.js';
import type { Config } from '../config/schema.js';
import { CliError } from '../errors.js';
import { readTextFile } from '../text-file.js';
import { homePaths } from './home-paths.js';

/** Entries of a folder that are looked at for homes. */
const ENTRIES_MAX = 64;

/** @throws CliError `FILE`, `CONFIG` */
export async function loadConfig(home: string): Promise<Config> {
  const file = homePaths(home).config;
  return parseConfig(
    await readTextFile(file, CONFIG_BYTES_MAX).catch(async (error: unknown) => await rethrow(error, home)),
    file,
  );
}

/**
 * Refuses a folder that is no home, for commands that do not need what the configuration says: what else stops them in a home is theirs
 * to say.
 *
 * @throws CliError `FILE` as {@link loadConfig} does where quorumsign.yaml is missing
 */
export async function assertHome(home: string): Promise<void> {
  await stat(homePaths(home).config).catch(async (error: unknown) => {
    if (isMissing(error)) throw await noHome(home, error);
  });
}

async function rethrow(error: unknown, home: string): Promise<never> {
  if (error instanceof CliError && isMissing(error.cause)) throw await noHome(home, error);
  throw error;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** The mistake of a first day: the wrong folder, or the one that `cluster create` made around the homes. */
async function noHome(home: string, cause: unknown): Promise<CliError> {
  const homes = await homesIn(home);
  const remedy =
    homes.length === 0
      ? 'give a folder that cluster create made for one cosigner'
      : `one of its folders is meant: ${homes.map((each) => `--home ${each}`).join(', ')}`;
  const problem = `expected the home of a cosigner in ${home}, found no quorumsign.yaml there; ${remedy} (--home DIR or QUORUMSIGN_HOME)`;
  return new CliError({ code: 'FILE', path: homePaths(home).config, problem }, { cause });
}

async function homesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []); // only a hint: what is not readable is not suggested
  const homes: string[] = [];
  for (const name of names.sort().slice(0, ENTRIES_MAX)) {
    const home = join(folder, name);
    const found = await stat(homePaths(home).config).catch(() => undefined);
    if (found?.isFile() === true) homes.push(home);
  }
  return homes;
}
