/** Files that only their owner may read: written whole or not at all, never over another, refused when others can read them. */

import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KeystoreError } from './errors.js';

/** Largest key file that is read, bytes. */
export const KEY_FILE_BYTES_MAX = 1024 * 1024;
/** Mode bits that a secret, or a folder of secrets, must not have. */
const OTHERS_ANY = 0o077;
/** Where a file of a home is missing. */
export const COPY_THE_HOME = 'copy the whole home of this cosigner again';
/** Where a file is missing that someone named, perhaps before there is any home. */
export const CHECK_THE_PATH = 'check the path';
/** Mode bits that a public file must not have. */
const OTHERS_WRITE = 0o022;

/**
 * Writes and syncs the file and its directory entry, mode 0600; missing folders are made with 0700.
 *
 * @throws KeystoreError `KEY_FILE_EXISTS`, `KEY_FILE_UNUSABLE`
 */
export async function writePrivateFile(file: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // A link, not a rename: it fails where the name is taken.
    await link(temporary, file);
  } catch (error) {
    throw translate(file, error);
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(dirname(file));
}

/**
 * Reads a whole file.
 *
 * @param secret - refuse the file when others than its owner can read it; otherwise only when others can write it
 * @param remedy - what to do where it is missing; default {@link COPY_THE_HOME}
 * @throws KeystoreError `KEY_FILE_MISSING`, `KEY_FILE_PERMISSIONS`, `KEY_FILE_MALFORMED` (too large), `KEY_FILE_UNUSABLE`
 */
export async function readKeyFile(file: string, secret: boolean, remedy: string = COPY_THE_HOME): Promise<Buffer> {
  try {
    // Opened first and asked afterwards, so that what is checked is what is read.
    const handle = await open(file, 'r');
    try {
      const found = await handle.stat();
      if (!found.isFile()) throw new KeystoreError({ code: 'KEY_FILE_UNUSABLE', file, problem: 'something else' });
      checkMode(file, found.mode, secret ? OTHERS_ANY : OTHERS_WRITE, '600');
      if (found.size > KEY_FILE_BYTES_MAX) {
        const problem = `expected at most ${KEY_FILE_BYTES_MAX} bytes, found ${found.size}`;
        throw new KeystoreError({ code: 'KEY_FILE_MALFORMED', file, problem });
      }
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw translate(file, error, remedy);
  }
}

/** The names in a folder of secrets. @throws KeystoreError `KEY_FILE_MISSING`, `KEY_FILE_PERMISSIONS`, `KEY_FILE_UNUSABLE` */
export async function readPrivateFolder(folder: string): Promise<string[]> {
  try {
    checkMode(folder, (await stat(folder)).mode, OTHERS_ANY, '700');
    return (await readdir(folder)).sort();
  } catch (error) {
    throw translate(folder, error);
  }
}

function checkMode(file: string, mode: number, forbidden: number, expected: string): void {
  if ((mode & forbidden) === 0 || process.platform === 'win32') return;
  throw new KeystoreError({ code: 'KEY_FILE_PERMISSIONS', file, mode: `0${(mode & 0o777).toString(8)}`, expected });
}

async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw translate(folder, error);
  }
}

/** The one place where the file system's errors become ours. */
function translate(file: string, error: unknown, remedy: string = COPY_THE_HOME): KeystoreError {
  if (error instanceof KeystoreError) return error;
  const errno = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const options = { cause: error };
  if (errno === 'EEXIST') return new KeystoreError({ code: 'KEY_FILE_EXISTS', file }, options);
  if (errno === 'ENOENT') return new KeystoreError({ code: 'KEY_FILE_MISSING', file, remedy }, options);
  return new KeystoreError({ code: 'KEY_FILE_UNUSABLE', file, problem: errno }, options);
}
