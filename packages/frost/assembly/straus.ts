/**
 * Products of points used once (Straus 1964): all of them share one chain of doublings.
 *
 * Each product has its odd multiples P, 3 P, ... 15 P in cached form and its scalar in sliding digits; from the highest
 * position down, double, then add what the digits there say.
 */

import { addCached, addExtended, CACHED_BYTES, double, doubleTimes, setIdentity, toCached, toExtended } from './point';
import { SLIDING_DIGITS, toSliding } from './recode';

const PRODUCTS_MAX: usize = 32;
const MULTIPLES: usize = 8;
const MULTIPLES_BYTES: usize = MULTIPLES * CACHED_BYTES;

const TABLES = memory.data(40_960, 8); // PRODUCTS_MAX * MULTIPLES_BYTES
const DIGITS = memory.data(8192, 8); // PRODUCTS_MAX * SLIDING_DIGITS
const TWICE = memory.data(160, 8);
const MULTIPLE = memory.data(160, 8);

let count: usize = 0;

export function startProducts(): void {
  count = 0;
}

/** Takes scalar × (x, y) in; at most 32 products. */
export function addProduct(x: usize, y: usize, scalar: usize): void {
  if (count >= PRODUCTS_MAX) unreachable();
  toSliding(DIGITS + count * SLIDING_DIGITS, scalar);
  const table = TABLES + count * MULTIPLES_BYTES;
  count++;
  toExtended(MULTIPLE, x, y);
  double(TWICE, MULTIPLE);
  toCached(table, MULTIPLE);
  for (let at: usize = 1; at < MULTIPLES; at++) {
    addExtended(MULTIPLE, TWICE);
    toCached(table + at * CACHED_BYTES, MULTIPLE);
  }
}

/** point = the sum of the products taken in since the start; the identity for none. */
export function sumProducts(point: usize): void {
  setIdentity(point);
  let doublings: i32 = 0;
  let started = false;
  for (let i: i32 = <i32>SLIDING_DIGITS - 1; i >= 0; i--) {
    doublings++;
    for (let term: usize = 0; term < count; term++) {
      const digit = <i32>load<i8>(DIGITS + term * SLIDING_DIGITS + <usize>i);
      if (digit === 0) continue;
      if (doublings > 0) {
        if (started) doubleTimes(point, point, doublings);
        started = true;
        doublings = 0;
      }
      const size: usize = digit < 0 ? -digit : digit;
      addCached(point, TABLES + term * MULTIPLES_BYTES + (size >> 1) * CACHED_BYTES, digit < 0);
    }
  }
  if (started && doublings > 0) doubleTimes(point, point, doublings);
}
