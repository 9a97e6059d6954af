/**
 * Takes this cosigner's nonce pairs out of the stock for one session, and refuses what could use one twice.
 *
 * A pair leaves the stock synchronously, before anything is computed, and never comes back. It serves only the signer set,
 * the coordinator and the connection that it was published for, in a list that repeats it exactly; and no list may hold a
 * commitment of another member that this coordinator has used before (`frost.md`, 6.1: the clone of a member is stopped by
 * the memory of the others).
 */

import {
  type BoundSession,
  type Frost,
  type NonceCommitment,
  type NoncePair,
  type NonceStock,
  releaseCommitment,
  type SessionCommitment,
  type SigningSession,
} from '@quorumsign/frost';
import { equalBytes } from '@quorumsign/sign-state';
import type { NonceCommitment as ListedCommitment } from '../gen/cosigner/cosigner.js';
import { bytesKey } from './bytes.js';
import type { Connection, CoreChain } from './types.js';

/** Commitments of other members remembered as used, per coordinator. */
const COMMITMENTS_REMEMBERED_MAX = 8192;

export interface NonceUseDeps {
  readonly self: number;
  readonly frost: Frost;
  readonly nonces: NonceStock<NoncePair>;
  /** The points of a published commitment, checked. @throws FrostError `POINT_MALFORMED` */
  points(commitment: Uint8Array, identifier: number): NonceCommitment;
}

/** One message and the list of commitments that its session stands on. */
export interface NoncePart {
  readonly message: Uint8Array;
  readonly commitments: readonly ListedCommitment[];
  /** The session, where this cosigner coordinates it and has opened it already; a peer's is opened and checked here. */
  readonly bound: (() => BoundSession) | undefined;
}

export interface TakenPart {
  readonly bound: () => BoundSession;
  readonly pair: NoncePair;
}

export interface Refusal {
  readonly kind: 'refused';
  readonly reason: string;
  /** The pair is not there: fresh commitments for this set help. */
  readonly unknownNonces?: { readonly chainId: string; readonly signerSet: number[] };
}

export function refused(reason: string): Refusal {
  return { kind: 'refused', reason };
}

export class NonceUse {
  readonly #deps: NonceUseDeps;
  readonly #used = new Map<string, Set<string>>();

  constructor(deps: NonceUseDeps) {
    this.#deps = deps;
  }

  /** The pairs for all parts; when one is refused, those taken before it are burnt. */
  take(from: Connection, chain: CoreChain, parts: readonly NoncePart[]): readonly TakenPart[] | Refusal {
    const taken: TakenPart[] = [];
    for (const part of parts) {
      const next = this.#takeOne(from, chain, part);
      if ('kind' in next) {
        for (const { pair } of taken) pair.destroy();
        return next;
      }
      taken.push(next);
    }
    return taken;
  }

  /** A coordinator's connection is gone: so are its pairs, and the memory of what it used. */
  connectionLost(peer: string): void {
    this.#deps.nonces.voidCoordinator(peer);
    this.#used.delete(peer);
  }

  #takeOne(from: Connection, chain: CoreChain, part: NoncePart): TakenPart | Refusal {
    const { self, nonces } = this.#deps;
    const { chainId } = chain;
    const signerSet = part.commitments.map((each) => each.identifier);
    const own = part.commitments.find((each) => each.identifier === self);
    const reservation = { chainId, signerSet, coordinator: from.peer, connectionId: from.connectionId };
    const pair = own && nonces.take(reservation, own.number);
    if (own === undefined || pair === undefined) {
      return { ...refused('unknown nonce'), unknownNonces: { chainId, signerSet } };
    }
    const published = pair.commitment;
    const matches =
      equalBytes(own.commitment.subarray(0, 32), published.hiding) &&
      equalBytes(own.commitment.subarray(32), published.binding);
    if (!matches) {
      pair.destroy();
      return refused('a commitment is not the published one');
    }
    if (!this.#firstUse(from.peer, part.commitments)) {
      pair.destroy();
      return refused('a commitment was used before');
    }
    // Checking the others' points is dear, so it is done with the curve work, while the sync is under way.
    return { bound: part.bound ?? (() => this.#open(chain, part.commitments, published).bind(part.message)), pair };
  }

  /** @throws FrostError naming who sent a bad commitment */
  #open(chain: CoreChain, list: readonly ListedCommitment[], published: NonceCommitment): SigningSession {
    const { frost, self } = this.#deps;
    const commitments: SessionCommitment[] = [];
    try {
      for (const { identifier, commitment } of list) {
        const points = identifier === self ? published : this.#deps.points(commitment, identifier);
        commitments.push({ identifier, commitment: points });
      }
      return frost.openSession(chain.group, commitments);
    } catch (error) {
      for (const { commitment } of commitments) releaseCommitment(commitment);
      throw error;
    }
  }

  /** Whether no commitment of this list was seen in another session of this coordinator; then they are remembered. */
  #firstUse(coordinator: string, list: readonly ListedCommitment[]): boolean {
    let used = this.#used.get(coordinator);
    if (used === undefined) {
      used = new Set();
      this.#used.set(coordinator, used);
    }
    if (list.some(({ commitment }) => commitment.length !== 64)) return false;
    const keys = list.map(({ identifier, commitment }) => `${identifier}:${bytesKey(commitment)}`);
    if (keys.some((key) => used.has(key))) return false;
    for (const key of keys) used.add(key);
    for (const oldest of used) {
      if (used.size <= COMMITMENTS_REMEMBERED_MAX) break;
      used.delete(oldest);
    }
    return true;
  }
}
