/** The trusted dealer (RFC 9591 appendix C.1): splits an existing key or a new one, and commits to the polynomial. */

import { FrostError } from './errors.js';
import { assertIdentifiers, evaluate, type GroupPublic } from './group.js';
import type { RandomBytes } from './nonce-pair.js';
import { evaluateSecret } from './polynomial.js';
import { assertScalar, isZero } from './scalar.js';
import { SigningShare } from './signing-share.js';
import type { Sodium } from './sodium.js';

export interface DealOptions {
  /** The group secret, a canonical scalar that is not zero. */
  readonly secret: Uint8Array;
  readonly threshold: number;
  readonly identifiers: readonly number[];
  readonly epoch: number;
  readonly random: RandomBytes;
}

/** The scalar of an Ed25519 seed: SHA-512, clamped (RFC 8032 section 5.1.5), modulo the group order. */
export function secretFromSeed(sodium: Sodium, seed: Uint8Array): Uint8Array {
  if (seed.length !== 32) throw new FrostError({ code: 'SCALAR_MALFORMED', what: 'seed', culprit: undefined });
  const digest = sodium.sha512(seed);
  const wide = new Uint8Array(64);
  wide.set(digest.subarray(0, 32));
  wide[0] = (wide[0] ?? 0) & 248;
  wide[31] = ((wide[31] ?? 0) & 127) | 64;
  const scalar = sodium.reduce(wide);
  digest.fill(0);
  wide.fill(0);
  return scalar;
}

/** A uniform scalar that is not zero. */
export function randomSecret(sodium: Sodium, random: RandomBytes): Uint8Array {
  for (let tries = 0; tries < 8; tries++) {
    const wide = random(64);
    const scalar = sodium.reduce(wide);
    wide.fill(0);
    if (!isZero(scalar)) return scalar;
  }
  throw new Error('expected random bytes, found only zeros');
}

/** @throws FrostError `GROUP_INVALID`, `SCALAR_MALFORMED` */
export function deal(sodium: Sodium, options: DealOptions): { group: GroupPublic; shares: SigningShare[] } {
  const { secret, threshold, identifiers, epoch, random } = options;
  assertIdentifiers(identifiers, threshold);
  assertScalar(secret, 'group secret');
  if (isZero(secret))
    throw new FrostError({ code: 'SCALAR_MALFORMED', what: 'group secret (zero)', culprit: undefined });
  const coefficients: Uint8Array[] = [secret.slice()];
  while (coefficients.length < threshold) coefficients.push(randomSecret(sodium, random));
  const commitments = coefficients.map((coefficient) => sodium.multiplyBase(coefficient));
  const shares = identifiers.map(
    (identifier) => new SigningShare(identifier, epoch, evaluateSecret(sodium, coefficients, identifier)),
  );
  for (const coefficient of coefficients) coefficient.fill(0);
  const verificationShares = new Map(identifiers.map((each) => [each, evaluate(sodium, commitments, each)]));
  const groupKey = (commitments[0] ?? new Uint8Array()).slice();
  return {
    group: { epoch, threshold, identifiers: [...identifiers], groupKey, commitments, verificationShares },
    shares,
  };
}
