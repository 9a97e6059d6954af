/**
 * The vocabulary of the Raft core: what goes in, what comes out, and what must happen before what.
 *
 * The core follows Ongaro's dissertation ("Consensus: Bridging Theory and Practice", 2014) in the shape of etcd's: the
 * caller steps messages and ticks in, takes a {@link Ready} out, and performs it. The core reads no clock, has no
 * randomness of its own, and knows nothing of disks, networks or of what the entries mean.
 *
 * Terms and indexes are bigints from 0 to 2^63-1; 0 means "none". Member names are non-empty strings.
 */

/** One replicated log entry. An empty `data` is the no-op that a leader appends when its term starts (§6.4). */
export interface Entry {
  readonly index: bigint;
  readonly term: bigint;
  readonly data: Uint8Array;
}

/** What must survive a restart beside the log (§3.8). `commit` is an optimisation; `term` and `vote` are safety. */
export interface HardState {
  readonly term: bigint;
  /** Whom this member voted for in `term`; undefined when nobody. */
  readonly vote: string | undefined;
  readonly commit: bigint;
}

/** The log up to and including `index` folded into `data` by the caller (§5.1). */
export interface Snapshot {
  readonly index: bigint;
  readonly term: bigint;
  readonly data: Uint8Array;
}

interface Addressed {
  readonly from: string;
  readonly to: string;
  readonly term: bigint;
}

/**
 * Every message of the protocol. `term` is the sender's current term, except for pre-votes and for pre-vote replies that grant:
 * there it is the term asked for.
 */
export type Message =
  | (Addressed & {
      readonly type: 'pre-vote' | 'vote';
      readonly lastIndex: bigint;
      readonly lastTerm: bigint;
      /** Set when the campaign was ordered by the leader (§3.10) or the leader is known dead: freshness of the leader is no reason to refuse. */
      readonly force: boolean;
    })
  | (Addressed & { readonly type: 'pre-vote-reply' | 'vote-reply'; readonly granted: boolean })
  | (Addressed & {
      readonly type: 'append';
      readonly previousIndex: bigint;
      readonly previousTerm: bigint;
      readonly entries: readonly Entry[];
      readonly commit: bigint;
    })
  | (Addressed & {
      readonly type: 'append-reply';
      /** Accepted: the highest index known to match. Refused: the index that was probed (previousIndex). */
      readonly index: bigint;
      readonly accepted: boolean;
      /** Refused only: where the follower suggests to go on (index, and its term there), so that a term costs one round trip. */
      readonly hintIndex: bigint;
      readonly hintTerm: bigint;
    })
  | (Addressed & { readonly type: 'heartbeat'; readonly commit: bigint })
  | (Addressed & { readonly type: 'heartbeat-reply' })
  | (Addressed & { readonly type: 'snapshot'; readonly snapshot: Snapshot })
  | (Addressed & { readonly type: 'timeout-now' });

export type MessageType = Message['type'];

export type VoteRequest = Extract<Message, { readonly type: 'pre-vote' | 'vote' }>;
export type VoteReply = Extract<Message, { readonly type: 'pre-vote-reply' | 'vote-reply' }>;
export type AppendMessage = Extract<Message, { readonly type: 'append' }>;
export type AppendReply = Extract<Message, { readonly type: 'append-reply' }>;
export type HeartbeatMessage = Extract<Message, { readonly type: 'heartbeat' }>;
export type SnapshotMessage = Extract<Message, { readonly type: 'snapshot' }>;

export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader';

export interface RaftOptions {
  /** This member's own name; must be one of `members`. */
  readonly name: string;
  /** All voting members, this one included, 1 to 15. */
  readonly members: readonly string[];
  /** Ticks without word of a leader before a campaign, at least 3 × `heartbeatTicks`; randomised to [n, 2n) by `random`. */
  readonly electionTicks: number;
  /** Ticks between heartbeats, at least 1. */
  readonly heartbeatTicks: number;
  /** Uniform integer in [0, bound); the only source of chance. */
  readonly random: (bound: number) => number;
  /** Largest sum of entry data in one append message, bytes; default 1 MiB. One entry always goes. */
  readonly appendBytesMax?: number;
  /** Appends in flight to one follower before waiting for a reply; default 256. */
  readonly inflightMax?: number;
  /** Largest sum of uncommitted entry data that a leader accepts, bytes; default 64 MiB. Beyond it proposals are dropped. */
  readonly uncommittedBytesMax?: number;
}

/** What was read back from disk. A fresh member passes no entries, term 0. */
export interface RestoredState {
  readonly hardState: HardState;
  /** The entries behind the snapshot, contiguous. */
  readonly entries: readonly Entry[];
  /** Where the log begins: everything up to here was compacted. Index 0 when nothing was. */
  readonly snapshot: Snapshot | undefined;
}

/**
 * Work for the caller, taken with {@link RaftCore.ready}. Several may be outstanding: storage is asynchronous.
 *
 * Order that the caller keeps:
 *  1. `messages` may be sent at once.
 *  2. `hardState`, then `truncateFrom`, `entries` and `snapshot` are made durable together, in the order of tickets.
 *  3. When they are durable, the caller calls `persisted(ticket)`; only then are `messagesAfterPersist` sent
 *     (votes, acknowledgements of what was not durable before, and any message of a term that was not).
 *  4. `committed` may be applied at once: an entry commits only when a quorum, by `persisted`, has it on disk, and is
 *     handed out only when this member has it on disk too, so that applied state never runs ahead of the own log.
 */
export interface Ready {
  /** Strictly increasing. `persisted(ticket)` acknowledges this Ready and all before it. */
  readonly ticket: bigint;
  /** True when anything of step 2 is there or `messagesAfterPersist` is not empty. Without it no `persisted` call is due. */
  readonly mustPersist: boolean;
  /** Present when term or vote moved; a commit index that moved alone rides along with the next write. */
  readonly hardState: HardState | undefined;
  /** The stored log is to be cut from this index on before `entries` are appended. */
  readonly truncateFrom: bigint | undefined;
  readonly entries: readonly Entry[];
  /** A snapshot from the leader: replaces the whole stored log, and applied state up to its index; `entries` come behind it. */
  readonly snapshot: Snapshot | undefined;
  readonly messages: readonly Message[];
  readonly messagesAfterPersist: readonly Message[];
  readonly committed: readonly Entry[];
  /** Present when role, leader or term changed since the last Ready. */
  readonly softState: SoftState | undefined;
}

export interface SoftState {
  readonly role: Role;
  readonly term: bigint;
  readonly leader: string | undefined;
}

export type ProposeResult =
  | { readonly kind: 'proposed'; readonly index: bigint; readonly term: bigint }
  /** Nothing happened: not the leader, leadership is being handed over, or too much is uncommitted. */
  | { readonly kind: 'dropped'; readonly reason: 'not-leader' | 'transferring' | 'uncommitted-limit' };

export interface MemberProgress {
  readonly name: string;
  readonly state: 'probe' | 'replicate' | 'snapshot';
  readonly match: bigint;
  readonly next: bigint;
  readonly recentlyActive: boolean;
}

export interface RaftStatus extends SoftState {
  readonly name: string;
  readonly vote: string | undefined;
  readonly commit: bigint;
  /** The last index handed out as committed, or as a snapshot. */
  readonly applied: bigint;
  /** Up to here this member's log is on disk, as `persisted` told. */
  readonly durable: bigint;
  readonly firstIndex: bigint;
  readonly lastIndex: bigint;
  readonly transferTarget: string | undefined;
  /** Leader only, the other members; empty otherwise. */
  readonly progress: readonly MemberProgress[];
  /** Messages ignored since the start: not for this member, from a stranger, or inconsistent in themselves. */
  readonly ignored: number;
}

/** The core. Every method is synchronous and total: it throws only on a caller's mistake or an impossible state. */
export interface Raft {
  tick(): void;
  /** Takes one message from a peer. Messages to another member, or from a stranger, are ignored and counted. */
  step(message: Message): void;
  propose(data: Uint8Array): ProposeResult;
  /**
   * Campaigns at once, pre-vote first, without waiting for the election timeout. This member forgets its leader; peers are asked
   * with `force` off, so each still judges by its own knowledge (it forgets the leader by {@link Raft.leaderLost}). Does nothing
   * to a leader or a candidate; a pre-candidate asks again who has not granted.
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
  /** Hands leadership to `to` (§3.10); given up after one election timeout. Returns false when not leader or `to` is no other member. */
  transferLeadership(to: string): boolean;
  hasReady(): boolean;
  ready(): Ready;
  persisted(ticket: bigint): void;
  /**
   * The caller's applied state up to `index` is in `data`; entries up to `index` may be forgotten. `index` must be applied; one
   * that is compacted already changes nothing. Whether and when the caller's own disk is compacted too is its own affair.
   */
  compact(index: bigint, data: Uint8Array): void;
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
  /** Everything, for views; the single values above cost nothing. */
  status(): RaftStatus;
}
