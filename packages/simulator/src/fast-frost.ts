/**
 * FROST over the integers modulo 2^127 − 1: the same algebra, interface and errors, a hundred times quicker, and no secrecy whatever.
 *
 * The group is the additive group of the field with generator 1, so a point is its own discrete logarithm. Shares, commitments,
 * binding factors, challenges, culprits and aggregation follow RFC 9591 with that group in the curve's place: a wrong share, a list
 * that differs, or a reused nonce shows exactly as on the curve.
 */

import {
  type BoundSession,
  type Frost,
  FrostError,
  type GroupPublic,
  type NonceCommitment,
  NoncePair,
  type SessionCommitment,
  type SigningSession,
  SigningShare,
} from '@quorumsign/frost';
import {
  decode,
  decodeLoosely,
  encode,
  evaluate,
  hash,
  isCanonical,
  isPoint,
  lagrangeCoefficient,
  P,
  same,
} from './fast-field.js';
import { checkFastGroup, checkFastShare } from './fast-group.js';
import { checkFastDeal, combineFastDeals, dealFast } from './fast-resharing.js';

export function fastFrost(): Frost {
  return {
    secretFromSeed: (seed) => encode(hash('seed', seed)),
    randomSecret: (random) => encode((decodeLoosely(random(16)) % (P - 1n)) + 1n),
    deal: ({ secret, threshold, identifiers, epoch, random }) => {
      const coefficients = [decode(secret, 'secret', undefined)];
      while (coefficients.length < threshold) coefficients.push(decodeLoosely(random(16)) % P);
      const at = (x: number) => evaluate(coefficients, x);
      const commitments = coefficients.map(encode);
      const verificationShares = new Map(identifiers.map((each) => [each, encode(at(each))]));
      const groupKey = commitments[0] ?? new Uint8Array(32);
      return {
        group: { epoch, threshold, identifiers, groupKey, commitments, verificationShares },
        shares: identifiers.map((each) => new SigningShare(each, epoch, encode(at(each)))),
      };
    },
    importShare: ({ identifier, epoch, bytes }) => new SigningShare(identifier, epoch, bytes.slice()),
    checkGroup: checkFastGroup,
    checkShare: checkFastShare,
    generateNonces: (share, random) => {
      const draw = () => share.reveal((secret) => encode(hash('nonce', random(16), secret)));
      const [hiding, binding] = [draw(), draw()];
      return new NoncePair(hiding, binding, { hiding: hiding.slice(), binding: binding.slice() });
    },
    parseCommitment: (bytes, identifier) => {
      const commitment = { hiding: bytes.slice(0, 32), binding: bytes.slice(32) };
      for (const what of ['hiding', 'binding'] as const) {
        const point = commitment[what];
        if (!isPoint(point))
          throw new FrostError({ code: 'POINT_MALFORMED', what: `${what} commitment`, culprit: identifier });
      }
      return commitment;
    },
    prepareCommitment: () => undefined,
    openSession: (group, commitments) => openSession(group, commitments),
    verifySignature: verifyFast,
    dealResharing: dealFast,
    checkResharingDeal: checkFastDeal,
    combineResharing: combineFastDeals,
  };
}

/** z = R + c · key. */
export function verifyFast(groupKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  const [r, z] = [signature.subarray(0, 32), signature.subarray(32)];
  if (!isCanonical(r) || !isCanonical(z)) return false;
  const challenge = hash('challenge', r, groupKey, message);
  return decodeLoosely(z) === (decodeLoosely(r) + challenge * decodeLoosely(groupKey)) % P;
}

function openSession(group: GroupPublic, list: readonly SessionCommitment[]): SigningSession {
  const commitments = [...list].sort((a, b) => a.identifier - b.identifier);
  const identifiers = commitments.map((each) => each.identifier);
  if (new Set(identifiers).size !== identifiers.length || identifiers.length < group.threshold) {
    throw new FrostError({ code: 'SIGNER_SET_INVALID', problem: `expected ${group.threshold} different signers` });
  }
  if (identifiers.some((each) => !group.identifiers.includes(each)))
    throw new FrostError({ code: 'SIGNER_SET_INVALID', problem: 'a signer that is not in the group' });
  const digest = commitments.flatMap(({ identifier, commitment }) => [
    Uint8Array.of(identifier),
    commitment.hiding,
    commitment.binding,
  ]);
  return { identifiers, bind: (message) => new Bound(group, commitments, identifiers, digest, message) };
}

class Bound implements BoundSession {
  readonly commitmentR: Uint8Array;
  readonly #group: GroupPublic;
  readonly #identifiers: readonly number[];
  readonly #signers: ReadonlyMap<number, { readonly commitment: NonceCommitment; readonly factor: bigint }>;
  readonly #challenge: bigint;

  constructor(
    group: GroupPublic,
    commitments: readonly SessionCommitment[],
    identifiers: readonly number[],
    digest: readonly Uint8Array[],
    message: Uint8Array,
  ) {
    this.#group = group;
    this.#identifiers = identifiers;
    const bound = hash('binding', group.groupKey, message, ...digest);
    this.#signers = new Map(
      commitments.map(({ identifier, commitment }) => [
        identifier,
        { commitment, factor: (bound * BigInt(identifier + 1)) % P },
      ]),
    );
    let sum = 0n;
    for (const { commitment, factor } of this.#signers.values()) {
      sum += decodeLoosely(commitment.hiding) + factor * decodeLoosely(commitment.binding);
    }
    this.commitmentR = encode(sum % P);
    this.#challenge = hash('challenge', this.commitmentR, group.groupKey, message);
  }

  signShare(share: SigningShare, nonces: NoncePair): Uint8Array {
    return nonces.use((hiding, binding) => {
      const signer = this.#signers.get(share.identifier);
      if (signer === undefined) throw new FrostError({ code: 'SIGNER_SET_INVALID', problem: 'not in the signer set' });
      const { commitment, factor } = signer;
      const own = nonces.commitment;
      if (!same(commitment.hiding, own.hiding) || !same(commitment.binding, own.binding))
        throw new FrostError({ code: 'NONCE_FOREIGN', culprit: share.identifier });
      const weight = this.#weight(share.identifier);
      const secret = share.reveal(decodeLoosely);
      return encode((decodeLoosely(hiding) + factor * decodeLoosely(binding) + weight * secret) % P);
    });
  }

  verifyShare(identifier: number, signatureShare: Uint8Array): void {
    const signer = this.#signers.get(identifier);
    const key = this.#group.verificationShares.get(identifier);
    if (signer === undefined || key === undefined)
      throw new FrostError({ code: 'SIGNER_SET_INVALID', problem: 'not in the signer set' });
    const { commitment, factor } = signer;
    const expected =
      decodeLoosely(commitment.hiding) +
      factor * decodeLoosely(commitment.binding) +
      this.#weight(identifier) * decodeLoosely(key);
    if (decode(signatureShare, 'signature share', identifier) !== expected % P)
      throw new FrostError({ code: 'SHARE_INVALID', culprit: identifier });
  }

  aggregate(shares: ReadonlyMap<number, Uint8Array>): Uint8Array {
    let sum = 0n;
    for (const identifier of this.#identifiers) {
      sum += decode(shares.get(identifier) ?? new Uint8Array(), 'signature share', identifier);
    }
    const signature = new Uint8Array(64);
    signature.set(this.commitmentR);
    signature.set(encode(sum % P), 32);
    return signature;
  }

  culprits(shares: ReadonlyMap<number, Uint8Array>): number[] {
    return [...shares].flatMap(([identifier, share]) => {
      try {
        this.verifyShare(identifier, share);
        return [];
      } catch (error) {
        if (error instanceof FrostError) return [identifier];
        throw error;
      }
    });
  }

  /** λ · c */
  #weight(identifier: number): bigint {
    return (lagrangeCoefficient(this.#identifiers, identifier) * this.#challenge) % P;
  }
}
