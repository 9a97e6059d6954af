/**
 * Products of points prepared in advance, without doublings: the table of P holds 16^k P, k = 0 to 63, in affine form.
 *
 * With the scalar in radix 16, digit by digit, 16^k P is added to the bucket of the digit's size (1 to 8), and at the end the
 * buckets are summed with their weights. Buckets are shared by all products of one sum.
 *
 * A table of all multiples needs no buckets but 60 KiB and more, which a signer that signs now and then finds in no cache: it is
 * faster in a loop and half as fast one call at a time (figures in the package's README).
 */

import { FIELD_BYTES } from './field';
import { multiply } from './field-multiply';
import { invert } from './field-power';
import {
  AFFINE_BYTES,
  addAffine,
  addExtended,
  doubleTimes,
  EXTENDED_BYTES,
  setIdentity,
  toAffine,
  toExtended,
  Y,
  Z,
} from './point';
import { RADIX_16_DIGITS, toRadix16 } from './recode';

/** Bytes of a table: 64 entries of 120. The first is P itself. */
export const TABLE_BYTES: usize = 7680;

const BUCKETS_COUNT: usize = 8;
const POWERS = memory.data(10_240, 8);
const PRODUCTS = memory.data(2560, 8);
const INVERSE = memory.data(40, 8);
const POWER_INVERSE = memory.data(40, 8);
const DIGITS = memory.data(64, 8);
const BUCKETS = memory.data(1280, 8);
const RUNNING = memory.data(160, 8);

/** Fills a table from coordinates. One inversion for all 64 denominators: that of their product, and backwards from there. */
export function buildTable(table: usize, x: usize, y: usize): void {
  const last: usize = RADIX_16_DIGITS - 1;
  toExtended(POWERS, x, y);
  memory.copy(PRODUCTS, POWERS + Z, FIELD_BYTES);
  for (let k: usize = 1; k <= last; k++) {
    const power = POWERS + k * EXTENDED_BYTES;
    doubleTimes(power, power - EXTENDED_BYTES, 4);
    multiply(PRODUCTS + k * FIELD_BYTES, PRODUCTS + (k - 1) * FIELD_BYTES, power + Z);
  }
  // Denominators are never 0: the formulas are complete.
  invert(INVERSE, PRODUCTS + last * FIELD_BYTES);
  for (let k: usize = last; k > 0; k--) {
    const power = POWERS + k * EXTENDED_BYTES;
    multiply(POWER_INVERSE, INVERSE, PRODUCTS + (k - 1) * FIELD_BYTES);
    multiply(INVERSE, INVERSE, power + Z);
    multiply(power, power, POWER_INVERSE);
    multiply(power + Y, power + Y, POWER_INVERSE);
    toAffine(table + k * AFFINE_BYTES, power, power + Y);
  }
  toAffine(table, x, y);
}

export function emptyBuckets(): void {
  for (let at: usize = 0; at < BUCKETS_COUNT; at++) setIdentity(BUCKETS + at * EXTENDED_BYTES);
}

/** Puts scalar × (the point of the table) into the buckets. */
export function addToBuckets(table: usize, scalar: usize): void {
  toRadix16(DIGITS, scalar);
  for (let k: usize = 0; k < RADIX_16_DIGITS; k++) {
    const digit = <i32>load<i8>(DIGITS + k);
    if (digit === 0) continue;
    const size: usize = digit < 0 ? -digit : digit;
    addAffine(BUCKETS + (size - 1) * EXTENDED_BYTES, table + k * AFFINE_BYTES, digit < 0);
  }
}

/** point = point + 1 B1 + 2 B2 + ... + 8 B8, as B8 + (B8 + B7) + (B8 + B7 + B6) + ... */
export function addBuckets(point: usize): void {
  setIdentity(RUNNING);
  for (let size = BUCKETS_COUNT; size > 0; size--) {
    addExtended(RUNNING, BUCKETS + (size - 1) * EXTENDED_BYTES);
    addExtended(point, RUNNING);
  }
}
