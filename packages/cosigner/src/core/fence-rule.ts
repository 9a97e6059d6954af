/**
 * The rollback fence (design, section 3) as two pure rules: what a cosigner makes of a peer's word about the peer's own store, and what it
 * makes of a peer's word about its own.
 *
 * A store's number of synced batches never falls. Who comes back with fewer than it told of before was put on an older disk, and what it has
 * signed since then it has forgotten.
 */

import { equalBytes } from '@quorumsign/sign-state';
import { Admission, type Memory, type Position } from '../gen/cosigner/cosigner.js';
import { bytesToHex, isAmong } from './bytes.js';

/** A peer that changes its store more often than this is not believed any more. */
export const RETIRED_MAX = 64;
const ID_BYTES = 16;
const PROOF_BYTES = 32;

/** What is remembered of a peer's store. */
export interface PeerStore {
  readonly position: Position;
  /** Names of the stores that it had before; refused for good. */
  readonly retired: readonly Uint8Array[];
}

export type PositionVerdict =
  | {
      readonly kind: 'admitted';
      readonly store: PeerStore /** It has another store than before. */;
      readonly isReplaced: boolean;
    }
  | { readonly kind: 'fenced'; readonly reason: string };

/** The first position that a peer tells on a connection. */
export function judgePosition(known: PeerStore | undefined, told: Position): PositionVerdict {
  if (!isWellFormed(told)) return fenced('its position is none that a cosigner tells');
  const isReplaced = told.admission === Admission.READMITTED;
  if (known === undefined) return { kind: 'admitted', store: { position: told, retired: [] }, isReplaced };
  const { position, retired } = known;
  if (isAmong(told.store, retired)) return fenced(`its store ${nameOf(told)} was replaced by ${nameOf(position)}`);
  if (!equalBytes(position.store, told.store)) {
    if (retired.length >= RETIRED_MAX) return fenced(`it has had ${RETIRED_MAX} stores`);
    return { kind: 'admitted', store: { position: told, retired: [...retired, position.store] }, isReplaced: true };
  }
  // Within one process the number only rises; another process must have found at its start what was told before.
  const found = equalBytes(position.boot, told.boot) ? told.batches : told.recovered;
  if (found < position.batches)
    return fenced(`its store ${nameOf(told)} is older than it was: expected batch ${position.batches}, found ${found}`);
  return { kind: 'admitted', store: { position: told, retired }, isReplaced };
}

/** A later position on the same connection. @returns what to remember from now on */
export function followPosition(known: PeerStore, told: Position): PeerStore {
  const { position, retired } = known;
  const isSame = equalBytes(position.store, told.store) && equalBytes(position.boot, told.boot);
  return isSame && isWellFormed(told) && told.batches >= position.batches ? { position: told, retired } : known;
}

/** This cosigner's store. */
export interface OwnPosition {
  readonly store: Uint8Array;
  readonly boot: Uint8Array;
  readonly recovered: bigint;
  readonly batches: bigint;
}

/** What a peer's memory says of this cosigner's store. `proven`: this cosigner once said so itself. */
export interface Claim {
  readonly reason: string;
  readonly proven: boolean;
}

/** @param isOwnProof - whether the proof was made by this store's owner over the rest of the position */
export function judgeMemory(
  own: OwnPosition,
  { position, retired }: Memory,
  isOwnProof: (position: Position) => boolean,
): Claim | undefined {
  if (isAmong(own.store, retired)) return { reason: 'this store was replaced by another one', proven: false };
  if (position === undefined || !equalBytes(position.store, own.store)) return undefined;
  const found = equalBytes(position.boot, own.boot) ? own.batches : own.recovered;
  if (position.batches <= found) return undefined;
  return {
    reason: `this store is older than it was: expected batch ${position.batches}, found ${found}`,
    proven: isOwnProof(position),
  };
}

/** What is remembered goes to disk, so a peer has no say in how long it is. */
function isWellFormed({ store, boot, proof, recovered, batches }: Position): boolean {
  const fits = store.length === ID_BYTES && boot.length === ID_BYTES && proof.length === PROOF_BYTES;
  return fits && recovered <= batches;
}

function fenced(reason: string): PositionVerdict {
  return { kind: 'fenced', reason };
}

function nameOf({ store }: Position): string {
  return bytesToHex(store).slice(0, 8);
}
