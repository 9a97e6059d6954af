/**
 * What the log needs of a disk, and all it needs: a locked directory of preallocated files. There are two implementations, one on
 * node:fs (`node-directory.ts`) and one in memory with faults (`memory-disk.ts`); everything above this interface, recovery
 * included, is the same code for both.
 *
 * Each method that fails rejects (or calls back) with a {@link StoreError} `STORE_FULL`, `STORE_SYNC_FAILED` or `STORE_IO`.
 */
import type { StoreError } from './errors.js';

/** The unit in which batches are laid out: no two batches share one, so a torn write cannot touch an older batch. */
export const BLOCK_BYTES = 4096;

/** A file of fixed length, open for writing. */
export interface BlockFile {
  readonly name: string;
  readonly sizeBytes: number;
  /**
   * Writes `bytes[start..end)` at `position` and syncs it; calls `done` once, with the failure if there was one, never before it
   * returns. The bytes must not change until then. A callback, because this is the one call on the path of a signature.
   */
  writeDurably(bytes: Uint8Array, start: number, end: number, position: number, done: WriteDone): void;
  close(): Promise<void>;
}

/** Called once when the bytes are durable, or with the reason why that is not known. */
export type WriteDone = (error: StoreError | undefined) => void;

/** Reading alone: what inspection of a store needs. */
export interface ReadableDirectory {
  /** The directory's name, for messages. */
  readonly path: string;
  /** Names of the plain files, in any order; `STORE_MISSING` if there is no such directory. */
  list(): Promise<readonly string[]>;
  /** The whole of one file. */
  readAll(name: string): Promise<Uint8Array>;
}

/** A directory held under an exclusive lock, until `close`. */
export interface BlockDirectory extends ReadableDirectory {
  open(name: string): Promise<BlockFile>;
  /** A new file of `sizeBytes` zeros, length and zeros synced; its name is not, until `sync`. Refuses an existing name. */
  create(name: string, sizeBytes: number): Promise<BlockFile>;
  /** Renames atomically; durable only after `sync`. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a name; durable only after `sync`. */
  remove(name: string): Promise<void>;
  /** Makes created, renamed and removed names durable. */
  sync(): Promise<void>;
  /** Releases the lock. */
  close(): Promise<void>;
}
