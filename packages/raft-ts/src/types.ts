/**
 * The vocabulary of the Raft core: what goes in, what comes out, and what must happen before what.
 *
 * The core follows Ongaro's dissertation ("Consensus: Bridging Theory and Practice", 2014) in the shape of etcd's: the
 * caller steps messages and ticks in, takes a {@link Ready} out, and performs it. The core reads no clock, has no
 * randomness of its own, and knows nothing of disks, networks or of what the entries mean.
 *
 * Terms and indexes are bigints from 0 to 2^63-1; 0 means "none". Member names are non-empty strings.
 */

import type { ConfigChangeProblem } from './confchange.js';
import type { Configuration } from './configuration.js';
import type { Message } from './message.js';
import type { TraceEvent } from './trace.js';

/** What an entry is for: the caller's data, or a change of the configuration, made by `proposeConfigChange`. */
export type EntryKind = 'normal' | 'config';

/** One replicated log entry. An empty `data` is the no-op that a leader appends when its term starts (§6.4). */
export interface Entry {
  readonly index: bigint;
  readonly term: bigint;
  readonly data: Uint8Array;
  /** Absent: `normal`, as in logs that are older than config entries. It has to be stored and sent with the entry. */
  readonly kind?: EntryKind;
}

/**
 * What must survive a restart beside the log (§3.8). `term` and `vote` are safety. `commit` is an optimisation by itself; in the Ready that
 * writes entries it belongs to them, because a member with a second config entry in its log must know that the first is committed.
 */
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
  /** The configuration in effect at `index`. Absent in snapshots older than changes of membership: the voters are `options.members`. */
  readonly configuration?: Configuration;
}

export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader';

export interface RaftOptions {
  /** This member's own name. */
  readonly name: string;
  /**
   * The voters that the log begins with, this member included, 1 to 15. Not looked at when {@link RestoredState} has a configuration: a
   * member that joins later is in none yet.
   */
  readonly members: readonly string[];
  /** Ticks without word of a leader before a campaign, at least 3 × `heartbeatTicks`; randomised to [n, 2n) by `random`. */
  readonly electionTicks: number;
  /** Ticks between heartbeats, at least 1. */
  readonly heartbeatTicks: number;
  /** Uniform integer in [0, bound); the only source of chance. */
  readonly random: (bound: number) => number;
  /**
   * Whether a campaign begins with a pre-vote (§9.6); default true. Without it a member that was cut off forces an election when it comes
   * back. May differ between members.
   */
  readonly preVote?: boolean;
  /** Largest sum of entry data in one append message, bytes; default 1 MiB. One entry always goes. */
  readonly appendBytesMax?: number;
  /** Appends in flight to one follower before waiting for a reply; default 256. */
  readonly inflightMax?: number;
  /** Largest sum of uncommitted entry data that a leader accepts, bytes; default 64 MiB. Beyond it proposals are dropped. */
  readonly uncommittedBytesMax?: number;
  /** Largest sum of entry data handed out as committed in one Ready, bytes; default 16 MiB. One entry always goes. */
  readonly committedBytesMax?: number;
  /**
   * Called with every change of state, in order, for logs and for the checker in `raft-ts/trace-check`. It must not call the core.
   * Without it nothing is collected.
   */
  readonly trace?: (event: TraceEvent) => void;
}

/** What was read back from disk. A fresh member passes no entries, term 0. */
export interface RestoredState {
  readonly hardState: HardState;
  /** The entries behind the snapshot, contiguous. */
  readonly entries: readonly Entry[];
  /** Where the log begins: everything up to here was compacted. Index 0 when nothing was. */
  readonly snapshot: Snapshot | undefined;
  /**
   * The configuration at the beginning of the log, where no snapshot carries it. Absent: `options.members`, all voters. It must be the
   * same on every member that has the log from index 1.
   */
  readonly configuration?: Configuration;
}

/**
 * Work for the caller, taken with `Raft.ready`. Several may be outstanding: storage is asynchronous.
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
  /**
   * A snapshot from the leader: replaces the whole stored log, and applied state up to its index; `entries` come behind it. Of index 0 after
   * `startOver`: the stored log is emptied.
   */
  readonly snapshot: Snapshot | undefined;
  readonly messages: readonly Message[];
  readonly messagesAfterPersist: readonly Message[];
  /** To be applied in order; a config entry by `applyConfigChange`. More may follow in the next Ready (`committedBytesMax`). */
  readonly committed: readonly Entry[];
  /** Reads that may be served as soon as the state is applied up to their index. */
  readonly readStates: readonly ReadState[];
  /** Present when role, leader or term changed since the last Ready. */
  readonly softState: SoftState | undefined;
}

/** The answer to `readIndex` (§6.4). */
export interface ReadState {
  readonly context: string;
  /** Whoever reads a state with everything up to here applied sees whatever was committed when the read was asked for. */
  readonly index: bigint;
}

export interface SoftState {
  readonly role: Role;
  readonly term: bigint;
  readonly leader: string | undefined;
}

export type ProposeResult =
  | { readonly kind: 'proposed'; readonly index: bigint; readonly term: bigint }
  /** Nothing happened: not the leader, leadership is being handed over, or too much is uncommitted. */
  | { readonly kind: 'dropped'; readonly reason: 'not-leader' | 'transferring' | 'uncommitted-limit' }
  /** Config changes only: an earlier one is not applied yet; or this one cannot be made to the configuration in effect. */
  | { readonly kind: 'dropped'; readonly reason: 'change-pending' }
  | { readonly kind: 'dropped'; readonly reason: 'change-invalid'; readonly problem: ConfigChangeProblem };

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
  /** In effect: as of the last config entry that was applied. */
  readonly configuration: Configuration;
  /** The index from which it is in effect; 0 for that of the start. */
  readonly configurationIndex: bigint;
  /** Messages ignored since the start: not for this member, from no member, or inconsistent in themselves. */
  readonly ignored: number;
}
