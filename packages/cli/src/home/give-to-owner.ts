/** Files that root makes in the home of a cosigner that runs as somebody else. */

import { lchown, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError } from '../errors.js';

/**
 * Gives a folder and what is in it to the owner of the home: with mode 0700 and 0600 nobody else could start with it.
 *
 * @throws CliError `FILE`
 */
export async function giveToOwnerOf(home: string, folder: string): Promise<void> {
  try {
    const { uid, gid } = await lstat(home);
    if ((await lstat(folder)).uid === uid) return;
    // The folder last: what a run leaves half-way is done again by the next.
    for (const name of await readdir(folder)) await lchown(join(folder, name), uid, gid);
    await lchown(folder, uid, gid);
  } catch (error) {
    const problem = `expected to give it to the owner of ${home}, found ${error instanceof Error ? error.message : String(error)}; run: chown -R --reference='${home}' '${folder}'`;
    throw new CliError({ code: 'FILE', path: folder, problem }, { cause: error });
  }
}
