/** The store itself on simulated blocks: its format, group commit, rotation, snapshots and recovery, under torn writes and rot. */

import type { CoreRecord } from '@quorumsign/cosigner/core';
import { type DurableLog, KEEPS_UNSYNCED, MemoryDisk, type MemoryStore, memoryStore } from '@quorumsign/store';
import { type Disk, healthy, type OpenDisk } from './disk.js';
import type { EventQueue } from './event-queue.js';
import type { Tell } from './happenings.js';
import type { Random } from './random.js';

const SEGMENT_BYTES = 64 * 1024;
const BLOCK_BYTES = 4096;

export class StoreDisk implements Disk {
  readonly health = healthy();
  readonly #name: string;
  readonly #random: Random;
  readonly #tell: Tell;
  readonly #queue: EventQueue;
  #store: MemoryStore;
  /** What the store begins with. */
  #initial: readonly CoreRecord[] = [];
  #created = false;
  /** The machine is down: nothing acts until the next opening. */
  #generation = 0;

  constructor(name: string, queue: EventQueue, random: Random, tell: Tell) {
    this.#name = name;
    this.#random = random;
    this.#tell = tell;
    this.#queue = queue;
    this.#store = this.#makeStore();
  }

  open(opened: (disk: OpenDisk | Error) => void): void {
    const generation = this.#generation;
    this.#open().then(
      (log) => {
        if (generation !== this.#generation) return;
        this.#tell({ kind: 'synced', cosigner: this.#name, records: log.recovered.records });
        opened(this.#opened(log, generation));
      },
      (error: Error) => {
        if (generation === this.#generation) opened(error);
      },
    );
  }

  kill(): void {
    this.#generation++;
    this.#store.disk.killProcess();
  }

  losePower(): void {
    this.#generation++;
    this.#store.disk.losePower({
      keep: (write) => {
        const whole = KEEPS_UNSYNCED.keep(write);
        // Any blocks of a write may have reached the medium, in any order.
        const blocks = Math.ceil(write.lengthBytes / BLOCK_BYTES);
        const ranges = Array.from({ length: blocks }, (_, at) => ({
          start: at * BLOCK_BYTES,
          end: Math.min((at + 1) * BLOCK_BYTES, write.lengthBytes),
        }));
        return this.#random.chance(0.3) ? whole : ranges.filter(() => this.#random.chance(0.5));
      },
      keepName: () => this.#random.chance(0.5),
    });
  }

  rot(): string | undefined {
    const { disk } = this.#store;
    const files = disk.files();
    if (files.length === 0) return undefined;
    const file = this.#random.pick(files);
    // Near the start, where there is something.
    const offset = this.#random.below(Math.min(disk.content(file).length, 8 * BLOCK_BYTES));
    disk.flipBit(file, offset, this.#random.below(8));
    return `bit flipped in ${file} at ${offset}`;
  }

  image(): undefined {
    return undefined;
  }

  restore(): void {}

  begin(records: readonly CoreRecord[]): void {
    this.#initial = records;
  }

  renew(records: readonly CoreRecord[]): void {
    this.#generation++;
    this.#store = this.#makeStore();
    this.#initial = records;
    this.#created = false;
    this.#tell({ kind: 'readmitted', cosigner: this.#name });
  }

  #makeStore(): MemoryStore {
    return memoryStore(
      new MemoryDisk({
        gate: ({ kind }) => {
          if (this.health.full && (kind === 'write' || kind === 'create')) return 'full';
          if (this.health.failsNext && kind === 'sync') {
            this.health.failsNext = false;
            return 'fail';
          }
          return 'perform';
        },
        schedule: ({ kind }, run) =>
          this.#queue.after(kind === 'sync' ? this.#random.between(0.3, 2) + this.health.slowMs : 0.01, run),
      }),
    );
  }

  async #open(): Promise<DurableLog> {
    const options = { segmentBytes: SEGMENT_BYTES, snapshotAfterBytes: 4 * SEGMENT_BYTES };
    const identity = { cluster: 'simulated', cosigner: this.#name };
    if (!this.#created) {
      await this.#store.create(identity, this.#initial, this.#random.bytes(16), options);
      this.#created = true;
    }
    return this.#store.open(identity, options);
  }

  #opened(log: DurableLog, generation: number): OpenDisk {
    const settle = (
      kind: 'synced' | 'compacted',
      promise: Promise<void>,
      records: readonly CoreRecord[],
      done: (error: Error | undefined) => void,
    ) => {
      promise.then(
        () => {
          if (generation !== this.#generation) return;
          const [rewrite] = this.#store.disk.rewrites;
          if (rewrite !== undefined) {
            this.#tell({ kind: 'rewritten', cosigner: this.#name, place: `${rewrite.file} at ${rewrite.offset}` });
          }
          this.#tell({ kind, cosigner: this.#name, records });
          done(undefined);
        },
        (error: Error) => {
          if (generation === this.#generation) done(error);
        },
      );
    };
    return {
      records: log.recovered.records,
      position: {
        id: Buffer.from(log.recovered.position.storeId, 'hex'),
        recovered: log.recovered.position.batches,
        batches: () => log.position().batches,
      },
      append: (records, done) => settle('synced', log.append(records), records, done),
      snapshotDue: () => log.snapshotDue(),
      snapshot: (records, done) => settle('compacted', log.snapshot(records), records, done),
    };
  }
}
