/**
 * The public part of a sharing: group key, polynomial commitments, verification shares (RFC 9591 appendix C).
 *
 * Everybody checks it for himself: C_0 is the group key, and each verification share lies on the committed polynomial.
 */

import { FrostError } from './errors.js';
import { equal, scalarOf } from './scalar.js';
import type { SigningShare } from './signing-share.js';
import type { Sodium } from './sodium.js';

export const IDENTIFIER_MAX = 65_535;

/** The neutral point: x = 0, y = 1. */
const IDENTITY = scalarOf(1);

export interface GroupPublic {
  /** One sharing of the key; resharing starts the next. */
  readonly epoch: number;
  readonly threshold: number;
  /** Ascending, 1 to 65,535. */
  readonly identifiers: readonly number[];
  /** Ed25519 public key, 32 bytes. */
  readonly groupKey: Uint8Array;
  /** C_0 to C_(t−1), 32 bytes each. */
  readonly commitments: readonly Uint8Array[];
  readonly verificationShares: ReadonlyMap<number, Uint8Array>;
}

/** @throws FrostError `GROUP_INVALID` */
export function assertIdentifiers(identifiers: readonly number[], threshold: number): void {
  const ascending = identifiers.every((each, at) => at === 0 || each > (identifiers[at - 1] ?? 0));
  const inRange = identifiers.every((each) => Number.isInteger(each) && each >= 1 && each <= IDENTIFIER_MAX);
  if (!ascending || !inRange) {
    throw new FrostError({
      code: 'GROUP_INVALID',
      problem: `expected ascending identifiers from 1 to ${IDENTIFIER_MAX}`,
    });
  }
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > identifiers.length) {
    const problem = `expected a threshold of 1 to ${identifiers.length}, found ${threshold}`;
    throw new FrostError({ code: 'GROUP_INVALID', problem });
  }
}

/** @throws FrostError `GROUP_INVALID` or `POINT_MALFORMED` */
export function checkGroup(sodium: Sodium, group: GroupPublic): void {
  const { identifiers, threshold, commitments, groupKey, verificationShares } = group;
  assertIdentifiers(identifiers, threshold);
  if (commitments.length !== threshold || verificationShares.size !== identifiers.length) {
    const problem = `expected ${threshold} commitments and ${identifiers.length} verification shares, found ${commitments.length} and ${verificationShares.size}`;
    throw new FrostError({ code: 'GROUP_INVALID', problem });
  }
  for (const point of [groupKey, ...commitments, ...verificationShares.values()]) {
    if (!sodium.isValidPoint(point))
      throw new FrostError({ code: 'POINT_MALFORMED', what: 'group', culprit: undefined });
  }
  if (!equal(groupKey, commitments[0] ?? new Uint8Array())) {
    throw new FrostError({ code: 'GROUP_INVALID', problem: 'expected the first commitment to be the group key' });
  }
  for (const identifier of identifiers) {
    if (!equal(evaluate(sodium, commitments, identifier), verificationShares.get(identifier) ?? new Uint8Array())) {
      const problem = `the verification share of ${identifier} does not lie on the committed polynomial`;
      throw new FrostError({ code: 'GROUP_INVALID', problem });
    }
  }
}

/** The committed polynomial at a point, in the exponent (Feldman). @param commitments - checked points */
export function evaluate(sodium: Sodium, commitments: readonly Uint8Array[], identifier: number): Uint8Array {
  const x = scalarOf(identifier);
  const [highest, ...rest] = [...commitments].reverse();
  if (highest === undefined)
    throw new FrostError({ code: 'GROUP_INVALID', problem: 'expected at least one commitment' });
  // A dealer can choose commitments that make a sum on the way the identity, and libsodium multiplies no such point.
  const times = (sum: Uint8Array) => (equal(sum, IDENTITY) ? sum : sodium.multiplyPoint(x, sum));
  return rest.reduce((sum, next) => sodium.addPoints(times(sum), next), highest);
}

/** @throws FrostError `SHARE_FOREIGN` when the share is not the one of its holder in this group */
export function checkShare(sodium: Sodium, share: SigningShare, group: GroupPublic): void {
  const expected = group.verificationShares.get(share.identifier);
  const culprit = share.identifier;
  if (share.epoch !== group.epoch) {
    const problem = `expected epoch ${group.epoch}, found ${share.epoch}`;
    throw new FrostError({ code: 'SHARE_FOREIGN', problem, culprit });
  }
  const found = share.reveal((secret) => sodium.multiplyBase(secret));
  if (expected === undefined || !equal(found, expected)) {
    throw new FrostError({ code: 'SHARE_FOREIGN', problem: 'it does not belong to this group', culprit });
  }
}
