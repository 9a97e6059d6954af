/**
 * What is true of all members together, gathered along the trace.
 */
import type { Configuration, Entry, MemberModel } from './member-model.js';

/** An entry with what stands before it: log matching follows by induction. */
export interface KnownEntry {
  readonly entry: Entry;
  readonly previousTerm: bigint;
}

/** What stands at a committed index; undefined is what the trace does not show, because it was compacted before. */
export interface Committed {
  readonly term: bigint | undefined;
  readonly entry: Entry | undefined;
  /** The term of the leader that committed it; 0 when that was before the trace. */
  readonly committedIn: bigint;
}

/** Facts that no member may contradict. */
export class ClusterModel {
  readonly members = new Map<string, MemberModel>();
  readonly leaders = new Map<bigint, string>();
  /** By index and term. */
  readonly entries = new Map<string, KnownEntry>();
  /** What a leader has committed: position is index; index 0 stands for nothing. */
  readonly committed: Committed[] = [{ term: 0n, entry: undefined, committedIn: 0n }];
  /** Ascending by index; the first is that of the beginning. */
  readonly configurations: { readonly index: bigint; readonly configuration: Configuration }[] = [];
  /** The messages sent so far, in a form that compares. */
  readonly sent = new Set<string>();

  get lastCommitted(): bigint {
    return BigInt(this.committed.length - 1);
  }

  /** Undefined when no leader has committed as far. */
  committedAt(index: bigint): Committed | undefined {
    return this.committed[Number(index)];
  }

  configurationAt(index: bigint): Configuration | undefined {
    return this.configurations.findLast((each) => each.index <= index)?.configuration;
  }
}

/** What an entry is known by: no two entries have it. */
export function keyOf({ index, term }: Pick<Entry, 'index' | 'term'>): string {
  return `${index}/${term}`;
}

/** Whether two entries are the same as far as a trace shows. */
export function isSameEntry(a: Entry, b: Entry): boolean {
  return a.index === b.index && a.term === b.term && a.kind === b.kind && a.digest === b.digest;
}

/** Whether two configurations say the same, in whatever order. */
export function isSameConfiguration(a: Configuration, b: Configuration): boolean {
  return (
    isSameSet(a.voters, b.voters) &&
    isSameSet(a.votersOutgoing, b.votersOutgoing) &&
    isSameSet(a.learners, b.learners) &&
    isSameSet(a.learnersNext, b.learnersNext) &&
    a.autoLeave === b.autoLeave
  );
}

/** Lists of names as sets: order says nothing. */
export function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name));
}
