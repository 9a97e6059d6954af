/** Brings ten 64-bit column sums into tight limbs: the end of every product, square and decoding. */

/**
 * Stores h0 + h1 2^26 + h2 2^51 + ... as a tight element.
 *
 * Expects |h| < 2^62. A carry rounds to nearest, so it leaves at most 2^25 in an even limb and 2^24 in an odd one. Two
 * chains of carries run interleaved, from limb 0 and from limb 4; no first carry exceeds 2^37 + 1. Two limbs are carried
 * twice: limb 4, which then holds less than 2^38 and moves less than 2^13 into limb 5, and limb 0, which has received 19
 * times the carry out of limb 9, less than 2^42, and moves less than 2^17 into limb 1. 2^17 is 0.008 * 2^24: tight.
 */
@inline
export function storeCarried(
  out: usize,
  h0: i64,
  h1: i64,
  h2: i64,
  h3: i64,
  h4: i64,
  h5: i64,
  h6: i64,
  h7: i64,
  h8: i64,
  h9: i64,
): void {
  let carry: i64;

  carry = (h0 + (1 << 25)) >> 26;
  h1 += carry;
  h0 -= carry << 26;
  carry = (h4 + (1 << 25)) >> 26;
  h5 += carry;
  h4 -= carry << 26;

  carry = (h1 + (1 << 24)) >> 25;
  h2 += carry;
  h1 -= carry << 25;
  carry = (h5 + (1 << 24)) >> 25;
  h6 += carry;
  h5 -= carry << 25;

  carry = (h2 + (1 << 25)) >> 26;
  h3 += carry;
  h2 -= carry << 26;
  carry = (h6 + (1 << 25)) >> 26;
  h7 += carry;
  h6 -= carry << 26;

  carry = (h3 + (1 << 24)) >> 25;
  h4 += carry;
  h3 -= carry << 25;
  carry = (h7 + (1 << 24)) >> 25;
  h8 += carry;
  h7 -= carry << 25;

  carry = (h4 + (1 << 25)) >> 26;
  h5 += carry;
  h4 -= carry << 26;
  carry = (h8 + (1 << 25)) >> 26;
  h9 += carry;
  h8 -= carry << 26;

  // 2^255 = 19 modulo p.
  carry = (h9 + (1 << 24)) >> 25;
  h0 += carry * 19;
  h9 -= carry << 25;

  carry = (h0 + (1 << 25)) >> 26;
  h1 += carry;
  h0 -= carry << 26;

  store<i32>(out, <i32>h0);
  store<i32>(out, <i32>h1, 4);
  store<i32>(out, <i32>h2, 8);
  store<i32>(out, <i32>h3, 12);
  store<i32>(out, <i32>h4, 16);
  store<i32>(out, <i32>h5, 20);
  store<i32>(out, <i32>h6, 24);
  store<i32>(out, <i32>h7, 28);
  store<i32>(out, <i32>h8, 32);
  store<i32>(out, <i32>h9, 36);
}
