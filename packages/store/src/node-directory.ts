/**
 * {@link BlockDirectory} on node:fs. Segments are opened with `O_DSYNC`, so that a batch is one positional write in one trip to
 * the thread pool; where the flag is missing, or does not reach the medium (macOS), `fdatasync` follows the write. New files are
 * filled with zeros and synced, so that no later write of a batch has to allocate blocks or change the file's length.
 */
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlockDirectory, BlockFile, ReadableDirectory, WriteDone } from './block-directory.js';
import { StoreError } from './errors.js';
import { errorCode, type FileOperation, translateError } from './node-errors.js';
import type { NodeFileSystem, SyncMode } from './node-file-system.js';

/** Zeros are written and synced in pieces, so that a mark's write never queues behind a whole segment's. */
const ZERO_CHUNK_BYTES = 256 * 1024;

/** Reading alone, without a lock. */
export class NodeReader implements ReadableDirectory {
  readonly path: string;
  protected readonly fs: NodeFileSystem;

  constructor(path: string, fs: NodeFileSystem) {
    this.path = path;
    this.fs = fs;
  }

  async list(): Promise<readonly string[]> {
    try {
      const entries = await this.fs.promises.readdir(this.path, { withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') throw new StoreError({ code: 'STORE_MISSING', directory: this.path });
      throw translateError(error, 'list', this.path);
    }
  }

  readAll(name: string): Promise<Uint8Array> {
    return attempt('read', name, () => this.fs.promises.readFile(join(this.path, name)));
  }
}

/** A directory whose lock is held by `lock`, until that is closed. */
export class NodeDirectory extends NodeReader implements BlockDirectory {
  readonly #lock: FileHandle;
  readonly #syncMode: SyncMode;

  constructor(path: string, fs: NodeFileSystem, lock: FileHandle, syncMode: SyncMode) {
    super(path, fs);
    this.#lock = lock;
    this.#syncMode = syncMode;
  }

  open(name: string): Promise<BlockFile> {
    return attempt('open', name, async () => {
      const dsync = this.#syncMode === 'dsync' ? constants.O_DSYNC : 0;
      const handle = await this.fs.promises.open(join(this.path, name), constants.O_RDWR | dsync);
      const { size } = await handle.stat();
      return new NodeFile(name, size, handle, this.fs, this.#syncMode);
    });
  }

  async create(name: string, sizeBytes: number): Promise<BlockFile> {
    const handle = await attempt('create', name, () => this.fs.promises.open(join(this.path, name), 'wx+', 0o600));
    try {
      const zeros = new Uint8Array(Math.min(ZERO_CHUNK_BYTES, sizeBytes));
      for (let at = 0; at < sizeBytes; ) {
        const length = Math.min(zeros.length, sizeBytes - at);
        const { bytesWritten } = await attempt('write', name, () => handle.write(zeros, 0, length, at));
        await attempt('sync', name, () => handle.datasync());
        at += bytesWritten;
      }
      await attempt('sync', name, () => handle.sync());
    } finally {
      await handle.close();
    }
    return this.open(name);
  }

  rename(from: string, to: string): Promise<void> {
    return attempt('rename', from, () => this.fs.promises.rename(join(this.path, from), join(this.path, to)));
  }

  remove(name: string): Promise<void> {
    return attempt('remove', name, () => this.fs.promises.unlink(join(this.path, name)));
  }

  sync(): Promise<void> {
    return syncDirectory(this.fs, this.path);
  }

  close(): Promise<void> {
    return attempt('close', this.path, () => this.#lock.close());
  }
}

/** Makes the names in a directory durable. @throws StoreError `STORE_SYNC_FAILED`, `STORE_FULL` */
export async function syncDirectory(fs: NodeFileSystem, path: string): Promise<void> {
  await attempt('sync', path, async () => {
    const handle = await fs.promises.open(path, constants.O_RDONLY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

class NodeFile implements BlockFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly #handle: FileHandle;
  readonly #fs: NodeFileSystem;
  readonly #syncMode: SyncMode;

  constructor(name: string, sizeBytes: number, handle: FileHandle, fs: NodeFileSystem, syncMode: SyncMode) {
    this.name = name;
    this.sizeBytes = sizeBytes;
    this.#handle = handle;
    this.#fs = fs;
    this.#syncMode = syncMode;
  }

  writeDurably(bytes: Uint8Array, start: number, end: number, position: number, done: WriteDone): void {
    this.#fs.write(this.#handle.fd, bytes, start, end - start, position, (error, written) => {
      if (error !== null) done(translateError(error, 'write', this.name));
      else if (written === 0) done(translateError(new Error('nothing was written'), 'write', this.name));
      // A short write is how a full disk or a signal begins to show: the rest gives the error, or completes it.
      else if (written < end - start) this.writeDurably(bytes, start + written, end, position + written, done);
      else if (this.#syncMode === 'dsync') done(undefined);
      else this.#sync(done);
    });
  }

  close(): Promise<void> {
    return attempt('close', this.name, () => this.#handle.close());
  }

  #sync(done: WriteDone): void {
    this.#fs.fdatasync(this.#handle.fd, (error) => {
      done(error === null ? undefined : translateError(error, 'sync', this.name));
    });
  }
}

async function attempt<T>(operation: FileOperation, file: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw translateError(error, operation, file);
  }
}
