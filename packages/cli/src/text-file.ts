/** Reads small text files with a bound, and says in words what is wrong with one that cannot be read. */

import { open } from 'node:fs/promises';
import { CliError } from './errors.js';

/** @throws CliError `FILE` */
export async function readTextFile(path: string, bytesMax: number): Promise<string> {
  try {
    const handle = await open(path, 'r');
    try {
      // One byte more than allowed is read, so that a pipe or a growing file is bounded too.
      const buffer = Buffer.alloc(bytesMax + 1);
      let length = 0;
      while (length < buffer.length) {
        const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      if (length > bytesMax) {
        throw new CliError({ code: 'FILE', path, problem: `expected at most ${bytesMax} bytes, found more` });
      }
      return buffer.toString('utf8', 0, length);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw new CliError({ code: 'FILE', path, problem: fileProblem(cause) }, { cause });
  }
}

/** An errno in words. */
export function fileProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ENOENT':
      return 'expected this file, found none; check the path';
    case 'EACCES':
    case 'EPERM':
      return 'no permission; check its owner and mode';
    case 'EISDIR':
      return 'expected a file, found a directory';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
