/**
 * A folder that `--out` names: everything is written into a new one beside it, which takes its name only when it is complete. Nothing
 * is ever overwritten, and what fails half-way leaves nothing behind.
 */

import { lstat, mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CommandContext } from '../context.js';
import { CliError } from '../errors.js';

/**
 * Checked again at the end.
 *
 * @throws CliError `WOULD_OVERWRITE` when something is there that is not an empty folder; `FILE` when that cannot be seen
 */
export async function assertNothingThere(out: string): Promise<void> {
  const found: readonly string[] = await readdir(out).catch(async (error: unknown): Promise<string[]> => {
    const errno = errnoOf(error);
    if (errno === 'ENOENT') return [];
    // A file in this place, or in the place of a folder above it: only the first would be overwritten.
    const isThere = errno === 'ENOTDIR' && (await lstat(out).catch(() => undefined)) !== undefined;
    if (isThere) throw new CliError({ code: 'WOULD_OVERWRITE', path: out }, { cause: error });
    throw outError(out, error);
  });
  if (found.length > 0) throw new CliError({ code: 'WOULD_OVERWRITE', path: out });
}

/**
 * @param fill - writes into the folder that is to take the name
 * @throws CliError `WOULD_OVERWRITE`, `FILE`; whatever `fill` throws
 */
export async function writeFreshFolder(
  folder: string,
  context: CommandContext,
  fill: (building: string) => Promise<void>,
): Promise<void> {
  const out = resolve(folder);
  await assertNothingThere(out);
  const building = `${out}.${Buffer.from(context.randomBytes(6)).toString('hex')}.tmp`;
  await mkdir(building, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw outError(out, error);
  });
  try {
    await fill(building);
    await assertNothingThere(out);
    await rmdir(out).catch(() => undefined); // an empty folder gives way; rename refuses one that is not empty
    await rename(building, out).catch((error: unknown) => {
      // Somebody was faster: a folder that is not empty any more, or a file.
      const isThere = ['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes(errnoOf(error));
      throw isThere ? new CliError({ code: 'WOULD_OVERWRITE', path: out }, { cause: error }) : outError(out, error);
    });
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    throw error;
  }
}

function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

/** A folder that cannot be read or made where `--out` says; the path is the one that was typed, not that of a temporary name. */
function outError(out: string, cause: unknown): CliError {
  const problem = `expected a place where this folder can be made, found ${outProblem(errnoOf(cause))}, or choose another --out; nothing was written`;
  return new CliError({ code: 'FILE', path: out, problem }, { cause });
}

function outProblem(errno: string): string {
  switch (errno) {
    case 'EACCES':
    case 'EPERM':
      return `no permission (${errno}); check owner and mode of it and of the folder around it`;
    case 'ENOTDIR':
      return 'a file in the place of a folder above it; check the path';
    case 'EROFS':
      return 'a file system that is mounted read-only; mount it otherwise';
    case 'ENOSPC':
    case 'EDQUOT':
      return `no space left (${errno}); make room`;
    default:
      return `${errno}; check the path`;
  }
}
