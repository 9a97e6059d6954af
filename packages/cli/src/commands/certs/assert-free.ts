/** Nothing is overwritten: asked before anything is made, so that a refusal leaves no half behind. */

import { lstat } from 'node:fs/promises';
import { CliError } from '../../errors.js';
import { fileProblem } from '../../text-file.js';

/** @throws CliError `WOULD_OVERWRITE` for the first that exists, `FILE` for a folder that cannot be looked into */
export async function assertFree(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const found = await lstat(path).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
        throw new CliError({ code: 'FILE', path, problem: fileProblem(error) }, { cause: error });
      },
    );
    if (found) throw new CliError({ code: 'WOULD_OVERWRITE', path });
  }
}
