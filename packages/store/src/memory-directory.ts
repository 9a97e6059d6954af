/**
 * {@link BlockDirectory} on a {@link MemoryDisk}.
 */
import type { BlockDirectory, BlockFile, WriteDone } from './block-directory.js';
import { StoreError } from './errors.js';
import type { DiskAccess, DiskOperation, GateVerdict } from './memory-disk.js';
import { MemoryInode } from './memory-inode.js';

/** One opening of the disk. */
export class MemoryDirectory implements BlockDirectory {
  readonly path = 'memory';
  readonly #disk: DiskAccess;
  readonly #unlock: () => void;

  constructor(disk: DiskAccess, unlock: () => void) {
    this.#disk = disk;
    this.#unlock = unlock;
  }

  list(): Promise<readonly string[]> {
    return this.#perform('list', this.path, () => this.#disk.names.list());
  }

  readAll(name: string): Promise<Uint8Array> {
    return this.#perform('read', name, () => this.#disk.inode(name).cache.slice());
  }

  open(name: string): Promise<BlockFile> {
    return this.#perform('open', name, () => new MemoryFile(name, this.#disk.inode(name), this.#disk));
  }

  async create(name: string, sizeBytes: number): Promise<BlockFile> {
    const inode = await this.#perform('create', name, () => {
      if (this.#disk.names.get(name) !== undefined) {
        throw new StoreError({ code: 'STORE_IO', operation: 'create', file: name, reason: 'file exists' });
      }
      if (this.#disk.isFull(sizeBytes)) throw failure('create', name, 'full');
      const created = new MemoryInode(name, sizeBytes);
      this.#disk.names.create(name, created);
      return created;
    });
    await this.#perform('sync', name, () => inode.sync());
    return new MemoryFile(name, inode, this.#disk);
  }

  rename(from: string, to: string): Promise<void> {
    return this.#perform('rename', from, () => this.#disk.names.rename(from, to, this.#disk.inode(from)));
  }

  remove(name: string): Promise<void> {
    return this.#perform('remove', name, () => {
      this.#disk.inode(name);
      this.#disk.names.remove(name);
    });
  }

  sync(): Promise<void> {
    return this.#perform('sync-directory', this.path, () => this.#disk.names.sync());
  }

  async close(): Promise<void> {
    this.#unlock();
  }

  #perform<T>(kind: DiskOperation['kind'], file: string, run: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#disk.perform(kind, file, (verdict) => {
        try {
          if (verdict !== 'perform') throw failure(kind, file, verdict);
          resolve(run());
        } catch (error) {
          reject(error);
        }
      });
    });
  }
}

class MemoryFile implements BlockFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly #inode: MemoryInode;
  readonly #disk: DiskAccess;

  constructor(name: string, inode: MemoryInode, disk: DiskAccess) {
    this.name = name;
    this.sizeBytes = inode.cache.length;
    this.#inode = inode;
    this.#disk = disk;
  }

  writeDurably(bytes: Uint8Array, start: number, end: number, position: number, done: WriteDone): void {
    this.#disk.perform('write', this.name, (verdict) => {
      if (verdict !== 'perform') {
        done(failure('write', this.name, verdict));
        return;
      }
      const rewritten = this.#inode.write(this.name, position, bytes.subarray(start, end));
      if (rewritten !== undefined) this.#disk.noteRewrite({ file: this.name, offset: position });
      this.#sync(done);
    });
  }

  async close(): Promise<void> {}

  #sync(done: WriteDone): void {
    this.#disk.perform('sync', this.name, (verdict) => {
      if (verdict === 'perform') {
        this.#inode.sync();
        done(undefined);
        return;
      }
      this.#inode.failSync();
      done(failure('sync', this.name, verdict));
    });
  }
}

/** The error that the same failure on a real disk is translated to. */
function failure(
  operation: DiskOperation['kind'],
  file: string,
  verdict: Exclude<GateVerdict, 'perform' | 'lose-power'>,
): StoreError {
  if (verdict === 'full') return new StoreError({ code: 'STORE_FULL', operation, file });
  const uncertain = operation === 'write' || operation === 'sync' || operation === 'sync-directory';
  const reason = 'simulated input/output error';
  return new StoreError({ code: uncertain ? 'STORE_SYNC_FAILED' : 'STORE_IO', operation, file, reason });
}
