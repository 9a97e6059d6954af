/** The operations of FROST(Ed25519, SHA-512) over one loaded libsodium: what the cosigner and the ceremonies are handed. */

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
import { assertScalar, isZero } from './scalar.js';
import { openSession, type SessionCommitment, type SigningSession } from './session.js';
import { SigningShare } from './signing-share.js';
import { Sodium } from './sodium.js';

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
  openSession(group: GroupPublic, commitments: readonly SessionCommitment[]): SigningSession;
  verifySignature(groupKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

/** Loads libsodium and returns the operations. */
export async function loadFrost(): Promise<Frost> {
  const sodium = await Sodium.load();
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
    parseCommitment: (bytes, identifier) => parseCommitment(sodium, bytes, identifier),
    openSession: (group, commitments) => openSession(sodium, group, commitments),
    verifySignature: (groupKey, message, signature) => sodium.verify(groupKey, message, signature),
  };
}
