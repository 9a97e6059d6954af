/**
 * What the host calls. Arguments and results lie in fixed places of the memory, whose addresses are exported:
 *
 *   TERMS     64 addresses: of up to 32 points, then from the 33rd on of up to 32 points to multiply. 0: the point is encoded
 *             in ENCODED; even: in a decoded slot; odd: one above the address of a table
 *   ENCODED   64 encodings, 32 bytes each, in the order of TERMS
 *   SCALARS   32 scalars below the group order, for the points to multiply
 *   RESULT    the encoded sum
 *
 * Slots of points in store lie from `slots()` on and are the host's to divide. Nothing here allocates and nothing is secret.
 */

import { BASE_BYTES, ORDER_LESS_ONE } from './constants';
import { addAffine, addExtended, toAffine, toExtended } from './point';
import { decode, encode, isIdentity } from './point-bytes';
import { addProduct, startProducts, sumProducts } from './straus';
import { addBuckets, addToBuckets, buildTable, emptyBuckets, TABLE_BYTES as TABLE } from './table';

export const TERMS: usize = memory.data(256, 64);
export const ENCODED: usize = memory.data(2048, 64);
export const SCALARS: usize = memory.data(1024, 64);
export const RESULT: usize = memory.data(32, 64);
export const TABLE_BYTES: usize = TABLE;
/** A decoded slot: the affine form (120 bytes), then x and y. */
export const DECODED_BYTES: usize = 200;

const TERMS_MAX: i32 = 32;
const X_AT: usize = 120;
const Y_AT: usize = 160;

const DECODED = memory.data(12_800, 64); // 2 * TERMS_MAX * DECODED_BYTES
const POINT = memory.data(160, 8);
const SUM = memory.data(160, 8);
const COORDINATE_X = memory.data(40, 8);
const COORDINATE_Y = memory.data(40, 8);

/** Where slots may begin. */
export function slots(): usize {
  return (__heap_base + 63) & ~63;
}

/** The base point into a table. */
export function prepareBase(table: usize): void {
  decode(COORDINATE_X, COORDINATE_Y, BASE_BYTES);
  buildTable(table, COORDINATE_X, COORDINATE_Y);
}

/** The first of ENCODED into a table; false when it is no point. */
export function prepare(table: usize): bool {
  if (!decode(COORDINATE_X, COORDINATE_Y, ENCODED)) return false;
  buildTable(table, COORDINATE_X, COORDINATE_Y);
  return true;
}

/** The first of ENCODED into a decoded slot; false when it is no point. */
export function decodeInto(slot: usize): bool {
  return decodeTerm(slot, ENCODED);
}

/** Whether the first of ENCODED is a point of order L: not the identity, and (L − 1) P + P is. */
export function hasPrimeOrder(): bool {
  if (!decode(COORDINATE_X, COORDINATE_Y, ENCODED)) return false;
  toExtended(POINT, COORDINATE_X, COORDINATE_Y);
  if (isIdentity(POINT)) return false;
  startProducts();
  addProduct(COORDINATE_X, COORDINATE_Y, ORDER_LESS_ONE);
  sumProducts(SUM);
  addExtended(SUM, POINT);
  return isIdentity(SUM);
}

/** RESULT = the points plus the products. 0, or one above the place in TERMS of an encoding that is no point. */
export function sum(points: i32, products: i32): i32 {
  if (points > TERMS_MAX || products > TERMS_MAX) unreachable();
  startProducts();
  emptyBuckets();
  let buckets = false;
  for (let at = TERMS_MAX; at < TERMS_MAX + products; at++) {
    const term = load<u32>(TERMS + (at << 2));
    const scalar = SCALARS + ((at - TERMS_MAX) << 5);
    if ((term & 1) === 1) {
      addToBuckets(term - 1, scalar);
      buckets = true;
      continue;
    }
    const slot = term === 0 ? decodedTerm(at) : term;
    if (slot === 0) return at + 1;
    addProduct(slot + X_AT, slot + Y_AT, scalar);
  }
  sumProducts(SUM);
  if (buckets) addBuckets(SUM);
  for (let at = 0; at < points; at++) {
    const term = load<u32>(TERMS + (at << 2));
    const slot = term === 0 ? decodedTerm(at) : term & ~1;
    if (slot === 0) return at + 1;
    // A table begins with its point in affine form, as a decoded slot does.
    addAffine(SUM, slot, false);
  }
  encode(RESULT, SUM);
  return 0;
}

/** A decoded slot of the call's own for an encoded term; 0 when it is no point. */
function decodedTerm(at: i32): usize {
  const slot = DECODED + <usize>at * DECODED_BYTES;
  return decodeTerm(slot, ENCODED + (at << 5)) ? slot : 0;
}

function decodeTerm(slot: usize, bytes: usize): bool {
  if (!decode(slot + X_AT, slot + Y_AT, bytes)) return false;
  toAffine(slot, slot + X_AT, slot + Y_AT);
  return true;
}
