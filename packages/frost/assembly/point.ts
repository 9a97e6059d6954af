/**
 * Points of edwards25519, −x² + y² = 1 + d x² y², and their addition (Hisil, Wong, Carter, Dawson 2008, with a = −1).
 *
 * Three forms in memory; elements are tight, but the sums y + x and y − x are two tight ones:
 *
 *   extended   X, Y, Z, T (160 bytes): x = X / Z, y = Y / Z, T = X Y / Z
 *   affine     y + x, y − x, 2 d x y (120 bytes): the cheapest second operand; also that of a point in store
 *   cached     Y + X, Y − X, 2 d T, Z (160 bytes): an affine one with its denominator, made from an extended point
 *
 * −1 is a square modulo p and d is not, so the formulas are complete: equal points, inverse points, the identity and
 * points of small order need no case of their own. Sums of tight elements go straight into products, which accept three.
 */

import { D_DOUBLED } from './constants';
import { add, copy, FIELD_BYTES, setSmall, subtract } from './field';
import { multiply, square, squareDoubled } from './field-multiply';

export const EXTENDED_BYTES: usize = 160;
export const CACHED_BYTES: usize = 160;
export const AFFINE_BYTES: usize = 120;

// Offsets in the extended form.
export const Y: usize = 40;
export const Z: usize = 80;
export const T: usize = 120;

// A sum is first (E / G, H / F), the completed form; each of these is loose.
const E = memory.data(40, 8);
const F = memory.data(40, 8);
const G = memory.data(40, 8);
const H = memory.data(40, 8);
const A = memory.data(40, 8);
const B = memory.data(40, 8);
const C = memory.data(40, 8);

export function setIdentity(out: usize): void {
  setSmall(out, 0);
  setSmall(out + Y, 1);
  setSmall(out + Z, 1);
  setSmall(out + T, 0);
}

/** Extended from completed, without T: enough when a doubling follows. */
function completeForDoubling(out: usize): void {
  multiply(out, E, F);
  multiply(out + Y, G, H);
  multiply(out + Z, F, G);
}

function complete(out: usize): void {
  completeForDoubling(out);
  multiply(out + T, E, H);
}

/** E = (X + Y)² − (X² + Y²), G = Y² − X², F = 2 Z² − G, H = X² + Y². F and E are three tight ones: loose. */
function doubleToCompleted(a: usize): void {
  square(A, a);
  square(B, a + Y);
  squareDoubled(C, a + Z);
  add(E, a, a + Y);
  square(E, E);
  add(H, B, A);
  subtract(G, B, A);
  subtract(E, E, H);
  subtract(F, C, G);
}

/** out = 2 a. */
export function double(out: usize, a: usize): void {
  doubleToCompleted(a);
  complete(out);
}

/** out = 2^count a, count at least 1. T is computed for the last only. */
export function doubleTimes(out: usize, a: usize, count: i32): void {
  doubleToCompleted(a);
  for (let i = 1; i < count; i++) {
    completeForDoubling(out);
    doubleToCompleted(out);
  }
  complete(out);
}

/**
 * Adds to the extended point what (y + x, y − x, 2 d x y) stands for, with twice the product of the denominators in C.
 * A negative point swaps y + x with y − x and changes the sign of 2 d x y, which swaps F with G.
 */
function addWith(point: usize, other: usize, negative: bool): void {
  const plus = negative ? other + FIELD_BYTES : other;
  const minus = negative ? other : other + FIELD_BYTES;
  add(A, point + Y, point);
  subtract(B, point + Y, point);
  multiply(A, A, plus);
  multiply(B, B, minus);
  multiply(H, point + T, other + 2 * FIELD_BYTES);
  add(negative ? F : G, C, H);
  subtract(negative ? G : F, C, H);
  subtract(E, A, B);
  add(H, A, B);
}

/** point = point ± other; other in affine form. */
export function addAffine(point: usize, other: usize, negative: bool): void {
  add(C, point + Z, point + Z);
  addWith(point, other, negative);
  complete(point);
}

/** point = point ± other; other in cached form. */
export function addCached(point: usize, other: usize, negative: bool): void {
  multiply(C, point + Z, other + 3 * FIELD_BYTES);
  add(C, C, C);
  addWith(point, other, negative);
  complete(point);
}

const CACHED = memory.data(160, 8);

/** point = point + other; both extended. */
export function addExtended(point: usize, other: usize): void {
  toCached(CACHED, other);
  addCached(point, CACHED, false);
}

/** Cached from extended; y + x and y − x are two tight ones, which a product accepts. */
export function toCached(out: usize, a: usize): void {
  add(out, a + Y, a);
  subtract(out + FIELD_BYTES, a + Y, a);
  multiply(out + 2 * FIELD_BYTES, a + T, D_DOUBLED);
  copy(out + 3 * FIELD_BYTES, a + Z);
}

/** Affine from the coordinates x and y, tight ones. y + x and y − x are two tight ones, as above. */
export function toAffine(out: usize, x: usize, y: usize): void {
  multiply(A, x, y);
  multiply(out + 2 * FIELD_BYTES, A, D_DOUBLED);
  add(A, y, x);
  subtract(out + FIELD_BYTES, y, x);
  copy(out, A);
}

/** Extended, Z = 1, from the coordinates x and y. */
export function toExtended(out: usize, x: usize, y: usize): void {
  multiply(A, x, y);
  copy(B, x);
  copy(out + Y, y);
  copy(out, B);
  setSmall(out + Z, 1);
  copy(out + T, A);
}
