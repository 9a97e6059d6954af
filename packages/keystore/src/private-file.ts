/** Files that only their owner may read: written whole or not at all, never over another, refused when others can read them. */

import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KeystoreError } from './errors.js';

/** Largest key file that is read, bytes. */
export const KEY_FILE_BYTES_MAX = 1024 * 1024;

/** Writes and syncs the file and its directory entry. @throws KeystoreError `KEY_FILE_EXISTS` */
export async function writePrivateFile(file: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    // A link, not a rename: it fails where the name is taken.
    await link(temporary, file);
  } catch (cause) {
    if (isErrno(cause, 'EEXIST')) throw new KeystoreError({ code: 'KEY_FILE_EXISTS', file }, { cause });
    throw cause;
  } finally {
    await unlink(temporary);
  }
  const directory = await open(dirname(file), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** @param secret - refuse the file when others than its owner can read it. @throws KeystoreError */
export async function readKeyFile(file: string, secret: boolean): Promise<Buffer> {
  try {
    const { mode, size } = await stat(file);
    if (secret && (mode & 0o077) !== 0 && process.platform !== 'win32') {
      const found = `0${(mode & 0o777).toString(8)}`;
      throw new KeystoreError({ code: 'KEY_FILE_PERMISSIONS', file, mode: found });
    }
    if (size > KEY_FILE_BYTES_MAX) {
      const problem = `expected at most ${KEY_FILE_BYTES_MAX} bytes, found ${size}`;
      throw new KeystoreError({ code: 'KEY_FILE_MALFORMED', file, problem });
    }
    return await readFile(file);
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) throw new KeystoreError({ code: 'KEY_FILE_MISSING', file }, { cause });
    throw cause;
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
