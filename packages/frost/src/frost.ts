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
  };
}
