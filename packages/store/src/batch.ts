/**
 * One batch: what one write and one sync make durable. It begins on a block boundary, is padded with zeros to whole blocks, and
 * carries a checksum, so that it is either recovered whole or not at all.
 *
 * All integers little-endian:
 *
 * ```
 *  0  magic "QBAT"                    24  CRC of the batch before, u32
 *  4  flags, u32: bit 0 = snapshot    28  CRC32C of bytes 0 to 27 and 32 to the end
 *  8  batch number, u64               32  records: type u8, payload length u32, payload
 * 16  length without padding, u32         … zeros to the end of the block
 * 20  number of records, u32
 * ```
 *
 * The checksum begins with the store id, the segment's sequence and the batch's offset: a block that strayed from another
 * store, segment or place, and a payload that imitates a batch, do not count as intact. Padding is not in the checksum but must
 * be zero, so that every flipped bit is seen and the checksum costs no more than the records. A snapshot is a single batch, the
 * first of its segment, and thus as atomic as any other.
 */
import { BLOCK_BYTES } from './block-directory.js';
import { crc32c } from './crc32c.js';
import type { LogRecord } from './durable-log.js';

/** Bytes before the records. */
export const BATCH_HEADER_BYTES = 32;
/** Bytes before each record's payload. */
export const RECORD_HEADER_BYTES = 5;

/** An intact batch as found on the disk. */
export interface Batch {
  readonly number: bigint;
  readonly snapshot: boolean;
  /** CRC of the batch before it, as written. */
  readonly previousCrc: number;
  readonly crc: number;
  /** Length in whole blocks, in bytes. */
  readonly paddedBytes: number;
  /** Views into the bytes that were read, not copies. */
  readonly records: readonly LogRecord[];
}

/** What stands at an offset where a batch could begin. */
export type BatchVerdict =
  | { readonly kind: 'intact'; readonly batch: Batch }
  | { readonly kind: 'broken'; readonly found: string };

/** The fields of a batch's header that its writer chooses. */
export interface BatchSeal {
  readonly number: bigint;
  readonly snapshot: boolean;
  readonly previousCrc: number;
  /** From {@link chainSeed}. */
  readonly seed: number;
}

const MAGIC = 0x54414251;
const FLAG_SNAPSHOT = 1;
const CRC_OFFSET = 28;

/** `bytes` rounded up to whole blocks. */
export function padToBlocks(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}

/** Start value of the checksum of a batch at `offset` of the segment `sequence` of a store. */
export function chainSeed(storeId: Uint8Array, sequence: number, offset: number): number {
  const place = new Uint8Array(16);
  const view = new DataView(place.buffer);
  view.setBigUint64(0, BigInt(sequence), true);
  view.setBigUint64(8, BigInt(offset), true);
  return crc32c(place, 0, 16, crc32c(storeId));
}

/**
 * Writes header and padding around records that already stand behind the header.
 *
 * @param view - of exactly the padded batch's bytes; `lengthBytes` and what lies behind belong to it
 * @returns the batch's CRC, which the next one continues
 */
export function sealBatch(bytes: Uint8Array, view: DataView, content: BatchContent, seal: BatchSeal): number {
  const { start, end } = content;
  bytes.fill(0, end, start + padToBlocks(end - start));
  view.setUint32(start, MAGIC, true);
  view.setUint32(start + 4, seal.snapshot ? FLAG_SNAPSHOT : 0, true);
  view.setBigUint64(start + 8, seal.number, true);
  view.setUint32(start + 16, end - start, true);
  view.setUint32(start + 20, content.recordCount, true);
  view.setUint32(start + 24, seal.previousCrc, true);
  const crc = batchCrc(bytes, start, end, seal.seed);
  view.setUint32(start + CRC_OFFSET, crc, true);
  return crc;
}

/** Where a batch stands in its buffer: header at `start`, records to `end`. */
export interface BatchContent {
  readonly start: number;
  readonly end: number;
  readonly recordCount: number;
}

/** Judges what stands at `offset` of a segment's bytes. Never throws: any bytes may be there. */
export function parseBatch(bytes: Uint8Array, offset: number, seed: number): BatchVerdict {
  if (offset + BATCH_HEADER_BYTES > bytes.length) return { kind: 'broken', found: 'the end of the file' };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(offset, true) !== MAGIC) return { kind: 'broken', found: 'no batch' };
  const lengthBytes = view.getUint32(offset + 16, true);
  const end = offset + lengthBytes;
  const paddedEnd = offset + padToBlocks(lengthBytes);
  if (lengthBytes < BATCH_HEADER_BYTES || paddedEnd > bytes.length) {
    return { kind: 'broken', found: `a batch with an impossible length of ${lengthBytes} bytes` };
  }
  const crc = view.getUint32(offset + CRC_OFFSET, true);
  if (crc !== batchCrc(bytes, offset, end, seed)) {
    return { kind: 'broken', found: 'a batch whose checksum does not match' };
  }
  if (!isZero(bytes, end, paddedEnd)) return { kind: 'broken', found: 'a batch whose padding is not zero' };
  const records = parseRecords(bytes, view, offset + BATCH_HEADER_BYTES, end);
  if (records === undefined || records.length !== view.getUint32(offset + 20, true)) {
    return { kind: 'broken', found: 'a batch whose records do not fill it' };
  }
  const batch: Batch = {
    number: view.getBigUint64(offset + 8, true),
    snapshot: (view.getUint32(offset + 4, true) & FLAG_SNAPSHOT) !== 0,
    previousCrc: view.getUint32(offset + 24, true),
    crc,
    paddedBytes: paddedEnd - offset,
    records,
  };
  return { kind: 'intact', batch };
}

/** Whether `bytes[start..end)` are all zero. */
export function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (bytes[at] !== 0) return false;
  return true;
}

function batchCrc(bytes: Uint8Array, start: number, end: number, seed: number): number {
  const header = crc32c(bytes, start, start + CRC_OFFSET, seed);
  return crc32c(bytes, start + BATCH_HEADER_BYTES, end, header);
}

function parseRecords(bytes: Uint8Array, view: DataView, start: number, end: number): LogRecord[] | undefined {
  const records: LogRecord[] = [];
  let at = start;
  while (at < end) {
    if (at + RECORD_HEADER_BYTES > end) return undefined;
    const payloadStart = at + RECORD_HEADER_BYTES;
    const next = payloadStart + view.getUint32(at + 1, true);
    if (next > end) return undefined;
    records.push({ type: view.getUint8(at), payload: bytes.subarray(payloadStart, next) });
    at = next;
  }
  return records;
}
