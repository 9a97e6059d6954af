/**
 * The field of integers modulo p = 2^255 − 19: what elements look like in memory, and the operations that do not multiply.
 *
 * An element is ten signed 32-bit limbs, 40 bytes: the value is the sum of limb i times 2^ceil(25.5 i), so even limbs hold
 * 26 bits and odd ones 25. Values are not unique and limbs may be negative. Two ranges are used everywhere:
 *
 *   tight   |even limb| <= 1.01 * 2^25, |odd limb| <= 1.01 * 2^24: what products, squares, constants and decoding give
 *   loose   three times tight: the sum or difference of at most three tight elements, and what a product accepts
 *
 * Loose limbs are below 2^27, so nothing here can overflow 32 bits. `out` may be an operand in every function. Everything
 * in this folder runs in variable time, on public data only.
 */

/** Bytes of an element. */
export const FIELD_BYTES: usize = 40;

export function copy(out: usize, a: usize): void {
  memory.copy(out, a, FIELD_BYTES);
}

/** out = a small constant, tight. */
export function setSmall(out: usize, value: i32): void {
  memory.fill(out, 0, FIELD_BYTES);
  store<i32>(out, value);
}

/** out = a + b. Tight and tight give two thirds of loose; the caller keeps the total at three. */
export function add(out: usize, a: usize, b: usize): void {
  store<i32>(out, load<i32>(a) + load<i32>(b));
  store<i32>(out, load<i32>(a, 4) + load<i32>(b, 4), 4);
  store<i32>(out, load<i32>(a, 8) + load<i32>(b, 8), 8);
  store<i32>(out, load<i32>(a, 12) + load<i32>(b, 12), 12);
  store<i32>(out, load<i32>(a, 16) + load<i32>(b, 16), 16);
  store<i32>(out, load<i32>(a, 20) + load<i32>(b, 20), 20);
  store<i32>(out, load<i32>(a, 24) + load<i32>(b, 24), 24);
  store<i32>(out, load<i32>(a, 28) + load<i32>(b, 28), 28);
  store<i32>(out, load<i32>(a, 32) + load<i32>(b, 32), 32);
  store<i32>(out, load<i32>(a, 36) + load<i32>(b, 36), 36);
}

/** out = a − b, with the ranges of `add`. */
export function subtract(out: usize, a: usize, b: usize): void {
  store<i32>(out, load<i32>(a) - load<i32>(b));
  store<i32>(out, load<i32>(a, 4) - load<i32>(b, 4), 4);
  store<i32>(out, load<i32>(a, 8) - load<i32>(b, 8), 8);
  store<i32>(out, load<i32>(a, 12) - load<i32>(b, 12), 12);
  store<i32>(out, load<i32>(a, 16) - load<i32>(b, 16), 16);
  store<i32>(out, load<i32>(a, 20) - load<i32>(b, 20), 20);
  store<i32>(out, load<i32>(a, 24) - load<i32>(b, 24), 24);
  store<i32>(out, load<i32>(a, 28) - load<i32>(b, 28), 28);
  store<i32>(out, load<i32>(a, 32) - load<i32>(b, 32), 32);
  store<i32>(out, load<i32>(a, 36) - load<i32>(b, 36), 36);
}

/** out = −a, in the range of a. */
export function negate(out: usize, a: usize): void {
  for (let at: usize = 0; at < FIELD_BYTES; at += 4) store<i32>(out + at, -load<i32>(a + at));
}
