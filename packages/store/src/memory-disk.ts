/**
 * A simulated disk holding one store: the in-memory twin of a directory, for tests and for simulation of whole clusters.
 *
 * It does what real disks do at their worst, and on purpose: loses unsynced writes or keeps any part of them, forgets renames, flips bits,
 * fails a sync and then shows data it does not have, runs full. Each operation passes a gate, at which the owner can
 * let it fail or end the world. It also watches its user: a write over a synced block is noted in `rewrites`. Nothing is
 * random and no time passes in here; both are handed in.
 */
import type { BlockDirectory, ReadableDirectory } from './block-directory.js';
import { StoreError, type StorePlace } from './errors.js';
import { MemoryDirectory } from './memory-directory.js';
import type { ByteRange, MemoryInode, UnsyncedWrite } from './memory-inode.js';
import { MemoryNames, type UnsyncedName } from './memory-names.js';

/** One operation about to be done. A durable write is two: `write` and `sync`; a new file is `create` and `sync`. */
export interface DiskOperation {
  /** Counts from 0 over the disk's life. */
  readonly index: number;
  readonly kind: 'list' | 'read' | 'open' | 'create' | 'write' | 'sync' | 'rename' | 'remove' | 'sync-directory';
  readonly file: string;
}

/**
 * What becomes of an operation. `lose-power`: it and all later ones are not done and never complete, until {@link MemoryDisk.losePower}
 * says what survived.
 */
export type GateVerdict = 'perform' | 'fail' | 'full' | 'lose-power';

/** What a crash leaves of what was not synced. */
export interface CrashOutcome {
  /** Parts of a write that reached the medium; a torn write keeps some, in any blocks. */
  readonly keep: (write: UnsyncedWrite) => readonly ByteRange[];
  /** Whether a change of names reached the medium. */
  readonly keepName: (change: UnsyncedName) => boolean;
}

/** Surroundings of a disk. */
export interface MemoryDiskOptions {
  /** Bytes that all files together may take; default unlimited. */
  readonly capacityBytes?: number;
  /** Decides about each operation; default all are performed. */
  readonly gate?: (operation: DiskOperation) => GateVerdict;
  /** Runs `run` later, never at once: where a simulator puts the disk's latency. Default: the next microtask. */
  readonly schedule?: (operation: DiskOperation, run: () => void) => void;
}

/** Nothing that was not synced survives. */
export const LOSES_UNSYNCED: CrashOutcome = { keep: () => [], keepName: () => false };

/** Everything survives, as when only the process died. */
export const KEEPS_UNSYNCED: CrashOutcome = {
  keep: ({ lengthBytes }) => [{ start: 0, end: lengthBytes }],
  keepName: () => true,
};

/** The disk. Its content outlives the logs that are opened on it. */
export class MemoryDisk {
  /** Places where a synced block was written again; empty as long as the log keeps its rule. */
  readonly rewrites: StorePlace[] = [];
  gate: (operation: DiskOperation) => GateVerdict;
  capacityBytes: number;
  readonly #schedule: (operation: DiskOperation, run: () => void) => void;
  readonly #names = new MemoryNames();
  #operations = 0;
  /** Raised at each crash, so that what was opened before never acts or answers again. */
  #generation = 0;
  #halted = false;
  #locked = false;

  constructor(options: MemoryDiskOptions = {}) {
    this.gate = options.gate ?? (() => 'perform');
    this.capacityBytes = options.capacityBytes ?? Number.POSITIVE_INFINITY;
    this.#schedule = options.schedule ?? ((_operation, run) => queueMicrotask(run));
  }

  /** Number of operations so far. */
  get operations(): number {
    return this.#operations;
  }

  /** Takes the lock. @throws StoreError `STORE_LOCKED` */
  lock(): BlockDirectory {
    if (this.#locked) throw new StoreError({ code: 'STORE_LOCKED', directory: 'memory' });
    this.#locked = true;
    return new MemoryDirectory(this.#access(), () => {
      this.#locked = false;
    });
  }

  /** Reads without a lock. */
  reader(): ReadableDirectory {
    return new MemoryDirectory(this.#access(), () => {});
  }

  /** The power goes and comes back: the lock is free, and of what was not synced there is what `outcome` keeps. */
  losePower(outcome: CrashOutcome): void {
    this.killProcess();
    for (const inode of this.#names.inodes()) inode.losePower(outcome.keep);
    this.#names.losePower(outcome.keepName);
  }

  /** The process dies and the machine goes on: the lock is free, the page cache shows everything that was written. */
  killProcess(): void {
    this.#generation += 1;
    this.#halted = false;
    this.#locked = false;
  }

  /** Names of the files. */
  files(): string[] {
    return this.#names.list().sort();
  }

  /** A copy of a file as it is read. */
  content(file: string): Uint8Array {
    return this.#inode(file).cache.slice();
  }

  /** Damages one bit, 0 to 7, of a file. */
  flipBit(file: string, offset: number, bit: number): void {
    this.#inode(file).flipBit(offset, bit);
  }

  /** Cuts a file. */
  truncate(file: string, sizeBytes: number): void {
    this.#inode(file).truncate(sizeBytes);
  }

  #inode(file: string): MemoryInode {
    const inode = this.#names.get(file);
    if (inode === undefined) {
      throw new StoreError({ code: 'STORE_IO', operation: 'open', file, reason: 'no such file' });
    }
    return inode;
  }

  #access(): DiskAccess {
    const generation = this.#generation;
    return {
      names: this.#names,
      inode: (file) => this.#inode(file),
      isFull: (sizeBytes) => this.#usedBytes() + sizeBytes > this.capacityBytes,
      noteRewrite: (place) => this.rewrites.push(place),
      perform: (kind, file, run) => {
        if (this.#halted || generation !== this.#generation) return;
        const operation = { index: this.#operations, kind, file };
        this.#operations += 1;
        const verdict = this.gate(operation);
        if (verdict === 'lose-power') {
          this.#halted = true;
          return;
        }
        this.#schedule(operation, () => {
          if (!this.#halted && generation === this.#generation) run(verdict);
        });
      },
    };
  }

  #usedBytes(): number {
    let bytes = 0;
    for (const inode of this.#names.inodes()) bytes += inode.cache.length;
    return bytes;
  }
}

/** What a directory handle may do to the disk, as long as no crash ended it. */
export interface DiskAccess {
  readonly names: MemoryNames;
  readonly inode: (file: string) => MemoryInode;
  readonly isFull: (sizeBytes: number) => boolean;
  readonly noteRewrite: (place: StorePlace) => void;
  /** Passes the gate, then calls `run` later; never, if power was lost. */
  readonly perform: (
    kind: DiskOperation['kind'],
    file: string,
    run: (verdict: Exclude<GateVerdict, 'lose-power'>) => void,
  ) => void;
}
