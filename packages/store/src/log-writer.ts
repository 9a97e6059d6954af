/**
 * The open log: a queue of batches, of which one is on its way to the disk.
 *
 * Invariants: batch n + 1 is written only after batch n is synced; a block is written once; a promise resolves only after the
 * sync of its batch, in the order of the calls; after the first failure nothing is written any more. An append that finds the
 * disk idle is on its way before the call returns, so that the caller's computing runs beside the sync; those that arrive meanwhile
 * share the next batch. Removing what a snapshot replaced and zeroing the next segment happen beside the queue (`segment-files.ts`).
 */

import { chainSeed } from './batch.js';
import { BatchBuffer, measureRecords } from './batch-buffer.js';
import { BLOCK_BYTES } from './block-directory.js';
import type { DurableLog, LogRecord, Position, Recovered } from './durable-log.js';
import { StoreError } from './errors.js';
import { APPEND_BYTES_MAX, checkBytes, LOG_BYTES_MAX, QUEUE_BYTES_MAX, SNAPSHOT_BYTES_MAX } from './limits.js';
import type { OpenSegment, SegmentFiles } from './segment-files.js';
import { formatStoreId, type SegmentHeader } from './segment-header.js';

/** Where an opened log stands. */
export interface LogStart {
  /** Header of the active segment. */
  readonly header: SegmentHeader;
  readonly active: OpenSegment;
  /** First free byte of the active segment. */
  readonly offset: number;
  readonly lastBatch: bigint;
  readonly chain: number;
  readonly recovered: Recovered;
  readonly snapshotBytes: number;
  readonly snapshotAfterBytes: number;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: StoreError) => void;
}

interface Pending {
  readonly snapshot: boolean;
  readonly buffer: BatchBuffer;
  readonly waiters: Waiter[];
  bytes: number;
}

/** {@link DurableLog} over a directory of segments. */
export class LogWriter implements DurableLog {
  readonly recovered: Recovered;
  readonly #files: SegmentFiles;
  readonly #header: SegmentHeader;
  readonly #storeId: string;
  readonly #snapshotAfterBytes: number;
  readonly #spareBuffers: BatchBuffer[] = [];
  readonly #queue: Pending[] = [];
  #active: OpenSegment;
  #offset: number;
  #lastBatch: bigint;
  #chain: number;
  #snapshotBytes: number;
  #bytesSinceSnapshot = 0;
  #queuedBytes = 0;
  /** The batch that was taken from the queue and is not settled. */
  #writing: Pending | undefined;
  /** Whether the disk still has bytes of ours in hand; after a failure this outlives `#writing`. */
  #busy = false;
  #failure: StoreError | undefined;
  #closing: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  constructor(start: LogStart, files: SegmentFiles) {
    this.recovered = start.recovered;
    this.#files = files;
    this.#header = start.header;
    this.#storeId = formatStoreId(start.header.storeId);
    this.#snapshotAfterBytes = start.snapshotAfterBytes;
    this.#active = start.active;
    this.#offset = start.offset;
    this.#lastBatch = start.lastBatch;
    this.#chain = start.chain;
    this.#snapshotBytes = start.snapshotBytes;
    files.onFailure = (error) => this.#fail(error);
  }

  position(): Position {
    return { storeId: this.#storeId, batches: this.#lastBatch };
  }

  append(records: readonly LogRecord[]): Promise<void> {
    return this.#enqueue(records, false);
  }

  snapshotDue(): boolean {
    // A state larger than the threshold would otherwise be due again at once.
    return this.#bytesSinceSnapshot >= Math.max(this.#snapshotAfterBytes, this.#snapshotBytes);
  }

  snapshot(records: readonly LogRecord[]): Promise<void> {
    return this.#enqueue(records, true);
  }

  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  #enqueue(records: readonly LogRecord[], snapshot: boolean): Promise<void> {
    try {
      this.#checkOpen();
      const bytes = measureRecords(records);
      if (snapshot) checkBytes('snapshot', bytes, SNAPSHOT_BYTES_MAX);
      else {
        checkBytes('append', bytes, APPEND_BYTES_MAX);
        checkBytes('appends not yet synced', this.#queuedBytes + bytes, QUEUE_BYTES_MAX);
        const logBytes = this.#snapshotBytes + this.#bytesSinceSnapshot + this.#queuedBytes + bytes;
        checkBytes('log without a new snapshot', logBytes, LOG_BYTES_MAX);
      }
      const pending = this.#pendingFor(snapshot);
      pending.buffer.add(records, bytes);
      pending.bytes += bytes;
      if (!snapshot) this.#queuedBytes += bytes;
      return new Promise((resolve, reject) => {
        pending.waiters.push({ resolve, reject });
        this.#pump();
      });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #checkOpen(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closing !== undefined) throw new StoreError({ code: 'STORE_CLOSED' });
  }

  #pendingFor(snapshot: boolean): Pending {
    const last = this.#queue.at(-1);
    if (last !== undefined && !snapshot && !last.snapshot) return last;
    const pending = { snapshot, buffer: this.#spareBuffers.pop() ?? new BatchBuffer(), waiters: [], bytes: 0 };
    this.#queue.push(pending);
    return pending;
  }

  #pump(): void {
    if (this.#busy || this.#failure !== undefined) return;
    const pending = this.#queue.shift();
    if (pending === undefined) {
      this.#drained?.();
      return;
    }
    this.#writing = pending;
    this.#busy = true;
    if (!pending.snapshot && pending.buffer.recordCount === 0) {
      this.#settle(pending); // Only empty appends: they wait for what was before them, and that is synced.
      return;
    }
    const fits = this.#offset + pending.buffer.paddedBytes <= this.#active.file.sizeBytes;
    if (fits && !pending.snapshot) this.#write(pending, false);
    else this.#writeToNextSegment(pending);
  }

  #writeToNextSegment(pending: Pending): void {
    this.#files.takeNext(BLOCK_BYTES + pending.buffer.paddedBytes).then(
      (next) => {
        // The segment that is left has nothing in flight: one batch at a time.
        this.#files.retire(this.#active);
        this.#active = next;
        this.#offset = BLOCK_BYTES;
        this.#write(pending, true);
      },
      (error: StoreError) => {
        this.#busy = false;
        this.#fail(error);
      },
    );
  }

  #write(pending: Pending, beginsSegment: boolean): void {
    if (this.#failure !== undefined) {
      this.#busy = false;
      this.#drained?.();
      return;
    }
    const { buffer, snapshot } = pending;
    const { file, sequence } = this.#active;
    const number = this.#lastBatch + 1n;
    const seed = chainSeed(this.#header.storeId, sequence, this.#offset);
    const crc = buffer.seal({ number, snapshot, previousCrc: this.#chain, seed });
    const end = BLOCK_BYTES + buffer.paddedBytes;
    const written = (error: StoreError | undefined) => this.#written(pending, crc, error);
    if (!beginsSegment) {
      file.writeDurably(buffer.bytes, BLOCK_BYTES, end, this.#offset, written);
      return;
    }
    const place = { root: false, sequence, firstBatch: number, segmentBytes: file.sizeBytes, chain: this.#chain };
    buffer.sealSegment({ ...this.#header, ...place });
    file.writeDurably(buffer.bytes, 0, end, 0, written);
  }

  #written(pending: Pending, crc: number, error: StoreError | undefined): void {
    this.#busy = false;
    if (error !== undefined) this.#fail(error);
    if (this.#failure !== undefined) {
      this.#drained?.();
      return;
    }
    const { paddedBytes } = pending.buffer;
    this.#lastBatch += 1n;
    this.#chain = crc;
    this.#offset += paddedBytes;
    if (pending.snapshot) {
      this.#snapshotBytes = paddedBytes;
      this.#bytesSinceSnapshot = 0;
      this.#files.removeRetired();
    } else {
      this.#bytesSinceSnapshot += paddedBytes;
      if (this.#offset * 2 >= this.#active.file.sizeBytes) this.#files.prepareNext();
    }
    this.#settle(pending);
  }

  #settle(pending: Pending): void {
    this.#busy = false;
    this.#writing = undefined;
    if (!pending.snapshot) this.#queuedBytes -= pending.bytes;
    if (pending.buffer.reset() && this.#spareBuffers.length < 2) this.#spareBuffers.push(pending.buffer);
    // Resolving only schedules the waiters: the next write is under way before any of them runs.
    for (const waiter of pending.waiters) waiter.resolve();
    this.#pump();
  }

  #fail(error: StoreError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    const failed = this.#writing === undefined ? this.#queue.splice(0) : [this.#writing, ...this.#queue.splice(0)];
    this.#writing = undefined;
    for (const { waiters } of failed) for (const waiter of waiters) waiter.reject(error);
    if (!this.#busy) this.#drained?.();
  }

  async #finish(): Promise<void> {
    if (this.#busy || this.#queue.length > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    await this.#files.close(this.#active);
    if (this.#failure !== undefined) throw this.#failure;
  }
}
