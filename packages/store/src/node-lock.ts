/**
 * The lock that keeps a store to one opening. It is a lock of the kernel on an open file description (`F_OFD_SETLK` on Linux,
 * `flock` on macOS): it ends with the process however that ends, leaves nothing stale behind, and also refuses a second opening in the
 * same process, which a classic POSIX lock would grant. Node has no call for it, hence a native package; it is loaded only when
 * a store is opened.
 */
/// <reference path="./fs-native-extensions.d.ts" />
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreError } from './errors.js';
import { translateError } from './node-errors.js';
import type { NodeFileSystem } from './node-file-system.js';
import { LOCK_FILE } from './segment-name.js';

/** Locks a directory until the returned handle is closed. @throws StoreError `STORE_LOCKED`, `STORE_IO` */
export async function lockDirectory(fs: NodeFileSystem, directory: string): Promise<FileHandle> {
  const { tryLock } = await import('fs-native-extensions');
  const path = join(directory, LOCK_FILE);
  let handle: FileHandle | undefined;
  try {
    handle = await fs.promises.open(path, 'a+', 0o600);
    if (tryLock(handle.fd)) return handle;
  } catch (error) {
    await handle?.close();
    throw translateError(error, 'lock', path);
  }
  await handle.close();
  throw new StoreError({ code: 'STORE_LOCKED', directory });
}
