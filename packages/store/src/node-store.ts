/**
 * Stores in directories of the file system: where the log, the lock, node:fs and the system's randomness are put together.
 */
import { randomBytes } from 'node:crypto';
import nodeFs, { constants } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { DurableLog, LogRecord, StoreIdentity } from './durable-log.js';
import { StoreError } from './errors.js';
import type { LogOptions } from './limits.js';
import { createLog, openLog, readLog, type StoreInspection } from './log-opening.js';
import { NodeDirectory, NodeReader, syncDirectory } from './node-directory.js';
import { translateError } from './node-errors.js';
import type { NodeFileSystem, SyncMode } from './node-file-system.js';
import { lockDirectory } from './node-lock.js';
import { STORE_ID_BYTES } from './segment-header.js';
import { listSegments } from './segment-name.js';

/** What a store takes from its surroundings; each has a default. */
export interface NodeStoreDeps {
  /** Default node:fs. */
  readonly fs?: NodeFileSystem;
  /** Source of the store id. Default node:crypto. */
  readonly randomBytes?: (lengthBytes: number) => Uint8Array;
  /** Default `dsync` on Linux, `fdatasync` elsewhere. */
  readonly syncMode?: SyncMode;
}

/**
 * Makes a new store with a new random store id, holding `initialRecords` as its first snapshot; durable on return, with the directories
 * that had to be made for it. A crash on the way leaves no store, and this may be called again.
 *
 * @param directory - made with mode 0700 if missing
 * @throws StoreError `STORE_EXISTS`, `STORE_LOCKED`, `STORE_FULL`, `STORE_SYNC_FAILED`, `STORE_IO`, `STORE_LIMIT`
 */
export async function createStore(
  directory: string,
  identity: StoreIdentity,
  initialRecords: readonly LogRecord[],
  deps: NodeStoreDeps & LogOptions = {},
): Promise<void> {
  const path = resolve(directory);
  const fs = deps.fs ?? nodeFs;
  await makeDirectory(fs, path);
  const locked = await openDirectory(path, deps);
  try {
    const storeId = (deps.randomBytes ?? randomBytes)(STORE_ID_BYTES);
    await createLog(locked, { ...deps, identity, storeId, records: initialRecords });
  } finally {
    await locked.close();
  }
}

/**
 * Locks, recovers and opens a store. What was recovered has been written and synced afresh on return.
 *
 * @throws StoreError any code but `STORE_EXISTS` and `STORE_CLOSED`
 */
export async function openStore(
  directory: string,
  identity: StoreIdentity,
  options: LogOptions = {},
  deps: NodeStoreDeps = {},
): Promise<DurableLog> {
  const path = resolve(directory);
  // Looked at before locking, so that a mistyped path does not get a lock file.
  const files = await new NodeReader(path, deps.fs ?? nodeFs).list();
  if (listSegments(files).length === 0) throw new StoreError({ code: 'STORE_MISSING', directory: path });
  const locked = await openDirectory(path, deps);
  try {
    return await openLog(locked, identity, options);
  } catch (error) {
    await locked.close();
    throw error;
  }
}

/**
 * Reads a store for inspection: takes no lock and writes nothing. Meant for when the process that owns it is down; beside a running one
 * the last batch may look torn.
 *
 * @throws StoreError `STORE_MISSING`, `STORE_VERSION`, `STORE_DAMAGED`, `STORE_IO`
 */
export function readStore(directory: string, deps: Pick<NodeStoreDeps, 'fs'> = {}): Promise<StoreInspection> {
  return readLog(new NodeReader(resolve(directory), deps.fs ?? nodeFs));
}

async function openDirectory(path: string, deps: NodeStoreDeps): Promise<NodeDirectory> {
  const fs = deps.fs ?? nodeFs;
  const syncMode = deps.syncMode ?? defaultSyncMode();
  return new NodeDirectory(path, fs, await lockDirectory(fs, path), syncMode);
}

/** On macOS only a sync call reaches the medium (libuv makes it `F_FULLFSYNC`); other systems may lack the flag. */
function defaultSyncMode(): SyncMode {
  return process.platform === 'linux' && constants.O_DSYNC !== undefined ? 'dsync' : 'fdatasync';
}

async function makeDirectory(fs: NodeFileSystem, path: string): Promise<void> {
  let first: string | undefined;
  try {
    first = await fs.promises.mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw translateError(error, 'create', path);
  }
  if (first === undefined) return;
  // Each new directory is a name in its parent, which is durable only when the parent is synced.
  for (let made = path; ; made = dirname(made)) {
    await syncDirectory(fs, dirname(made));
    if (made === first || made === dirname(made)) return;
  }
}
