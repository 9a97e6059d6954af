/** Scalars below the group order, 32 bytes little-endian, as signed digits. */

/** Digits of the radix-16 form. */
export const RADIX_16_DIGITS: usize = 64;
/** Positions of the sliding form. */
export const SLIDING_DIGITS: usize = 256;

/**
 * 64 digits from −8 to 7, the scalar being the sum of digit k times 16^k. A digit of 8 or more borrows 16 from the next. The
 * last keeps what it is: it was at most 1, because L < 2 * 16^63, and is at most 2 with the carry.
 */
export function toRadix16(digits: usize, scalar: usize): void {
  let carry: i32 = 0;
  for (let k: usize = 0; k < RADIX_16_DIGITS; k++) {
    let digit = ((<i32>load<u8>(scalar + (k >> 1)) >> <i32>((k & 1) << 2)) & 15) + carry;
    carry = <i32>(digit >= 8 && k < RADIX_16_DIGITS - 1);
    digit -= carry << 4;
    store<i8>(digits + k, <i8>digit);
  }
}

// One byte of zeros after the scalar lets every position load two bytes.
const PADDED = memory.data(40, 8);

/**
 * 256 digits, each 0 or odd from −15 to 15 and followed by at least four zeros, the scalar being the sum of digit i times 2^i.
 *
 * A window of five bits begins where the next bit differs from the carry, so with the carry it is odd; from 16 on it becomes
 * negative and carries. Scalars are below 2^253, so the last carry ends in a 1 at position 253 at the latest.
 */
export function toSliding(digits: usize, scalar: usize): void {
  memory.copy(PADDED, scalar, 32);
  memory.fill(digits, 0, SLIDING_DIGITS);
  let carry: i32 = 0;
  let i: usize = 0;
  while (i < SLIDING_DIGITS) {
    const window = (<i32>load<u16>(PADDED + (i >> 3)) >> <i32>(i & 7)) & 31;
    if ((window & 1) === carry) {
      i++;
      continue;
    }
    const digit = window + carry;
    carry = digit >> 4;
    store<i8>(digits + i, <i8>(digit - (carry << 5)));
    i += 5;
  }
}
