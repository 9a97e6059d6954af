/**
 * The bytes of a batch while it is being filled. Records are copied in as they arrive, behind room for the segment header and the
 * batch header, so that sealing a batch moves nothing, and a batch that begins a segment goes out in one write with its header.
 * Buffers are reused: the path of a signature allocates nothing of size.
 */
import { BATCH_HEADER_BYTES, type BatchSeal, padToBlocks, RECORD_HEADER_BYTES, sealBatch } from './batch.js';
import { BLOCK_BYTES } from './block-directory.js';
import { type LogRecord, RECORD_BYTES_MAX } from './durable-log.js';
import { StoreError } from './errors.js';
import { encodeSegmentHeader, type SegmentHeader } from './segment-header.js';

const INITIAL_BYTES = 64 * 1024;
/** A buffer that grew beyond this is dropped after use instead of being kept for the process's life. */
export const KEPT_BYTES_MAX = 1024 * 1024;

/** Bytes that `records` take in a batch; checks each. @throws StoreError `STORE_LIMIT` for a type or payload out of bounds */
export function measureRecords(records: readonly LogRecord[]): number {
  let bytes = 0;
  for (const { type, payload } of records) {
    if (!Number.isInteger(type) || type < 1 || type > 255) {
      throw new StoreError({ code: 'STORE_LIMIT', what: 'record type', expected: '1 to 255', found: `${type}` });
    }
    if (payload.length > RECORD_BYTES_MAX) {
      const expected = `at most ${RECORD_BYTES_MAX} bytes`;
      throw new StoreError({ code: 'STORE_LIMIT', what: 'record payload', expected, found: `${payload.length}` });
    }
    bytes += RECORD_HEADER_BYTES + payload.length;
  }
  return bytes;
}

/** A growing buffer: segment header, batch header, records, padding. */
export class BatchBuffer {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #end = BLOCK_BYTES + BATCH_HEADER_BYTES;
  #recordCount = 0;

  /** The bytes to write: a batch from `BLOCK_BYTES` on, its segment's header before it. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Length of the batch in whole blocks, without a segment header. */
  get paddedBytes(): number {
    return padToBlocks(this.#end - BLOCK_BYTES);
  }

  get recordCount(): number {
    return this.#recordCount;
  }

  /** Copies records in. @param recordBytes - what {@link measureRecords} said of them */
  add(records: readonly LogRecord[], recordBytes: number): void {
    this.#reserve(this.#end + recordBytes);
    for (const { type, payload } of records) {
      this.#view.setUint8(this.#end, type);
      this.#view.setUint32(this.#end + 1, payload.length, true);
      this.#bytes.set(payload, this.#end + RECORD_HEADER_BYTES);
      this.#end += RECORD_HEADER_BYTES + payload.length;
    }
    this.#recordCount += records.length;
  }

  /** Completes the batch. @returns its CRC */
  seal(seal: BatchSeal): number {
    const content = { start: BLOCK_BYTES, end: this.#end, recordCount: this.#recordCount };
    return sealBatch(this.#bytes, this.#view, content, seal);
  }

  /** Puts a segment header before the batch. */
  sealSegment(header: SegmentHeader): void {
    encodeSegmentHeader(this.#bytes, header);
  }

  /** Empties the buffer; true if it should be kept for another batch. */
  reset(): boolean {
    this.#end = BLOCK_BYTES + BATCH_HEADER_BYTES;
    this.#recordCount = 0;
    return this.#bytes.length <= KEPT_BYTES_MAX;
  }

  #reserve(end: number): void {
    const needed = padToBlocks(end);
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
