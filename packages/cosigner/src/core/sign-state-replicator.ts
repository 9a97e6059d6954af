/**
 * What the cosigner asks of the log that all cosigners share: one order of entries, one who appends to it at a time, and the word
 * when something is on this cosigner's disk. Raft is behind it today (`replicated-log.ts`).
 *
 * Safety asks little of it. A share leaves for an entry of the current term only, under this cosigner's own mark and sync; with an
 * implementation that has two leaders, loses entries or commits none, requests wait and nothing is signed twice.
 */

import type { ParsedSignBytes } from '@quorumsign/sign-state';
import type { Message, RestoredState, Role } from 'raft-ts';

/** The log this very moment. What lets a share out asks here, not what was told last. */
export interface LogView {
  readonly term: bigint;
  /** Undefined when unknown. */
  readonly leader: string | undefined;
  /** The term that is on disk. */
  readonly durableTerm: bigint;
  readonly lastIndex: bigint;
  /** Entries of this log, as it is now, that are on disk. */
  readonly durableIndex: bigint;
  /** Undefined where there is no entry. */
  termAt(index: bigint): bigint | undefined;
}

export interface SignStateReplicator {
  readonly current: LogView;
  /** Role, term and leader as they were told last; the parts of the core are in step with these. */
  readonly role: Role;
  readonly term: bigint;
  /** Undefined when unknown. */
  readonly leader: string | undefined;
  readonly isLeader: boolean;
  /** It leads, or is connected with who does. */
  readonly hasLeader: boolean;
  /** Committed as far as this member knows. */
  readonly committed: bigint;

  /** Call it every tick. */
  tick(nowMs: number): void;
  /** A peer's message. */
  step(message: Message): void;
  /** Takes what the log has to say: records for the batch at hand, messages for peers, entries for the replicated state. */
  drain(): void;
  /** What was written under a ticket is on disk. */
  persisted(ticket: bigint): void;
  /** The connection with a peer is there. */
  peerReachable(peer: string): void;
  /** A message to a peer was lost. */
  peerUnreachable(peer: string): void;
  /** The connection with a peer is gone; when it led, its successor is sought at once. */
  peerLost(peer: string): void;
  /** A peer has another store than before: what it acknowledged is not there any more. */
  peerReplaced(peer: string): void;

  /** @returns the entry's index; undefined when the log takes nothing now */
  propose(data: Uint8Array): bigint | undefined;
  /** The intent for these bytes in the current term, appended if need be; undefined when the log takes nothing now. */
  ensureIntent(message: ParsedSignBytes): bigint | undefined;
  /** Hands leadership to `to`, or to whoever is furthest. @returns undefined when begun, else why not */
  transferLeadership(to: string | undefined): string | undefined;

  /** Forgets entries that are long committed. */
  compact(): void;
  /** The whole durable state, for a snapshot of the store, as it is in memory now. */
  restorable(): RestoredState;
}
