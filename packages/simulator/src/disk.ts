/**
 * A cosigner's disk, as its shell sees the store: batches that become durable in order, or fail for good.
 *
 * `RecordDisk` keeps records and loses, keeps or forgets whole batches: the store's contract at its worst. `StoreDisk` is the store
 * itself, format and recovery included, on the simulated blocks of `@quorumsign/store`, where batches tear and bits flip.
 */

import type { CoreRecord, StorePosition } from '@quorumsign/cosigner/core';

/** What a disk does to its user from now on. */
export interface DiskHealth {
  /** Added to every sync, ms. */
  slowMs: number;
  /** The next sync fails, once: the store's user must end. */
  failsNext: boolean;
  full: boolean;
  /** Says that batches are synced that are not: a loss of power takes them. */
  lies: boolean;
}

export interface OpenDisk {
  readonly position: StorePosition;
  readonly records: readonly CoreRecord[];
  /** `done` is called once: without an error when the records survive a loss of power. */
  append(records: readonly CoreRecord[], done: (error: Error | undefined) => void): void;
  snapshotDue(): boolean;
  snapshot(records: readonly CoreRecord[], done: (error: Error | undefined) => void): void;
}

export interface Disk {
  readonly health: DiskHealth;
  /** @param opened - called once, later or at once; an error means that the process must not start on this disk */
  open(opened: (disk: OpenDisk | Error) => void): void;
  /** The process is gone, the machine goes on. */
  kill(): void;
  losePower(): void;
  /** Changes bits that nobody is using; what a later opening makes of them is its affair. @returns what was changed, in words */
  rot(): string | undefined;
  /** Everything on it, to be put back later or given to a clone; undefined where a disk cannot be copied. */
  /** What the store of a new cosigner begins with; before the first opening. */
  begin(records: readonly CoreRecord[]): void;
  /** An operator puts a new store in its place. */
  renew(records: readonly CoreRecord[]): void;
  image(): unknown;
  restore(image: unknown): void;
}

export function healthy(): DiskHealth {
  return { slowMs: 0, failsNext: false, full: false, lies: false };
}
