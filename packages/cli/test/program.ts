/** The program as a process of its own, as it was built: what nothing inside a test's process shows. */

import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

const PROGRAM = new URL('../bin/quorumsign.js', import.meta.url).pathname;

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** @param umask - octal; default that of the tests */
export async function runProgram(args: readonly string[], { umask }: { umask?: string } = {}): Promise<Ended> {
  const masked = umask === undefined ? 'exec "$@"' : `umask ${umask} && exec "$@"`;
  const child = spawn('sh', ['-c', masked, 'sh', process.execPath, PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const [code, out, err] = await Promise.all([exited, text(child.stdout), text(child.stderr)]);
  return { code, out, err };
}
