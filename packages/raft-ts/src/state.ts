/**
 * Everything one member knows, as plain mutable data. Only `raft.ts` creates it; `campaign.ts`, `voting.ts`, `replication.ts`, `following.ts`,
 * `reconfiguration.ts`, `read-index.ts` and `step.ts` are functions over it. What belongs to one role only is undefined in every other role.
 *
 * Invariants: term and commit never fall; `tally` is there exactly for (pre-)candidates; `leading` is there exactly for the
 * leader; applied <= commit <= log.lastIndex.
 */
import type { ConfigurationHistory } from './configuration-history.js';
import type { Journal } from './journal.js';
import type { Membership } from './membership.js';
import type { Message, VoteRequest } from './message.js';
import type { CheckedOptions } from './options.js';
import type { Departure, Outbox } from './outbox.js';
import type { Progress } from './progress.js';
import type { VoteTally } from './quorum.js';
import type { Reach } from './reach.js';
import type { PendingRead } from './read-index.js';
import type { TraceEventBody } from './trace.js';
import type { ReadState, Role } from './types.js';

/** What only a leader has. */
export interface Leadership {
  /** By name, every other member, learners included, in the order of the configuration. */
  readonly progress: Map<string, Progress>;
  heartbeatElapsed: number;
  /** Data of entries behind the commit index, bytes. */
  uncommittedBytes: number;
  transferTarget: string | undefined;
  transferElapsed: number;
  /** Somebody may have to be sent something; looked into when the next Ready is taken, so that proposals are batched. */
  replicationDue: boolean;
  /** A read waits for a round of heartbeats; they go with the next Ready, one round for all reads until then. */
  readRoundDue: boolean;
  /** Reads asked for before an entry of this term was committed (§6.4, step 1). */
  heldReads: Pick<PendingRead, 'from' | 'context'>[];
  /** Reads that wait for a quorum to confirm that this member still leads, ascending by sequence. */
  pendingReads: PendingRead[];
  /** Of the newest read; 0 when there was none in this term. */
  readSequence: bigint;
}

/** One member. */
export interface RaftState {
  readonly options: CheckedOptions;
  readonly journal: Journal;
  readonly outbox: Outbox;
  readonly trace: ((event: TraceEventBody) => void) | undefined;
  configurations: ConfigurationHistory;
  /** What the configuration in effect means to this member. */
  membership: Membership;
  term: bigint;
  vote: string | undefined;
  role: Role;
  leader: string | undefined;
  /** Who was seen leading in `term`, kept when it is forgotten: there can be no other. */
  termLeader: string | undefined;
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
  /** Answers to reads, for the next Ready. */
  readStates: ReadState[];
  /** How far ahead a message may be. */
  readonly reach: Reach;
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
