/**
 * Whether others than its owner may write what makes a home: the folder, in which they could put other files in the place of these, and
 * quorumsign.yaml. A start does not refuse it, since volumes are sometimes mounted so; an operator should know.
 */

import { stat } from 'node:fs/promises';
import { homePaths } from './home-paths.js';

const OTHERS_WRITE = 0o022;

/** @returns warnings, in words; none on Windows, which has no such modes */
export async function writableWarnings(home: string): Promise<string[]> {
  if (process.platform === 'win32') return [];
  const warnings: string[] = [];
  for (const path of [home, homePaths(home).config]) {
    const { mode } = await stat(path);
    if ((mode & OTHERS_WRITE) === 0) continue;
    const found = `0${(mode & 0o777).toString(8)}`;
    warnings.push(
      `${path}: expected a mode in which its owner alone may write, found ${found}; whoever else may can point this cosigner elsewhere; run: chmod go-w '${path}'`,
    );
  }
  return warnings;
}
