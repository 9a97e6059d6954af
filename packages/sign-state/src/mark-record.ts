/**
 * The stored form of a mark: a version byte, then fixed fields, then chain id and sign bytes.
 *
 * Version 1, integers little-endian: u8 version, u64 height, u32 round, u8 step, u8 flags (bit 0: sign bytes known),
 * i64 time of the mark in milliseconds since 1970 (for the limit on height jumps), u16 length + chain id (UTF-8),
 * u32 length + sign bytes. Where the sign bytes are known, height, round, step and chain must equal what they say.
 */

import { type Hrs, STEP_NUMBER, type Step } from './hrs.js';
import { MarkRecordError } from './mark-record-error.js';
import type { Mark } from './rule.js';
import { type ParsedSignBytes, parseSignBytes } from './sign-bytes.js';
import { decodeUtf8, encodeUtf8 } from './utf8.js';

const VERSION = 1;
const FIXED_BYTES = 1 + 8 + 4 + 1 + 1 + 8 + 2;
const STEPS: readonly Step[] = ['proposal', 'prevote', 'precommit'];

export interface MarkRecord extends Mark {
  readonly chainId: string;
  /** Wall clock when the mark was made, milliseconds since 1970. */
  readonly timeMs: number;
}

/** Above every round that exists (rounds are int32). */
const FLOOR_ROUND = 2 ** 31 - 1;

/** The mark that covers a whole height, of which no sign bytes are known: nothing at or below it is ever signed. */
export function floorMark(height: bigint, chainId: string, timeMs: number): MarkRecord {
  return { height, round: FLOOR_ROUND, step: 'precommit', signBytes: undefined, chainId, timeMs };
}

/** Encodes a mark for the log. */
export function encodeMarkRecord(record: MarkRecord): Uint8Array {
  const chainId = encodeUtf8(record.chainId);
  const signBytes = record.signBytes?.bytes ?? new Uint8Array(0);
  const out = new Uint8Array(FIXED_BYTES + chainId.length + 4 + signBytes.length);
  const view = new DataView(out.buffer);
  view.setUint8(0, VERSION);
  view.setBigUint64(1, record.height, true);
  view.setUint32(9, record.round, true);
  view.setUint8(13, STEP_NUMBER[record.step]);
  view.setUint8(14, record.signBytes === undefined ? 0 : 1);
  view.setBigInt64(15, BigInt(Math.trunc(record.timeMs)), true);
  view.setUint16(23, chainId.length, true);
  out.set(chainId, FIXED_BYTES);
  view.setUint32(FIXED_BYTES + chainId.length, signBytes.length, true);
  out.set(signBytes, FIXED_BYTES + chainId.length + 4);
  return out;
}

/**
 * Decodes a mark.
 *
 * @throws MarkRecordError when the version is not 1, or the record contradicts itself
 */
export function decodeMarkRecord(bytes: Uint8Array): MarkRecord {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 1 || view.getUint8(0) !== VERSION) {
    throw new MarkRecordError(`version ${VERSION}`, bytes.length < 1 ? 'nothing' : `version ${view.getUint8(0)}`);
  }
  if (bytes.length < FIXED_BYTES) throw new MarkRecordError(`at least ${FIXED_BYTES} bytes`, `${bytes.length}`);
  const chainEnd = FIXED_BYTES + view.getUint16(23, true);
  if (bytes.length < chainEnd + 4) throw new MarkRecordError(`a chain id to byte ${chainEnd}`, `${bytes.length} bytes`);
  const signBytesLength = view.getUint32(chainEnd, true);
  if (bytes.length !== chainEnd + 4 + signBytesLength) {
    throw new MarkRecordError(`${chainEnd + 4 + signBytesLength} bytes`, `${bytes.length}`);
  }
  const step = STEPS[view.getUint8(13) - 1];
  const flags = view.getUint8(14);
  if (step === undefined || flags > 1)
    throw new MarkRecordError('step 1 to 3 and flags 0 or 1', `${bytes[13]}, ${flags}`);
  const record: Omit<MarkRecord, 'signBytes'> & { signBytes: MarkRecord['signBytes'] } = {
    height: view.getBigUint64(1, true),
    round: view.getUint32(9, true),
    step,
    chainId: decodeChainId(bytes.subarray(FIXED_BYTES, chainEnd)),
    timeMs: Number(view.getBigInt64(15, true)),
    signBytes: undefined,
  };
  if (record.height > 2n ** 63n - 1n || record.round > 2 ** 31 - 1 || !Number.isSafeInteger(record.timeMs)) {
    throw new MarkRecordError(
      'an int64 height, an int32 round and a time',
      `${record.height}, ${record.round}, ${record.timeMs}`,
    );
  }
  if (flags === 0) {
    if (signBytesLength !== 0) throw new MarkRecordError('no sign bytes', `${signBytesLength} bytes`);
    return record;
  }
  const signBytes = parseSignBytes(bytes.subarray(chainEnd + 4));
  assertSame(record, signBytes);
  record.signBytes = signBytes;
  return record;
}

function decodeChainId(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new MarkRecordError('a chain id in UTF-8', 'other bytes');
  return text;
}

function assertSame(record: Hrs & { chainId: string }, signBytes: ParsedSignBytes): void {
  const same =
    record.height === signBytes.height &&
    record.round === signBytes.round &&
    record.step === signBytes.step &&
    record.chainId === signBytes.chainId;
  if (!same) throw new MarkRecordError('the height, round, step and chain of the sign bytes', 'others');
}
