/** Curve operations on a group of its own making, at start: WebAssembly and JavaScript are compiled before the first vote. */

import { randomBytes } from 'node:crypto';
import type { Frost } from '@quorumsign/frost';

const ROUNDS = 100;

/** Signs dummy data with a key that nobody has; takes no share of the cosigner's. */
export function warmUp(frost: Frost, threshold: number, members: number): void {
  const random = (length: number): Uint8Array => randomBytes(length);
  const identifiers = Array.from({ length: members }, (_, at) => at + 1);
  const secret = frost.randomSecret(random);
  const { group, shares } = frost.deal({ secret, threshold, identifiers, epoch: 1, random });
  for (let round = 0; round < ROUNDS; round++) {
    const signers = shares.slice(0, threshold).map((share) => ({ share, nonces: frost.generateNonces(share, random) }));
    const commitments = signers.map(({ share, nonces }) => ({
      identifier: share.identifier,
      commitment: nonces.commitment,
    }));
    const bound = frost.openSession(group, commitments).bind(randomBytes(120));
    bound.aggregate(new Map(signers.map(({ share, nonces }) => [share.identifier, bound.signShare(share, nonces)])));
  }
}
