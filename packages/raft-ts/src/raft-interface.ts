/**
 * The core as its caller sees it.
 */
import type { ConfigChange } from './confchange.js';
import type { Configuration } from './configuration.js';
import type { Message } from './message.js';
import type { Entry, ProposeResult, RaftStatus, Ready, Snapshot } from './types.js';

/** The core. Every method is synchronous and total: it throws only on a caller's mistake or an impossible state. */
export interface Raft {
  /** Time passes. @param campaigns - false: this member only follows for now, and does not campaign; default true */
  tick(campaigns?: boolean): void;
  /** Takes one message from a peer. Messages to another member, or from who is no member, are ignored and counted. */
  step(message: Message): void;
  /** Appends `data` as leader; when it is committed it comes out of every member's Readys. The bytes are not copied. */
  propose(data: Uint8Array): ProposeResult;
  /**
   * Proposes a change of the configuration as leader (§4.1, §4.3). One at a time: the one before has to be applied here.
   * A change without changes leaves a joint configuration. In effect with {@link Raft.applyConfigChange}, on each member by itself.
   */
  proposeConfigChange(change: ConfigChange): ProposeResult;
  /**
   * The caller applies a committed config entry, in its order among the others. A leader that is no voter any more steps down.
   * An entry that a snapshot overtook changes nothing.
   *
   * @returns the configuration now in effect
   * @throws RaftError `CONFIG_CHANGE_UNEXPECTED` for an entry that was not handed out as committed, is no config entry, or is not the next
   */
  applyConfigChange(entry: Entry): Configuration;
  /**
   * Asks for an index at which a read is linearizable (§6.4): the answer is a `ReadState` with the same `context` in a later Ready.
   * A follower asks its leader. The answer may be lost with a message or with the leader: ask again after a while.
   *
   * @param context - up to 1,024 characters, handed back as it is. Unique among all reads of this member, those before a restart included:
   *   a late answer to an earlier read with the same context would be taken for this one's
   * @returns false when no leader is known, or too many reads wait
   * @throws RaftError `ARGUMENT_INVALID`
   */
  readIndex(context: string): boolean;
  /**
   * Campaigns at once, pre-vote first, without waiting for the election timeout. This member forgets its leader; peers are asked
   * with `force` off, so each still judges by its own knowledge (it forgets the leader by {@link Raft.leaderLost}). Does nothing
   * to a leader, a candidate, a member that has no vote, and one that has committed config entries still to be applied; a
   * pre-candidate asks again who has not granted.
   */
  campaign(): void;
  /**
   * The caller's knowledge that `name` is gone (connection reset). If it is the leader, it is forgotten: votes are no longer
   * refused for its sake, and pre-votes that waited are answered. Its next message, if there is one, makes it the leader again:
   * do not step what is left of the lost connection after this call.
   */
  leaderLost(name: string): void;
  /** A probe of progress: `name` can be reached again after a loss; goes on replicating from what matched. */
  peerReachable(name: string): void;
  /** Messages to `name` may have been lost: back to probing. */
  peerUnreachable(name: string): void;
  /**
   * `name` has lost its log by an operator's act, and is to be given all of it anew. What it acknowledged before counts for nothing from here
   * on; that entries were committed by it is for the caller to know, who lets it vote only when it has them again.
   */
  peerReplaced(name: string): void;
  /** A snapshot for `name` did not arrive, or could not be used there: it is sent again when `name` is heard. */
  snapshotFailed(name: string): void;
  /**
   * Forgets the log and what is committed, and leaves the term; a later leader gives this member its own log. The next Ready's snapshot has
   * index 0. It is for a caller that has caught `COMMITTED_CONTRADICTED` and would rather follow than stop: only where nothing rests on
   * committed entries staying committed.
   */
  startOver(): void;
  /** Hands leadership to `to` (§3.10); given up after one election timeout. Returns false when not leader or `to` is no other voter. */
  transferLeadership(to: string): boolean;
  /** Whether a Ready would have anything in it. */
  hasReady(): boolean;
  /**
   * Takes the work that has come up; see {@link Ready} for the order in which to do it.
   *
   * @throws RaftError `READY_BACKLOG` when 65,536 wait for `persisted`
   */
  ready(): Ready;
  /**
   * The Readys up to `ticket` are durable.
   *
   * @throws RaftError `TICKET_UNKNOWN`, `ARGUMENT_INVALID`
   */
  persisted(ticket: bigint): void;
  /**
   * The caller's applied state up to `index` is in `data`; entries up to `index` may be forgotten. `index` must be applied; one
   * that is compacted already changes nothing. Whether and when the caller's own disk is compacted too is its own affair.
   *
   * @returns the snapshot at which the log begins now, with the configuration in effect there; it is what to store
   * @throws RaftError `COMPACT_UNAPPLIED`, `ARGUMENT_INVALID`
   */
  compact(index: bigint, data: Uint8Array): Snapshot;
  /** The entry at `index` as this member's log (durable or not) has it now, or undefined. */
  entryAt(index: bigint): Entry | undefined;
  /** The term of the entry at `index` in this member's log now, also for the snapshot's own index; undefined when not there. */
  termAt(index: bigint): bigint | undefined;
  readonly term: bigint;
  /** Undefined when unknown. */
  readonly leader: string | undefined;
  /** Index of the first entry that is not compacted away. */
  readonly firstIndex: bigint;
  readonly lastIndex: bigint;
  /** Up to here the log is on disk as it is in memory now: what was cut and written anew counts when it is acknowledged again. */
  readonly durableIndex: bigint;
  /** The newest term that is on disk. */
  readonly durableTerm: bigint;
  /** Everything, for views; the single values above cost nothing. */
  status(): RaftStatus;
}
