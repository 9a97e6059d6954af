/**
 * The log in memory: a snapshot and the entries behind it (dissertation §3.5, §5.1).
 *
 * Invariants: indexes are contiguous from `snapshot.index + 1`; terms never fall along the log; nothing at or below the snapshot
 * is kept. The log knows nothing of disks: {@link Journal} owns it, is the only one to change it, and keeps account of
 * which part is durable.
 */
import type { Configuration } from './configuration.js';
import { assertInvariant } from './errors.js';
import type { Entry, Snapshot } from './types.js';

const NO_SNAPSHOT: Snapshot = { index: 0n, term: 0n, data: new Uint8Array(0) };

/** One member's log. */
export class RaftLog {
  #snapshot: Snapshot;
  #entries: Entry[];
  #lastIndex: bigint;
  #lastTerm: bigint;
  /** Indexes of the config entries, ascending: there are few, and they are asked for with every campaign and proposal. */
  #configIndexes: bigint[] = [];

  /** @param entries - contiguous behind the snapshot; asserted */
  constructor(snapshot: Snapshot | undefined, entries: readonly Entry[]) {
    this.#snapshot = snapshot ?? NO_SNAPSHOT;
    this.#entries = [];
    this.#lastIndex = this.#snapshot.index;
    this.#lastTerm = this.#snapshot.term;
    this.append(entries);
  }

  /** What was compacted; index 0 and term 0 when nothing was. */
  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** The first index that is still an entry, or would be. */
  get firstIndex(): bigint {
    return this.#snapshot.index + 1n;
  }

  get lastIndex(): bigint {
    return this.#lastIndex;
  }

  get lastTerm(): bigint {
    return this.#lastTerm;
  }

  /** The index of the last config entry; 0 when there is none behind the snapshot. */
  get lastConfigIndex(): bigint {
    return this.#configIndexes.at(-1) ?? 0n;
  }

  /** The index of the first config entry behind `index`; undefined when there is none. */
  configIndexAfter(index: bigint): bigint | undefined {
    return this.#configIndexes.find((each) => each > index);
  }

  entryAt(index: bigint): Entry | undefined {
    if (index <= this.#snapshot.index || index > this.#lastIndex) return undefined;
    return this.#entries[Number(index - this.#snapshot.index) - 1];
  }

  /** The term at `index`, also at the snapshot's own; undefined when compacted away or not there yet. */
  termAt(index: bigint): bigint | undefined {
    if (index === this.#lastIndex) return this.#lastTerm;
    if (index === this.#snapshot.index) return this.#snapshot.term;
    return this.entryAt(index)?.term;
  }

  /** Entries `from` to `to`, both included and both there; empty when `from` is above `to`. */
  slice(from: bigint, to: bigint): readonly Entry[] {
    if (from > to) return [];
    assertInvariant(from >= this.firstIndex && to <= this.#lastIndex, () => `slice ${from}..${to} is inside the log`);
    const start = Number(from - this.firstIndex);
    return this.#entries.slice(start, start + Number(to - from) + 1);
  }

  /** Entries from `from` up to `to` whose data come to at most `bytesMax`; one entry is always returned if there is one. */
  sliceBytes(from: bigint, bytesMax: number, to = this.#lastIndex): readonly Entry[] {
    if (from > to) return [];
    assertInvariant(from >= this.firstIndex && to <= this.#lastIndex, () => `slice ${from}..${to} is inside the log`);
    const start = Number(from - this.firstIndex);
    const stop = start + Number(to - from) + 1;
    let end = start;
    for (let bytes = 0; end < stop; end += 1) {
      bytes += this.#entries[end]?.data.length ?? 0;
      if (bytes > bytesMax && end > start) break;
    }
    return this.#entries.slice(start, end);
  }

  /** Whether a candidate's log is at least as up-to-date as this one (§3.6.1): the later last term, then the longer log. */
  isUpToDate(lastIndex: bigint, lastTerm: bigint): boolean {
    return lastTerm > this.#lastTerm || (lastTerm === this.#lastTerm && lastIndex >= this.#lastIndex);
  }

  /**
   * The highest index up to `index` whose term is at most `term`: the best guess for where two logs part, used by leader
   * and follower alike so that a refused append costs a round trip for each term and not for each entry. Of what
   * is compacted the terms are forgotten: `index` itself is returned there.
   */
  lastIndexOfTermAtMost(index: bigint, term: bigint): bigint {
    if (index < this.#snapshot.index) return index;
    let position = Number((index < this.#lastIndex ? index : this.#lastIndex) - this.#snapshot.index);
    for (; position > 0; position -= 1) {
      if ((this.#entries[position - 1]?.term ?? 0n) <= term) break;
    }
    return this.#snapshot.index + BigInt(position);
  }

  /** Sum of the data of entries behind `index`, bytes. */
  bytesAfter(index: bigint): number {
    let bytes = 0;
    for (const entry of this.slice(index + 1n, this.#lastIndex)) bytes += entry.data.length;
    return bytes;
  }

  append(entries: readonly Entry[]): void {
    for (const entry of entries) {
      assertInvariant(entry.index === this.#lastIndex + 1n, () => `entry ${entry.index} follows ${this.#lastIndex}`);
      assertInvariant(
        entry.term >= this.#lastTerm,
        () => `term ${entry.term} at ${entry.index} is not below ${this.#lastTerm}`,
      );
      this.#entries.push(entry);
      if (entry.kind === 'config') this.#configIndexes.push(entry.index);
      this.#lastIndex = entry.index;
      this.#lastTerm = entry.term;
    }
  }

  /** Removes the entries from `from` on. */
  truncate(from: bigint): void {
    assertInvariant(
      from >= this.firstIndex && from <= this.#lastIndex,
      () => `truncation at ${from} is inside the log`,
    );
    this.#configIndexes = this.#configIndexes.filter((index) => index < from);
    this.#entries.length = Number(from - this.firstIndex);
    this.#setLast();
  }

  /** Forgets the entries up to `index`, which must be there; the caller's state at `index` stands for them. */
  compact(index: bigint, data: Uint8Array, configuration: Configuration): void {
    const term = this.termAt(index);
    assertInvariant(term !== undefined && index >= this.firstIndex, () => `compaction at ${index} is inside the log`);
    this.#entries = this.#entries.slice(Number(index - this.#snapshot.index));
    this.#configIndexes = this.#configIndexes.filter((each) => each > index);
    this.#snapshot = { index, term, data, configuration };
    this.#setLast();
  }

  /** Forgets everything for a snapshot. */
  restore(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.#entries = [];
    this.#configIndexes = [];
    this.#setLast();
  }

  #setLast(): void {
    const last = this.#entries.at(-1);
    this.#lastIndex = last?.index ?? this.#snapshot.index;
    this.#lastTerm = last?.term ?? this.#snapshot.term;
  }
}
