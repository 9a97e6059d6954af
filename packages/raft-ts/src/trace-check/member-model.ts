/**
 * One member as its trace tells: what it has in memory, and what of that is on its disk.
 */
import type { TraceEvent } from '../trace.js';

/** The event of a type. */
export type Event<T extends TraceEvent['type']> = Extract<TraceEvent, { readonly type: T }>;
/** An entry as it stands in a trace. */
export type Entry = Event<'append'>['entries'][number];
/** A configuration as it stands in a trace. */
export type Configuration = Event<'configuration'>['configuration'];

/** A member's log: a snapshot and the entries behind it. */
export class LogModel {
  snapshotIndex = 0n;
  snapshotTerm = 0n;
  entries: Entry[] = [];

  get lastIndex(): bigint {
    return this.snapshotIndex + BigInt(this.entries.length);
  }

  get lastTerm(): bigint {
    return this.entries.at(-1)?.term ?? this.snapshotTerm;
  }

  at(index: bigint): Entry | undefined {
    return index <= this.snapshotIndex ? undefined : this.entries[Number(index - this.snapshotIndex) - 1];
  }

  termAt(index: bigint): bigint | undefined {
    return index === this.snapshotIndex ? this.snapshotTerm : this.at(index)?.term;
  }

  truncate(from: bigint): void {
    this.entries.length = Number(from - this.snapshotIndex) - 1;
  }

  compact(index: bigint, term: bigint): void {
    this.entries = this.entries.slice(Number(index - this.snapshotIndex));
    this.snapshotIndex = index;
    this.snapshotTerm = term;
  }

  restore(index: bigint, term: bigint): void {
    this.entries = [];
    this.snapshotIndex = index;
    this.snapshotTerm = term;
  }
}

/** One member. */
export interface MemberModel {
  readonly name: string;
  log: LogModel;
  term: bigint;
  role: Event<'become'>['role'];
  /** Whom it voted for in its term, since it started or as restored. */
  vote: string | undefined;
  /** Votes that have left it, by term: no restart takes them back. */
  readonly sentVotes: Map<bigint, string>;
  /** Who has granted it the vote in its term, as received. */
  readonly grants: Set<string>;
  commit: bigint;
  durableTerm: bigint;
  durableVote: string | undefined;
  /** Up to here its log is on its disk as it is in memory. */
  durableIndex: bigint;
  configuration: Configuration;
  configurationIndex: bigint;
  /** By context: what was committed anywhere when the read was asked for. Restarts do not end it: contexts are unique. */
  readonly reads: Map<string, bigint>;
}

/** A member that has not started yet. */
export function newMember(name: string, configuration: Configuration): MemberModel {
  return {
    name,
    log: new LogModel(),
    term: 0n,
    role: 'follower',
    vote: undefined,
    sentVotes: new Map(),
    grants: new Set(),
    commit: 0n,
    durableTerm: 0n,
    durableVote: undefined,
    durableIndex: 0n,
    configuration,
    configurationIndex: 0n,
    reads: new Map(),
  };
}

/** Whether those for whom `holds` is true are a majority of the voters and, in a joint configuration, of the outgoing ones. */
export function haveQuorum({ voters, votersOutgoing }: Configuration, holds: (name: string) => boolean): boolean {
  const isMajority = (names: readonly string[]) => names.filter(holds).length * 2 > names.length;
  return isMajority(voters) && (votersOutgoing.length === 0 || isMajority(votersOutgoing));
}
