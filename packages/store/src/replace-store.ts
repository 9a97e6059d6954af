/** An operator's act: a new store in the place of one that must not be used again. */

import nodeFs from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { LogRecord, StoreIdentity } from './durable-log.js';
import { syncDirectory } from './node-directory.js';
import { translateError } from './node-errors.js';
import { lockDirectory } from './node-lock.js';
import { createStore } from './node-store.js';

const RETIRED_MAX = 1000;

/**
 * Makes a new store with a store id of its own where another one was, or should have been. The old one is kept beside it, for people
 * to look at. A crash on the way leaves the old store, or none, or the new one; then this is called again.
 *
 * @param directory - of the store
 * @param newRecords - made once the old store is locked, so that nobody writes to it any more
 * @returns where the old store is now; undefined where there was none
 * @throws StoreError `STORE_LOCKED`, `STORE_FULL`, `STORE_SYNC_FAILED`, `STORE_IO`
 */
export async function replaceStore(
  directory: string,
  identity: StoreIdentity,
  newRecords: () => Promise<readonly LogRecord[]>,
): Promise<string | undefined> {
  const path = resolve(directory);
  const making = `${path}.new`;
  const lock = (await isThere(path)) ? await lockDirectory(nodeFs, path) : undefined;
  try {
    await rm(making, { recursive: true, force: true });
    await createStore(making, identity, await newRecords());
    const retired = lock === undefined ? undefined : await freeName(path);
    if (retired !== undefined) await rename(path, retired);
    await rename(making, path);
    await syncDirectory(nodeFs, dirname(path));
    return retired;
  } catch (error) {
    throw translateError(error, 'rename', path);
  } finally {
    await lock?.close();
  }
}

async function freeName(path: string): Promise<string> {
  for (let number = 1; number <= RETIRED_MAX; number++) {
    const name = `${path}.retired-${number}`;
    if (!(await isThere(name))) return name;
  }
  throw new Error(`expected fewer than ${RETIRED_MAX} retired stores beside ${path}`);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw translateError(error, 'open', path);
  }
}
