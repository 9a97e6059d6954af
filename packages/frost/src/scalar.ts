/** Scalars: 32 bytes little-endian, canonical, below the group order L = 2^252 + 27742317777372353535851937790883648493. */

import { FrostError } from './errors.js';

export const SCALAR_BYTES = 32;
export const POINT_BYTES = 32;

const ORDER = Uint8Array.from([
  0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0x10,
]);

/** Below the order; in constant time, because shares are checked with it. */
export function isCanonicalScalar(bytes: Uint8Array): boolean {
  if (bytes.length !== SCALAR_BYTES) return false;
  let borrow = 0;
  for (let i = 0; i < SCALAR_BYTES; i++) {
    const difference = (bytes[i] ?? 0) - (ORDER[i] ?? 0) - borrow;
    borrow = (difference >> 8) & 1;
  }
  return borrow === 1;
}

export function isZero(bytes: Uint8Array): boolean {
  let any = 0;
  for (const byte of bytes) any |= byte;
  return any === 0;
}

/** @throws FrostError `SCALAR_MALFORMED` naming the culprit */
export function assertScalar(bytes: Uint8Array, what: string, culprit?: number): void {
  if (!isCanonicalScalar(bytes)) throw new FrostError({ code: 'SCALAR_MALFORMED', what, culprit });
}

/** A small positive integer (an identifier) as a scalar. */
export function scalarOf(integer: number): Uint8Array {
  const scalar = new Uint8Array(SCALAR_BYTES);
  for (let i = 0, rest = integer; rest > 0; i++, rest = Math.floor(rest / 256)) scalar[i] = rest % 256;
  return scalar;
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}
