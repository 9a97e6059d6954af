/**
 * Points to and from 32 bytes (RFC 8032 sections 5.1.2 and 5.1.3), strictly: a point has one encoding, all others are refused.
 */

import { D, ROOT_OF_MINUS_ONE } from './constants';
import { add, negate, subtract } from './field';
import { fromBytes, isCanonical, isOdd, isZero, toBytes } from './field-bytes';
import { multiply, square } from './field-multiply';
import { invert, powerForRoot } from './field-power';
import { Y, Z } from './point';

const ONE = memory.data<i32>([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
const U = memory.data(40, 8);
const V = memory.data(40, 8);
const V3 = memory.data(40, 8);
const CHECK = memory.data(40, 8);

/**
 * The coordinates of an encoded point, tight. Refused: y not below p, no such point, x = 0 with the sign bit set.
 *
 * x² = u / v with u = y² − 1, v = d y² + 1 (never 0: −1 / d is no square). The candidate is x = u v³ (u v⁷)^((p − 5) / 8), and
 * v x² is then u, or −u, where the root of −1 makes it right, or neither: u / v is no square.
 */
export function decode(x: usize, y: usize, bytes: usize): bool {
  if (!isCanonical(bytes)) return false;
  fromBytes(y, bytes);
  square(U, y);
  multiply(V, U, D);
  subtract(U, U, ONE);
  add(V, V, ONE);

  square(V3, V);
  multiply(V3, V3, V);
  square(x, V3);
  multiply(x, x, V);
  multiply(x, x, U);
  powerForRoot(x, x);
  multiply(x, x, V3);
  multiply(x, x, U);

  square(CHECK, x);
  multiply(CHECK, CHECK, V);
  add(V3, CHECK, U);
  subtract(CHECK, CHECK, U);
  if (!isZero(CHECK)) {
    if (!isZero(V3)) return false;
    multiply(x, x, ROOT_OF_MINUS_ONE);
  }
  const odd = load<u8>(bytes, 31) >> 7 === 1;
  if (odd && isZero(x)) return false;
  if (isOdd(x) !== odd) negate(x, x);
  return true;
}

/** Writes the encoding of an extended point. */
export function encode(bytes: usize, point: usize): void {
  invert(U, point + Z);
  multiply(V, point, U);
  multiply(U, point + Y, U);
  toBytes(bytes, U);
  if (isOdd(V)) store<u8>(bytes, load<u8>(bytes, 31) | 0x80, 31);
}

/** Whether an extended point is the identity: X = 0 and Y = Z. */
export function isIdentity(point: usize): bool {
  subtract(U, point + Y, point + Z);
  return isZero(point) && isZero(U);
}
