/**
 * Strict check of the protobuf structure of a privval message, before the generated decoder sees it.
 *
 * The generated decoder is lenient where a node's is not: a zero or end-group tag silently ends a message, a known field
 * with another wire type is skipped, a nested message may reach past its parent, and of a field that stands twice one is
 * dropped. With altered bytes each of these could turn one request into another. Here they are errors, so what passes
 * has one meaning. Unknown fields are stepped over (forks add some), but must be well formed. Known fields may stand
 * once: no node writes one twice.
 */

import { PrivvalError } from '../errors.js';

/** Field number to kind; an object is a nested message. */
export interface MessageShape {
  readonly [field: number]: 'varint' | 'bytes' | MessageShape;
}

const TIMESTAMP: MessageShape = { 1: 'varint', 2: 'varint' };
const BLOCK_ID: MessageShape = { 1: 'bytes', 2: { 1: 'varint', 2: 'bytes' } };
const ERROR: MessageShape = { 1: 'varint', 2: 'bytes' };
const VOTE: MessageShape = {
  1: 'varint',
  2: 'varint',
  3: 'varint',
  4: BLOCK_ID,
  5: TIMESTAMP,
  6: 'bytes',
  7: 'varint',
  8: 'bytes',
  9: 'bytes',
  10: 'bytes',
  11: 'bytes',
  12: 'bytes',
};
const PROPOSAL: MessageShape = {
  1: 'varint',
  2: 'varint',
  3: 'varint',
  4: 'varint',
  5: BLOCK_ID,
  6: TIMESTAMP,
  7: 'bytes',
};

/** The shape of `Message` in proto/privval/privval.proto. */
export const MESSAGE_SHAPE: MessageShape = {
  1: { 1: 'bytes' },
  2: { 1: { 1: 'bytes' }, 2: ERROR, 3: 'bytes', 4: 'bytes' },
  3: { 1: VOTE, 2: 'bytes', 3: 'varint' },
  4: { 1: VOTE, 2: ERROR },
  5: { 1: PROPOSAL, 2: 'bytes' },
  6: { 1: PROPOSAL, 2: ERROR },
  7: {},
  8: {},
  9: { 1: 'bytes', 2: 'bytes', 3: 'bytes' },
  10: { 1: 'bytes', 2: ERROR },
};

/**
 * Checks the structure of a message.
 *
 * @param bytes - the protobuf without its length prefix
 * @throws PrivvalError `MESSAGE_MALFORMED` with the offset of the first offence
 */
export function assertMessageShape(bytes: Uint8Array): void {
  const members = checkMessage(bytes, 0, bytes.length, MESSAGE_SHAPE);
  // A oneof holds one member; the last of several would win, and which one that is must not be left to chance.
  if (members > 1) throw malformed(0, `${members} members of the oneof`);
}

/** Returns how many known fields stand in the message. */
function checkMessage(bytes: Uint8Array, start: number, end: number, shape: MessageShape): number {
  let seen = 0;
  let known = 0;
  let at = start;
  while (at < end) {
    const tag = readVarint(bytes, at, end);
    if (tag.value < 8 || tag.value > 0xffff_ffff) throw malformed(at, 'bad tag');
    const field = Math.floor(tag.value / 8);
    const wireType = tag.value % 8;
    const kind = field < 32 ? shape[field] : undefined;
    if (kind !== undefined) {
      if (wireType !== (kind === 'varint' ? 0 : 2)) throw malformed(at, `field ${field} has wire type ${wireType}`);
      if ((seen & (1 << field)) !== 0) throw malformed(at, `field ${field} stands twice`);
      seen |= 1 << field;
      known += 1;
    }
    const next = skipValue(bytes, tag.next, end, wireType);
    if (typeof kind === 'object') checkMessage(bytes, next.dataStart, next.dataEnd, kind);
    at = next.dataEnd;
  }
  return known;
}

/** Finds the extent of a value; `dataStart` leaves a length prefix out. */
function skipValue(bytes: Uint8Array, at: number, end: number, wireType: number) {
  switch (wireType) {
    case 0:
      return { dataStart: at, dataEnd: readVarint(bytes, at, end).next };
    case 1:
      return { dataStart: at, dataEnd: within(at, 8, end) };
    case 2: {
      const length = readVarint(bytes, at, end);
      return { dataStart: length.next, dataEnd: within(length.next, length.value, end) };
    }
    case 5:
      return { dataStart: at, dataEnd: within(at, 4, end) };
    default:
      throw malformed(at, `wire type ${wireType}`);
  }
}

function within(at: number, length: number, end: number): number {
  if (length > end - at) throw malformed(at, `${length} bytes wanted, ${end - at} left`);
  return at + length;
}

/** `value` is exact below 2^53, which is all that tags and lengths need; larger ones are only compared with bounds. */
function readVarint(bytes: Uint8Array, start: number, end: number): { value: number; next: number } {
  let value = 0;
  let scale = 1;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (at - start === 9 && byte > 1) throw malformed(start, 'varint over 64 bits');
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value, next: at + 1 };
    scale *= 128;
  }
  throw malformed(start, 'varint without an end');
}

function malformed(offset: number, problem: string): PrivvalError {
  return new PrivvalError({ code: 'MESSAGE_MALFORMED', offset, problem });
}
