/** The checks of a group and of a share of it, as `packages/frost` has them, over the simulator's field. */

import { assertIdentifiers, FrostError, type GroupPublic, type SigningShare } from '@quorumsign/frost';
import { decodeLoosely, encode, evaluate, isPoint, same } from './fast-field.js';

/** @throws FrostError `GROUP_INVALID` or `POINT_MALFORMED` */
export function checkFastGroup(group: GroupPublic): void {
  const { identifiers, threshold, commitments, groupKey, verificationShares } = group;
  assertIdentifiers(identifiers, threshold);
  if (commitments.length !== threshold || verificationShares.size !== identifiers.length) {
    const problem = `expected ${threshold} commitments and ${identifiers.length} verification shares, found ${commitments.length} and ${verificationShares.size}`;
    throw new FrostError({ code: 'GROUP_INVALID', problem });
  }
  if (![groupKey, ...commitments, ...verificationShares.values()].every(isPoint))
    throw new FrostError({ code: 'POINT_MALFORMED', what: 'group', culprit: undefined });
  const coefficients = commitments.map(decodeLoosely);
  if (!same(groupKey, encode(coefficients[0] ?? 0n)))
    throw new FrostError({ code: 'GROUP_INVALID', problem: 'expected the first commitment to be the group key' });
  for (const identifier of identifiers) {
    if (!same(encode(evaluate(coefficients, identifier)), verificationShares.get(identifier) ?? new Uint8Array())) {
      const problem = `the verification share of ${identifier} does not lie on the committed polynomial`;
      throw new FrostError({ code: 'GROUP_INVALID', problem });
    }
  }
}

/** @throws FrostError `SHARE_FOREIGN` when the share is not the one of its holder in this group */
export function checkFastShare(share: SigningShare, group: GroupPublic): void {
  const expected = group.verificationShares.get(share.identifier);
  const culprit = share.identifier;
  if (share.epoch !== group.epoch) {
    const problem = `expected epoch ${group.epoch}, found ${share.epoch}`;
    throw new FrostError({ code: 'SHARE_FOREIGN', problem, culprit });
  }
  if (expected === undefined || !share.reveal((secret) => same(secret, expected)))
    throw new FrostError({ code: 'SHARE_FOREIGN', problem: 'it does not belong to this group', culprit });
}
