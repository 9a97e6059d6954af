/** Integers modulo 2^127 − 1, as the scalars and points of the simulator's FROST: 32 bytes little-endian. */

import { FrostError } from '@quorumsign/frost';

export const P = (1n << 127n) - 1n;

/** λ of `identifier` in `set`: the product of j / (j − i) over the others. */
export function lagrangeCoefficient(set: readonly number[], identifier: number): bigint {
  let [numerator, denominator] = [1n, 1n];
  for (const other of set) {
    if (other === identifier) continue;
    numerator = (numerator * BigInt(other)) % P;
    denominator = (denominator * BigInt(other - identifier)) % P;
  }
  return (numerator * inverse(((denominator % P) + P) % P)) % P;
}

/** The polynomial at a point; coefficients lowest first. */
export function evaluate(coefficients: readonly bigint[], x: number): bigint {
  return coefficients.reduceRight((sum, next) => (sum * BigInt(x) + next) % P, 0n);
}

const inverses = new Map<bigint, bigint>();

/** By Fermat; the few denominators that occur are remembered. */
function inverse(value: bigint): bigint {
  const known = inverses.get(value);
  if (known !== undefined) return known;
  let [result, base] = [1n, value];
  for (let exponent = P - 2n; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) result = (result * base) % P;
    base = (base * base) % P;
  }
  inverses.set(value, result);
  return result;
}

/** 126 bits that depend on every byte; for honest and lying code alike, not for enemies of arithmetic. */
export function hash(domain: string, ...parts: readonly Uint8Array[]): bigint {
  let [a, b, c, d] = [domain.charCodeAt(0), domain.length, 0x9e3779b9, 0x85ebca6b];
  for (const part of parts) {
    a = Math.imul(a ^ part.length, 0x01000193);
    for (let at = 0; at < part.length; at++) {
      const byte = part[at] ?? 0;
      a = Math.imul(a ^ byte, 0x01000193);
      b = (Math.imul(b ^ byte, 0x5bd1e995) + a) | 0;
      c = Math.imul(c + byte, 0xcc9e2d51) ^ (b >>> 13);
      d = (Math.imul(d ^ c, 0x1b873593) + byte) | 0;
    }
  }
  const low = (BigInt(a >>> 0) << 32n) | BigInt(b >>> 0);
  const high = (BigInt((c >>> 0) & 0x3fffffff) << 32n) | BigInt(d >>> 0);
  return ((high << 64n) | low) % P;
}

/** Numbers pass through it: a view of each small array of its own would cost more than all the arithmetic. */
const passage = new DataView(new ArrayBuffer(16));

/** 32 bytes, little-endian. */
export function encode(value: bigint): Uint8Array {
  passage.setBigUint64(0, value & 0xffff_ffff_ffff_ffffn, true);
  passage.setBigUint64(8, value >> 64n, true);
  const bytes = new Uint8Array(32);
  for (let at = 0; at < 16; at++) bytes[at] = passage.getUint8(at);
  return bytes;
}

/** The value of the first 16 bytes. */
export function decodeLoosely(bytes: Uint8Array): bigint {
  if (bytes.length < 16) throw new RangeError(`expected at least 16 bytes, found ${bytes.length}`);
  for (let at = 0; at < 16; at++) passage.setUint8(at, bytes[at] ?? 0);
  return (passage.getBigUint64(8, true) << 64n) | passage.getBigUint64(0, true);
}

/** @throws FrostError `SCALAR_MALFORMED` */
export function decode(bytes: Uint8Array, what: string, culprit: number | undefined): bigint {
  if (!isCanonical(bytes)) throw new FrostError({ code: 'SCALAR_MALFORMED', what, culprit });
  return decodeLoosely(bytes);
}

export function isCanonical(bytes: Uint8Array): boolean {
  if (bytes.length !== 32) return false;
  for (let at = 16; at < 32; at++) if (bytes[at] !== 0) return false;
  return decodeLoosely(bytes) < P;
}

/** What stands for a point of prime order, or for a scalar that is not zero. */
export function isPoint(bytes: Uint8Array): boolean {
  return isCanonical(bytes) && decodeLoosely(bytes) !== 0n;
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
