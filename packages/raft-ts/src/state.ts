/**
 * Everything one member knows, as plain mutable data. Only `raft.ts` creates it; `election.ts`, `replication.ts`, `following.ts` and
 * `step.ts` are functions over it. What belongs to one role only is undefined in every other role.
 *
 * Invariants: term and commit never fall; `tally` is there exactly for (pre-)candidates; `leading` is there exactly for the
 * leader; applied <= commit <= log.lastIndex.
 */
import type { Journal } from './journal.js';
import type { CheckedOptions } from './options.js';
import type { Departure, Outbox } from './outbox.js';
import type { Progress } from './progress.js';
import type { VoteTally } from './quorum.js';
import type { Message, Role, VoteRequest } from './types.js';

/** What only a leader has. */
export interface Leadership {
  /** By name, in the order of the options; this member is not in it. */
  readonly progress: ReadonlyMap<string, Progress>;
  heartbeatElapsed: number;
  /** Data of entries behind the commit index, bytes. */
  uncommittedBytes: number;
  transferTarget: string | undefined;
  transferElapsed: number;
  /** Somebody may have to be sent something; looked into when the next Ready is taken, so that proposals are batched. */
  replicationDue: boolean;
}

/** One member. */
export interface RaftState {
  readonly options: CheckedOptions;
  readonly journal: Journal;
  readonly outbox: Outbox;
  term: bigint;
  vote: string | undefined;
  role: Role;
  leader: string | undefined;
  commit: bigint;
  /** The last index handed out as committed, or as a snapshot. */
  applied: bigint;
  /** Ticks since the leader was last heard, a vote was given, or a campaign began; a leader's: since the last check of the quorum. */
  electionElapsed: number;
  /** Ticks after which a member that does not lead campaigns. */
  electionTimeout: number;
  tally: VoteTally | undefined;
  leading: Leadership | undefined;
  /** Pre-votes not answered for the leader's sake; answered when it is lost. At most one for each peer. */
  readonly deferred: Map<string, VoteRequest>;
  /** Messages ignored since the start. */
  ignored: number;
}

/** The head of a message to `to`, in the current term, or for a pre-vote and its grant in the one asked for. */
export function head(state: RaftState, to: string, term = state.term) {
  return { from: state.options.name, to, term };
}

/** Puts a message out for the next Ready. */
export function send(state: RaftState, message: Message, departure: Departure): void {
  state.outbox.send(message, departure);
}
