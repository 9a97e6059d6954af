/**
 * Round two (RFC 9591 sections 5.2 and 5.3): one signer set, one list of commitments, one message.
 *
 * Opening needs no message; binding derives R, the binding factors and the challenge from the full message, never from
 * what somebody says about it. Each signer does this for itself. The aggregate is not verified here: the caller verifies
 * it natively, and asks for the culprits when it fails.
 */

import type { Arithmetic } from './arithmetic.js';
import { FrostError } from './errors.js';
import type { GroupPublic } from './group.js';
import { h1, h2, h4, h5 } from './hash.js';
import type { NonceCommitment, NoncePair } from './nonce-pair.js';
import { isPrepared, releaseCommitment } from './prepared-commitment.js';
import { assertScalar, equal, isCanonicalScalar, isZero, scalarOf } from './scalar.js';
import { type BoundCommitment, satisfiesShareEquation, sumOfCommitments } from './session-points.js';
import type { SigningShare } from './signing-share.js';

export interface SessionCommitment {
  readonly identifier: number;
  readonly commitment: NonceCommitment;
}

/** A signer set and its commitments; no message yet. */
export interface SigningSession {
  /** Ascending. */
  readonly identifiers: readonly number[];
  bind(message: Uint8Array): BoundSession;
}

/** A session with its message. */
export interface BoundSession {
  /** R, 32 bytes. */
  readonly commitmentR: Uint8Array;
  /**
   * This holder's signature share, 32 bytes. The nonces are spent before anything is computed.
   *
   * @throws FrostError `SHARE_FOREIGN`, `NONCE_FOREIGN`, `NONCE_USED`
   */
  signShare(share: SigningShare, nonces: NoncePair): Uint8Array;
  /** @throws FrostError `SHARE_INVALID` or `SCALAR_MALFORMED`, naming the signer */
  verifyShare(identifier: number, signatureShare: Uint8Array): void;
  /** R || z, 64 bytes, not verified. @throws FrostError `SIGNER_SET_INVALID`, `SCALAR_MALFORMED` */
  aggregate(shares: ReadonlyMap<number, Uint8Array>): Uint8Array;
  /** Signers whose share does not verify. */
  culprits(shares: ReadonlyMap<number, Uint8Array>): number[];
}

/** @throws FrostError `SIGNER_SET_INVALID` */
export function openSession(
  arithmetic: Arithmetic,
  group: GroupPublic,
  list: readonly SessionCommitment[],
): SigningSession {
  const commitments = [...list].sort((a, b) => a.identifier - b.identifier);
  const identifiers = commitments.map((each) => each.identifier);
  if (commitments.length < group.threshold)
    throw invalid(`expected at least ${group.threshold} signers, found ${commitments.length}`);
  if (new Set(identifiers).size !== identifiers.length) throw invalid('expected each signer once');
  const stranger = identifiers.find((identifier) => !group.identifiers.includes(identifier));
  if (stranger !== undefined) throw invalid(`signer ${stranger} is not in the group`);
  const encoded = commitments.flatMap(({ identifier, commitment }) => [
    scalarOf(identifier),
    commitment.hiding,
    commitment.binding,
  ]);
  const digest = h5(arithmetic.sodium, ...encoded);
  return {
    identifiers,
    bind: (message) => new Bound({ arithmetic, group, commitments, identifiers, digest }, message),
  };
}

interface Context {
  readonly arithmetic: Arithmetic;
  readonly group: GroupPublic;
  readonly commitments: readonly SessionCommitment[];
  readonly identifiers: readonly number[];
  readonly digest: Uint8Array;
}

class Bound implements BoundSession {
  readonly #context: Context;
  readonly #message: Uint8Array;
  readonly #signers = new Map<number, BoundCommitment>();
  #commitmentR: Uint8Array | undefined;
  #challenge: Uint8Array | undefined;

  constructor(context: Context, message: Uint8Array) {
    const { arithmetic, group, commitments, digest } = context;
    const { sodium } = arithmetic;
    this.#context = context;
    this.#message = message;
    const messageDigest = h4(sodium, message);
    for (const { identifier, commitment } of commitments) {
      const factor = h1(sodium, group.groupKey, messageDigest, digest, scalarOf(identifier));
      this.#signers.set(identifier, { identifier, commitment, factor });
    }
  }

  get commitmentR(): Uint8Array {
    this.#commitmentR ??= this.#sumOfCommitments(undefined);
    return this.#commitmentR;
  }

  signShare(share: SigningShare, nonces: NoncePair): Uint8Array {
    const { arithmetic, group, identifiers } = this.#context;
    const { sodium, coefficients } = arithmetic;
    return nonces.use((hiding, binding) => {
      const culprit = share.identifier;
      const signer = this.#signers.get(culprit);
      if (share.epoch !== group.epoch) {
        throw new FrostError({
          code: 'SHARE_FOREIGN',
          problem: `expected epoch ${group.epoch}, found ${share.epoch}`,
          culprit,
        });
      }
      if (signer === undefined) throw invalid(`signer ${culprit} is not in the signer set`);
      const { commitment, factor } = signer;
      const own = nonces.commitment;
      if (!equal(commitment.hiding, own.hiding) || !equal(commitment.binding, own.binding)) {
        throw new FrostError({ code: 'NONCE_FOREIGN', culprit });
      }
      const boundNonce = sodium.multiplyScalars(binding, factor);
      const nonceSum = sodium.addScalars(hiding, boundNonce);
      // One's own term of R as (d + rho e) B: cheaper than D + rho E unless those are prepared, and the same point.
      this.#commitmentR ??= this.#sumOfCommitments(
        isPrepared(commitment) ? undefined : { identifier: culprit, term: sodium.multiplyBase(nonceSum) },
      );
      const coefficient = coefficients.of(identifiers, culprit);
      const weight = sodium.multiplyScalars(coefficient, this.#challengeOf(this.#commitmentR));
      const weighted = share.reveal((secret) => sodium.multiplyScalars(weight, secret));
      const signatureShare = sodium.addScalars(nonceSum, weighted);
      for (const secret of [boundNonce, weighted, nonceSum]) secret.fill(0);
      return signatureShare;
    });
  }

  /** R, the sum of D_i + rho_i E_i, of which one may be known. */
  #sumOfCommitments(known: { readonly identifier: number; readonly term: Uint8Array } | undefined): Uint8Array {
    const signers = [...this.#signers.values()].filter(({ identifier }) => identifier !== known?.identifier);
    try {
      return sumOfCommitments(this.#context.arithmetic.edwards, signers, known?.term);
    } finally {
      // A commitment serves one session, and that one has R now, or never will.
      for (const { commitment } of this.#signers.values()) releaseCommitment(commitment);
    }
  }

  #challengeOf(commitmentR: Uint8Array): Uint8Array {
    const { arithmetic, group } = this.#context;
    this.#challenge ??= h2(arithmetic.sodium, commitmentR, group.groupKey, this.#message);
    return this.#challenge;
  }

  verifyShare(identifier: number, signatureShare: Uint8Array): void {
    const { arithmetic, group, identifiers } = this.#context;
    const { sodium, edwards, coefficients } = arithmetic;
    const signer = this.#signers.get(identifier);
    const verificationShare = group.verificationShares.get(identifier);
    if (signer === undefined || verificationShare === undefined)
      throw invalid(`signer ${identifier} is not in the signer set`);
    assertScalar(signatureShare, 'signature share', identifier);
    const coefficient = coefficients.of(identifiers, identifier);
    const weight = sodium.multiplyScalars(coefficient, this.#challengeOf(this.commitmentR));
    const negatedShare = sodium.subtractScalars(new Uint8Array(32), signatureShare);
    const valid =
      !isZero(signatureShare) && satisfiesShareEquation(edwards, signer, { verificationShare, weight, negatedShare });
    if (!valid) throw new FrostError({ code: 'SHARE_INVALID', culprit: identifier });
  }

  aggregate(shares: ReadonlyMap<number, Uint8Array>): Uint8Array {
    const { arithmetic, identifiers } = this.#context;
    if (shares.size !== identifiers.length)
      throw invalid(`expected ${identifiers.length} shares, found ${shares.size}`);
    let sum: Uint8Array = new Uint8Array(32);
    for (const identifier of identifiers) {
      const share = shares.get(identifier);
      if (share === undefined) throw invalid(`expected a share of signer ${identifier}, found none`);
      assertScalar(share, 'signature share', identifier);
      sum = arithmetic.sodium.addScalars(sum, share);
    }
    const signature = new Uint8Array(64);
    signature.set(this.commitmentR);
    signature.set(sum, 32);
    return signature;
  }

  culprits(shares: ReadonlyMap<number, Uint8Array>): number[] {
    return [...shares.keys()].filter((identifier) => {
      const share = shares.get(identifier) ?? new Uint8Array();
      if (!isCanonicalScalar(share)) return true;
      try {
        this.verifyShare(identifier, share);
        return false;
      } catch (error) {
        if (error instanceof FrostError) return true;
        throw error;
      }
    });
  }
}

function invalid(problem: string): FrostError {
  return new FrostError({ code: 'SIGNER_SET_INVALID', problem });
}
