/** Field elements to and from 32 bytes little-endian. Bit 255 is not part of the element. */

import { storeCarried } from './field-carry';

const WORK = memory.data(40, 8);
const BYTES = memory.data(32, 8);

/** Bits of a limb. */
@inline
function widthOf(limb: usize): i32 {
  return 26 - (<i32>limb & 1);
}

/** Whether the low 255 bits are below p: not 2^255 − 19 to 2^255 − 1, whose upper bytes are all ones. */
export function isCanonical(bytes: usize): bool {
  if (load<u8>(bytes) < 0xed || (load<u8>(bytes, 31) & 0x7f) !== 0x7f) return true;
  for (let at: usize = 1; at < 31; at++) if (load<u8>(bytes + at) !== 0xff) return true;
  return false;
}

/** out = the low 255 bits, tight. Limb i begins at bit ceil(25.5 i); each fits in one 32-bit load from its first byte. */
export function fromBytes(out: usize, bytes: usize): void {
  storeCarried(
    out,
    load<u32>(bytes) & 0x3ffffff, // bit 0
    (load<u32>(bytes, 3) >> 2) & 0x1ffffff, // bit 26
    (load<u32>(bytes, 6) >> 3) & 0x3ffffff, // bit 51
    (load<u32>(bytes, 9) >> 5) & 0x1ffffff, // bit 77
    (load<u32>(bytes, 12) >> 6) & 0x3ffffff, // bit 102
    load<u32>(bytes, 16) & 0x1ffffff, // bit 128
    (load<u32>(bytes, 19) >> 1) & 0x3ffffff, // bit 153
    (load<u32>(bytes, 22) >> 3) & 0x1ffffff, // bit 179
    (load<u32>(bytes, 25) >> 4) & 0x3ffffff, // bit 204
    (load<u32>(bytes, 28) >> 6) & 0x1ffffff, // bit 230
  );
}

/**
 * The one value in [0, p), 32 bytes, bit 255 clear.
 *
 * The carries first make the element h tight, so |h| < p. Let h = q p + r with 0 <= r < p; then r = h + 19 q − 2^255 q, whose
 * last term is the carry dropped at the end. q is −1 or 0, and floor(2^-255 (h + 19 2^-25 h9 + 1/2)) finds it:
 *
 *   19 2^-25 h9 is 19 2^-255 h up to 2^-20, and h = q p + r, p + 19 = 2^255, so the argument of floor is q + 2^-255 x with
 *   x = r + 19 2^-255 r + y, 0 < y < 1. As r <= 2^255 − 20 that gives 0 < x < 2^255.
 */
export function toBytes(bytes: usize, a: usize): void {
  storeCarried(
    WORK,
    load<i32>(a),
    load<i32>(a, 4),
    load<i32>(a, 8),
    load<i32>(a, 12),
    load<i32>(a, 16),
    load<i32>(a, 20),
    load<i32>(a, 24),
    load<i32>(a, 28),
    load<i32>(a, 32),
    load<i32>(a, 36),
  );
  let q: i32 = (19 * load<i32>(WORK, 36) + (1 << 24)) >> 25;
  for (let i: usize = 0; i < 10; i++) q = (load<i32>(WORK + 4 * i) + q) >> widthOf(i);
  let carry: i32 = 19 * q;
  let bits: u64 = 0;
  let held: i32 = 0;
  let at = bytes;
  for (let i: usize = 0; i < 10; i++) {
    const width = widthOf(i);
    const limb = load<i32>(WORK + 4 * i) + carry;
    carry = limb >> width;
    bits |= (<u64>(limb - (carry << width))) << held;
    held += width;
    while (held >= 8) {
      store<u8>(at++, <u8>bits);
      bits >>= 8;
      held -= 8;
    }
  }
  store<u8>(at, <u8>bits);
}

/** Whether the element is 0 modulo p. */
export function isZero(a: usize): bool {
  toBytes(BYTES, a);
  return (load<u64>(BYTES) | load<u64>(BYTES, 8) | load<u64>(BYTES, 16) | load<u64>(BYTES, 24)) === 0;
}

/** The sign bit of RFC 8032: the lowest bit of the value in [0, p). */
export function isOdd(a: usize): bool {
  toBytes(BYTES, a);
  return (load<u8>(BYTES) & 1) === 1;
}
