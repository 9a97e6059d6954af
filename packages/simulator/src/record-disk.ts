/** A disk of whole records: quick, and as forgetful as the store's contract allows. */

import type { CoreRecord } from '@quorumsign/cosigner/core';
import { type Disk, healthy, type OpenDisk } from './disk.js';
import type { EventQueue } from './event-queue.js';
import type { Tell } from './happenings.js';
import type { Random } from './random.js';

/** Batches between snapshots. */
const SNAPSHOT_AFTER = 60;

interface Batch {
  readonly records: readonly CoreRecord[];
  readonly snapshot: boolean;
}

interface Image {
  readonly storeId: Uint8Array;
  readonly batches: bigint;
  readonly durable: readonly CoreRecord[];
}

export class RecordDisk implements Disk {
  readonly health = healthy();
  readonly #queue: EventQueue;
  readonly #random: Random;
  readonly #name: string;
  readonly #tell: Tell;
  /** Survives a loss of power. */
  #durable: CoreRecord[] = [];
  /** Written and not yet synced, oldest first: a loss of power keeps the first few of them. */
  #written: Batch[] = [];
  /** Acknowledged and yet not on the medium. */
  #lied = false;
  #generation = 0;
  /** Of the newest sync that was asked for: what is written before it begins goes with it, as in the store's group commit. */
  #syncBeginsMs = -1;
  #syncEndsMs = 0;
  #sinceSnapshot = 0;
  #storeId: Uint8Array;
  /** Durable, and acknowledged; the two part when the disk lies. */
  #batches = 0n;
  #acknowledged = 0n;

  constructor(name: string, queue: EventQueue, random: Random, tell: Tell) {
    this.#name = name;
    this.#queue = queue;
    this.#random = random;
    this.#tell = tell;
    this.#storeId = random.bytes(16);
  }

  open(opened: (disk: OpenDisk | Error) => void): void {
    if (this.health.full) {
      opened(new Error('the disk is full'));
      return;
    }
    // Recovered state is synced afresh before it is used (design, section 3, *Disk*).
    for (const batch of this.#written.splice(0)) this.#keep(batch);
    this.#lied = false;
    this.#acknowledged = this.#batches;
    const generation = this.#generation;
    const write = (batch: Batch, done: (error: Error | undefined) => void) => this.#write(batch, generation, done);
    opened({
      records: [...this.#durable],
      position: { id: this.#storeId, recovered: this.#batches, batches: () => this.#acknowledged },
      append: (records, done) => write({ records, snapshot: false }, done),
      snapshotDue: () => this.#sinceSnapshot >= SNAPSHOT_AFTER,
      snapshot: (records, done) => write({ records, snapshot: true }, done),
    });
  }

  kill(): void {
    this.#generation++;
  }

  losePower(): void {
    this.#generation++;
    const kept = this.#random.below(this.#written.length + 1);
    const lost = this.#written.length - kept;
    for (const batch of this.#written.splice(0).slice(0, this.#lied ? 0 : kept)) this.#keep(batch);
    if (this.#lied && lost > 0) this.#tell({ kind: 'rolled-back', cosigner: this.#name });
    this.#lied = false;
  }

  rot(): string | undefined {
    return undefined; // Records are whole or gone here.
  }

  image(): Image {
    return { storeId: this.#storeId, batches: this.#batches, durable: [...this.#durable] };
  }

  restore(image: unknown): void {
    this.#generation++;
    this.#written = [];
    const { storeId, batches, durable } = image as Image;
    [this.#storeId, this.#batches, this.#durable] = [storeId, batches, [...durable]];
    this.#tell({ kind: 'rolled-back', cosigner: this.#name });
  }

  begin(records: readonly CoreRecord[]): void {
    this.#durable = [...records];
  }

  renew(records: readonly CoreRecord[]): void {
    this.#generation++;
    this.#written = [];
    this.#storeId = this.#random.bytes(16);
    this.#batches = 1n;
    this.#durable = [...records];
    this.#tell({ kind: 'readmitted', cosigner: this.#name });
  }

  #write(batch: Batch, generation: number, done: (error: Error | undefined) => void): void {
    if (generation !== this.#generation) return;
    this.#written.push(batch);
    const { nowMs } = this.#queue;
    if (nowMs >= this.#syncBeginsMs) {
      this.#syncBeginsMs = Math.max(this.#syncEndsMs, nowMs);
      this.#syncEndsMs = this.#syncBeginsMs + this.#random.between(0.3, 2) + this.health.slowMs;
    }
    this.#queue.at(this.#syncEndsMs, () => {
      if (generation !== this.#generation) return;
      if (this.health.full || this.health.failsNext) {
        this.health.failsNext = false;
        done(new Error(this.health.full ? 'the disk is full' : 'input/output error'));
        return;
      }
      if (this.health.lies) this.#lied = true;
      if (!this.#lied) {
        this.#written.shift();
        this.#keep(batch);
      }
      this.#acknowledged++;
      done(undefined);
    });
  }

  #keep({ records, snapshot }: Batch): void {
    this.#batches++;
    if (snapshot) {
      this.#durable = [...records];
      this.#sinceSnapshot = 0;
    } else {
      this.#durable.push(...records);
      this.#sinceSnapshot++;
    }
    this.#tell({ kind: snapshot ? 'compacted' : 'synced', cosigner: this.#name, records });
  }
}
