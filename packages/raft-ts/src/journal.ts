/**
 * The log together with its way to the disk. Every change of the log goes through here, and this file alone knows what was
 * handed to the caller for writing, what is on its way, and what is durable.
 *
 * Several Readys may be under way at once. `durableIndex` is the length of the longest common prefix of the log in memory
 * and the log on disk, as far as the acknowledged tickets tell. When a newer leader overwrites entries whose write is
 * still under way, every outstanding ticket is cut back to the common prefix there and then; so a late `persisted` of the
 * old write can never make the new entries durable, not even when a third leader brings the old entry back
 * (same index and term, but the disk will be cut in between). The term kept with each ticket checks this once more.
 */
import type { Configuration } from './configuration.js';
import { assertInvariant, RaftError } from './errors.js';
import type { RaftLog } from './log.js';
import type { Entry, HardState, Snapshot } from './types.js';
import { lesser } from './uint63.js';

/** Readys that may wait for `persisted` at once. */
export const TICKETS_OUTSTANDING_MAX = 65_536;

/** What the next Ready has to write. */
export interface StorageWork {
  readonly truncateFrom: bigint | undefined;
  readonly entries: readonly Entry[];
  readonly snapshot: Snapshot | undefined;
}

interface Outstanding {
  readonly ticket: bigint;
  readonly term: bigint;
  readonly vote: string | undefined;
  /** Up to here the log in memory will be on disk when this ticket is done; cut back when the log is. */
  lastIndex: bigint;
  lastTerm: bigint;
}

const NO_WORK: StorageWork = { truncateFrom: undefined, entries: [], snapshot: undefined };

/** The log and its durability. */
export class Journal {
  readonly log: RaftLog;
  #firstUntaken: bigint;
  #truncateFrom: bigint | undefined;
  #snapshot: Snapshot | undefined;
  #outstanding: Outstanding[] = [];
  #durableIndex: bigint;
  #durableTerm: bigint;
  #durableVote: string | undefined;

  /** What was restored from disk is durable. */
  constructor(log: RaftLog, hardState: HardState) {
    this.log = log;
    this.#firstUntaken = log.lastIndex + 1n;
    this.#durableIndex = log.lastIndex;
    this.#durableTerm = hardState.term;
    this.#durableVote = hardState.vote;
  }

  /** Everything up to here is on disk as it is in memory. */
  get durableIndex(): bigint {
    return this.#durableIndex;
  }

  /** The vote that is on disk with {@link Journal.durableTerm}. */
  get durableVote(): string | undefined {
    return this.#durableVote;
  }

  /** The newest term that is on disk. */
  get durableTerm(): bigint {
    return this.#durableTerm;
  }

  /** Whether the vote of `name` in `term` is on disk, and nothing newer. */
  isVoteDurable(term: bigint, name: string): boolean {
    return this.#durableTerm === term && this.#durableVote === name;
  }

  /** Puts entries behind the log. */
  append(entries: readonly Entry[]): void {
    this.log.append(entries);
  }

  /** Removes the entries from `from` on, in memory now and on disk with the next Ready. */
  truncate(from: bigint): void {
    this.log.truncate(from);
    const last = from - 1n;
    if (from < this.#firstUntaken) {
      // Below an earlier cut that waits still, since that one is where the untaken entries begin.
      this.#truncateFrom = from;
      this.#firstUntaken = from;
    }
    this.#durableIndex = lesser(this.#durableIndex, last);
    for (const outstanding of this.#outstanding) {
      if (outstanding.lastIndex <= last) continue;
      outstanding.lastIndex = last;
      outstanding.lastTerm = this.log.lastTerm;
    }
  }

  /** Takes a leader's snapshot in place of the whole log. Nothing counts as durable before the snapshot is. */
  restore(snapshot: Snapshot): void {
    this.log.restore(snapshot);
    this.#snapshot = snapshot;
    this.#truncateFrom = undefined;
    this.#firstUntaken = snapshot.index + 1n;
    this.#durableIndex = 0n;
    for (const outstanding of this.#outstanding) {
      outstanding.lastIndex = 0n;
      outstanding.lastTerm = 0n;
    }
  }

  /** Forgets durable entries up to `index`. What the disk keeps of them is the caller's affair. */
  compact(index: bigint, data: Uint8Array, configuration: Configuration): void {
    assertInvariant(
      index <= this.#durableIndex,
      () => `compaction at ${index} is not above the durable ${this.#durableIndex}`,
    );
    this.log.compact(index, data, configuration);
  }

  hasWork(): boolean {
    return this.#firstUntaken <= this.log.lastIndex || this.#truncateFrom !== undefined || this.#snapshot !== undefined;
  }

  /** Takes what is to be written since the last call. */
  take(): StorageWork {
    if (!this.hasWork()) return NO_WORK;
    const work: StorageWork = {
      truncateFrom: this.#truncateFrom,
      entries: this.log.slice(this.#firstUntaken, this.log.lastIndex),
      snapshot: this.#snapshot,
    };
    this.#truncateFrom = undefined;
    this.#snapshot = undefined;
    this.#firstUntaken = this.log.lastIndex + 1n;
    return work;
  }

  /**
   * Notes that the work just taken, and `hardState`, are on their way under `ticket`.
   *
   * @throws RaftError `READY_BACKLOG` when too many tickets wait
   */
  await(ticket: bigint, hardState: Pick<HardState, 'term' | 'vote'>): void {
    if (this.#outstanding.length >= TICKETS_OUTSTANDING_MAX) {
      throw new RaftError({ code: 'READY_BACKLOG', what: 'tickets', limit: TICKETS_OUTSTANDING_MAX });
    }
    this.#outstanding.push({
      ticket,
      term: hardState.term,
      vote: hardState.vote,
      lastIndex: this.log.lastIndex,
      lastTerm: this.log.lastTerm,
    });
  }

  /** The tickets up to `ticket` are done. */
  persisted(ticket: bigint): void {
    let done = 0;
    for (const outstanding of this.#outstanding) {
      if (outstanding.ticket > ticket) break;
      done += 1;
      this.#durableTerm = outstanding.term;
      this.#durableVote = outstanding.vote;
      this.#settle(outstanding);
    }
    if (done > 0) this.#outstanding.splice(0, done);
  }

  #settle(outstanding: Outstanding): void {
    const { lastIndex, lastTerm } = outstanding;
    if (lastIndex <= this.#durableIndex) return;
    const term = this.log.termAt(lastIndex);
    assertInvariant(term === lastTerm, () => `the write of entry ${lastIndex} of term ${lastTerm} is still the log's`);
    this.#durableIndex = lastIndex;
  }
}
