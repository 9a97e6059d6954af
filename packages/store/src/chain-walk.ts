/**
 * Recovery's pure half: following the chain of batches through segments' bytes, and looking for what may not be there.
 *
 * The rule it serves: batch n + 1 is written only after batch n is synced. So what was torn by a crash is one batch, and nothing
 * behind it; an intact batch, or segment header, with a higher number behind a broken one proves that the broken one had been
 * synced: damage. Of the very last batch the log alone cannot tell damage from tearing.
 */
import { chainSeed, isZero, parseBatch } from './batch.js';
import { BLOCK_BYTES } from './block-directory.js';
import type { LogRecord } from './durable-log.js';
import { StoreError } from './errors.js';
import { SEGMENT_BYTES_MIN } from './limits.js';
import { decodeSegmentHeader, FORMAT_VERSION, type SegmentHeader } from './segment-header.js';
import type { SegmentName } from './segment-name.js';

/** One segment as read from the disk. */
export interface SegmentBytes extends SegmentName {
  readonly bytes: Uint8Array;
  /** Undefined where the first block is not an intact header. */
  readonly header: SegmentHeader | undefined;
}

/** Where a chain ends, and what stands there instead of the next batch. */
export interface ChainEnd extends SegmentName {
  readonly offset: number;
  readonly found: string;
}

/**
 * Judges a segment's length and first block.
 *
 * @throws StoreError `STORE_VERSION`; `STORE_DAMAGED` if the file was cut short, or is not the one its name says
 */
export function readSegment(name: SegmentName, bytes: Uint8Array): SegmentBytes {
  if (bytes.length < SEGMENT_BYTES_MIN || bytes.length % BLOCK_BYTES !== 0) {
    throw damaged(name, bytes.length, 'a whole segment', 'the end of the file');
  }
  const verdict = decodeSegmentHeader(bytes);
  if (verdict.kind === 'unsupported') {
    throw new StoreError({ code: 'STORE_VERSION', file: name.file, expected: FORMAT_VERSION, found: verdict.version });
  }
  if (verdict.kind === 'broken') return { ...name, bytes, header: undefined };
  const { header } = verdict;
  if (header.sequence !== name.sequence) {
    throw damaged(name, 0, `the header of segment ${name.sequence}`, `that of segment ${header.sequence}`);
  }
  if (header.segmentBytes !== bytes.length) {
    throw damaged(name, bytes.length, `a file of ${header.segmentBytes} bytes`, `one of ${bytes.length}`);
  }
  return { ...name, bytes, header };
}

/**
 * Whether recovery can begin with this segment: its first batch is an intact snapshot.
 *
 * @throws StoreError `STORE_DAMAGED` for a root segment that is not: it had its snapshot before it had its name
 */
export function beginsWithSnapshot(segment: SegmentBytes): boolean {
  const { header } = segment;
  if (header === undefined) return false;
  const seed = chainSeed(header.storeId, segment.sequence, BLOCK_BYTES);
  const verdict = parseBatch(segment.bytes, BLOCK_BYTES, seed);
  if (verdict.kind === 'intact') return verdict.batch.snapshot;
  if (header.root) throw damaged(segment, BLOCK_BYTES, 'the snapshot that begins this segment', verdict.found);
  return false;
}

/** Follows the chain from a base segment onwards and gathers the records. */
export class ChainWalk {
  /** Records from the newest snapshot on; payloads are copies. */
  records: LogRecord[] = [];
  /** Number of the batch that would come next. */
  next: bigint;
  /** CRC of the last batch. */
  chain: number;
  end: ChainEnd;
  readonly #storeId: Uint8Array;

  constructor(base: SegmentName, header: SegmentHeader) {
    this.next = header.firstBatch;
    this.chain = header.chain;
    this.#storeId = header.storeId;
    this.end = { ...base, offset: BLOCK_BYTES, found: 'nothing' };
  }

  /** Takes a segment's batches, if the segment continues the chain; otherwise nothing. @throws StoreError `STORE_DAMAGED` */
  follow(segment: SegmentBytes): void {
    const { header, bytes } = segment;
    if (header === undefined || header.firstBatch !== this.next || header.chain !== this.chain) return;
    if (!sameBytes(header.storeId, this.#storeId))
      throw damaged(segment, 0, 'a segment of one store', 'that of another');
    let offset = BLOCK_BYTES;
    for (;;) {
      const verdict = parseBatch(bytes, offset, chainSeed(this.#storeId, segment.sequence, offset));
      if (verdict.kind === 'broken') {
        this.end = { file: segment.file, sequence: segment.sequence, offset, found: verdict.found };
        return;
      }
      const { batch } = verdict;
      if (batch.number !== this.next || batch.previousCrc !== this.chain) {
        throw damaged(
          segment,
          offset,
          `batch ${this.next} behind ${this.chain}`,
          `batch ${batch.number} behind ${batch.previousCrc}`,
        );
      }
      if (batch.snapshot) this.records = [];
      for (const { type, payload } of batch.records) this.records.push({ type, payload: payload.slice() });
      this.next += 1n;
      this.chain = batch.crc;
      offset += batch.paddedBytes;
    }
  }

  /**
   * Looks behind the end of the chain, from `offset` of a segment.
   *
   * @returns bytes up to and with the last that is not zero, counted from the start of the file; 0 if all are zero
   * @throws StoreError `STORE_DAMAGED` if a batch or header with a higher number than the missing one stands there intact
   */
  checkBehind(segment: SegmentBytes, offset: number): number {
    const { header, bytes } = segment;
    if (offset === 0 && header !== undefined && header.firstBatch > this.next) {
      throw this.#synced(`segment ${segment.sequence} begins with batch ${header.firstBatch}`);
    }
    let dirtyEnd = 0;
    for (let at = offset; at < bytes.length; at += BLOCK_BYTES) {
      if (isZero(bytes, at, at + BLOCK_BYTES)) continue;
      dirtyEnd = at + BLOCK_BYTES;
      const verdict = parseBatch(bytes, at, chainSeed(this.#storeId, segment.sequence, at));
      if (verdict.kind === 'intact' && verdict.batch.number > this.next) {
        throw this.#synced(`batch ${verdict.batch.number} is intact in ${segment.file} at byte ${at}`);
      }
    }
    return dirtyEnd;
  }

  #synced(evidence: string): StoreError {
    return damaged(this.end, this.end.offset, `batch ${this.next}`, `${this.end.found}, and yet ${evidence}`);
  }
}

/** An error that names a place in a segment. */
export function damaged(name: SegmentName, offset: number, expected: string, found: string): StoreError {
  return new StoreError({ code: 'STORE_DAMAGED', file: name.file, offset, expected, found });
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
