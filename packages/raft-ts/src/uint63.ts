/**
 * Terms and indexes: bigints from 0 to 2^63-1, so that they fit a signed 64-bit field of any wire or disk format.
 *
 * A counter that would pass the limit is refused here, in one place. At a million entries a second it lasts 292,000 years:
 * reaching it means corrupt state.
 */
import { RaftError } from './errors.js';

/** Largest term and largest index: 2^63-1. */
export const UINT63_MAX = 9_223_372_036_854_775_807n;

/** Whether `value` is a term or index; takes `unknown` because messages come from decoders that others wrote. */
export function isUint63(value: unknown): value is bigint {
  return typeof value === 'bigint' && value >= 0n && value <= UINT63_MAX;
}

/**
 * The next term or index.
 *
 * @throws RaftError `LIMIT_REACHED` at 2^63-1
 */
export function successor(value: bigint, counter: 'term' | 'index'): bigint {
  if (value >= UINT63_MAX) throw new RaftError({ code: 'LIMIT_REACHED', counter });
  return value + 1n;
}

/** The smaller of two. */
export function lesser(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** The greater of two. */
export function greater(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
