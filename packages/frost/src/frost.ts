/** The operations of FROST(Ed25519, SHA-512) over one loaded arithmetic: what the cosigner and the ceremonies are handed. */

import { loadArithmetic } from './arithmetic.js';
import { type DealOptions, deal, randomSecret, secretFromSeed } from './dealer.js';
import { FrostError } from './errors.js';
import { checkGroup, checkShare, type GroupPublic } from './group.js';
import {
  generateNonces,
  type NonceCommitment,
  type NoncePair,
  parseCommitment,
  type RandomBytes,
} from './nonce-pair.js';
import { type PreparedCommitment, prepareCommitment } from './prepared-commitment.js';
import { checkResharingDeal, combineResharing, dealResharing } from './resharing.js';
import type { ResharingDeal, ResharingPlan } from './resharing-plan.js';
import { assertScalar, isZero } from './scalar.js';
import { openSession, type SessionCommitment, type SigningSession } from './session.js';
import { SigningShare } from './signing-share.js';

export interface Frost {
  /** Clamped scalar of an Ed25519 seed, modulo the order; 32 bytes. */
  secretFromSeed(seed: Uint8Array): Uint8Array;
  randomSecret(random: RandomBytes): Uint8Array;
  deal(options: DealOptions): { group: GroupPublic; shares: SigningShare[] };
  /** @throws FrostError `SCALAR_MALFORMED` */
  importShare(share: { identifier: number; epoch: number; bytes: Uint8Array }): SigningShare;
  checkGroup(group: GroupPublic): void;
  checkShare(share: SigningShare, group: GroupPublic): void;
  generateNonces(share: SigningShare, random: RandomBytes): NoncePair;
  parseCommitment(bytes: Uint8Array, identifier: number): NonceCommitment;
  /**
   * Prepares a checked commitment for the session it will be used in, in an idle moment; give it to `openSession` in its place and
   * release it when the session is over. Undefined when there is no room: use the commitment as it is.
   */
  prepareCommitment(commitment: NonceCommitment): PreparedCommitment | undefined;
  openSession(group: GroupPublic, commitments: readonly SessionCommitment[]): SigningSession;
  verifySignature(groupKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /**
   * What a dealer gives each holder of the sharing that begins. The same share, plan and context give the same deals,
   * so that they can be sent again after a restart with nothing kept.
   *
   * @param context - names this ceremony and no other, and who each new holder is (the keys they are known by): with
   *   the same context, a second holder of the same identifier is given what the first was
   * @returns deals by new holder; the sub-shares are secret: the caller encrypts and wipes them
   * @throws FrostError `SIGNER_SET_INVALID`, `GROUP_INVALID` or `POINT_MALFORMED` for a plan that cannot be;
   *   `DEAL_INVALID` when the share's holder is no dealer of it; `SHARE_FOREIGN`
   */
  dealResharing(plan: ResharingPlan, share: SigningShare, context: Uint8Array): ReadonlyMap<number, ResharingDeal>;
  /**
   * Checks what a new holder was given by a dealer of the plan, whose group is a checked one (`checkGroup`).
   *
   * @throws FrostError `DEAL_INVALID` naming the dealer; `SIGNER_SET_INVALID`, `GROUP_INVALID` or `POINT_MALFORMED` for
   *   a plan that cannot be
   */
  checkResharingDeal(plan: ResharingPlan, dealer: number, holder: number, deal: ResharingDeal): void;
  /**
   * The group and the share that begin, from a deal of every dealer of the plan; checks each again, and the result.
   * That all new holders have the same group is for the caller to find out, before any of them uses it.
   *
   * @throws FrostError as `checkResharingDeal`; `SCALAR_MALFORMED` (own) or `POINT_MALFORMED` (another's) when each
   *   deal is good and a new share or coefficient is zero: a dealer chose its own after it had seen the others
   */
  combineResharing(
    plan: ResharingPlan,
    holder: number,
    deals: ReadonlyMap<number, ResharingDeal>,
  ): { group: GroupPublic; share: SigningShare };
}

/** Loads the arithmetic and returns the operations. @throws Error when libsodium and the module of points disagree */
export async function loadFrost(): Promise<Frost> {
  const arithmetic = await loadArithmetic();
  const { sodium, edwards } = arithmetic;
  return {
    secretFromSeed: (seed) => secretFromSeed(sodium, seed),
    randomSecret: (random) => randomSecret(sodium, random),
    deal: (options) => deal(sodium, options),
    importShare: ({ identifier, epoch, bytes }) => {
      assertScalar(bytes, 'signing share', identifier);
      if (isZero(bytes))
        throw new FrostError({ code: 'SCALAR_MALFORMED', what: 'signing share (zero)', culprit: identifier });
      return new SigningShare(identifier, epoch, bytes.slice());
    },
    checkGroup: (group) => checkGroup(sodium, group),
    checkShare: (share, group) => checkShare(sodium, share, group),
    generateNonces: (share, random) => generateNonces(sodium, share, random),
    parseCommitment: (bytes, identifier) => parseCommitment(edwards, bytes, identifier),
    prepareCommitment: (commitment) => prepareCommitment(edwards, commitment),
    openSession: (group, commitments) => openSession(arithmetic, group, commitments),
    verifySignature: (groupKey, message, signature) => sodium.verify(groupKey, message, signature),
    dealResharing: (plan, share, context) => dealResharing(sodium, plan, share, context),
    checkResharingDeal: (plan, dealer, holder, deal) => checkResharingDeal(sodium, { plan, dealer, holder }, deal),
    combineResharing: (plan, holder, deals) => combineResharing(sodium, plan, holder, deals),
  };
}
