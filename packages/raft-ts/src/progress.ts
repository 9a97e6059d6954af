/**
 * What a leader knows of one follower's log, and how much it dares to send (dissertation §3.5, §10.2.1).
 *
 * - `probe`: where the logs agree is not known yet; one append at a time, next only moves with an answer.
 * - `replicate`: they agree up to `match`; appends follow each other without waiting, up to a window.
 * - `snapshot`: the follower needs what was compacted; nothing is sent until the snapshot has arrived.
 *
 * Invariants: match < next; match only rises while this leader leads, unless the follower has lost its log (`replaced`).
 */
import type { MemberProgress } from './types.js';
import { greater, lesser } from './uint63.js';

/** One follower, as its leader sees it. */
export class Progress {
  readonly name: string;
  readonly #inflightMax: number;
  /** The last index of every append that is not answered, ascending. */
  #inflight: bigint[] = [];
  #state: MemberProgress['state'] = 'probe';
  #match = 0n;
  #next: bigint;
  /** A snapshot that may have arrived. */
  #snapshotIndex = 0n;
  /** Leader's ticks since the snapshot was sent. */
  snapshotTicks = 0;
  /** Something of the current term was heard from it since the last check of the quorum. */
  recentlyActive = false;
  /** In `probe`: an append is on its way, so wait. */
  probeSent = false;
  /** In `replicate`: the follower has answered a heartbeat but lags, so an append has to go even if it is empty. */
  probeDue = false;
  /** The highest commit index that an append carried to it. */
  commitSent = 0n;
  /** The newest read for which it has confirmed that this leader leads. */
  readConfirmed = 0n;

  /** @param next - first index to send */
  constructor(name: string, next: bigint, inflightMax: number) {
    this.name = name;
    this.#next = next;
    this.#inflightMax = inflightMax;
  }

  get state(): MemberProgress['state'] {
    return this.#state;
  }

  get match(): bigint {
    return this.#match;
  }

  get next(): bigint {
    return this.#next;
  }

  /** Whether entries may be sent now. */
  canSend(): boolean {
    switch (this.#state) {
      case 'probe':
        return !this.probeSent;
      case 'replicate':
        return this.#inflight.length < this.#inflightMax;
      case 'snapshot':
        return false;
    }
  }

  /** An append whose last entry is `last` was sent, `entries` of them. */
  sent(last: bigint, entries: number): void {
    this.probeDue = false;
    if (this.#state === 'probe') this.probeSent = true;
    if (this.#state !== 'replicate' || entries === 0) return;
    this.#next = last + 1n;
    this.#inflight.push(last);
  }

  /** The snapshot at `index` was sent. */
  sentSnapshot(index: bigint): void {
    this.#enter('snapshot');
    this.#snapshotIndex = index;
    this.snapshotTicks = 0;
  }

  /**
   * The follower has everything up to `index` on disk.
   *
   * @param firstIndex - the first index that the leader still has as an entry
   * @returns whether this was news
   */
  accepted(index: bigint, firstIndex: bigint): boolean {
    const rose = index > this.#match;
    if (rose) this.#match = index;
    this.#next = greater(this.#next, this.#match + 1n);
    switch (this.#state) {
      case 'probe':
        if (index < this.#match) return false;
        this.#enter('replicate');
        this.#next = this.#match + 1n;
        return true;
      case 'replicate':
        this.#settle(index);
        return rose;
      case 'snapshot':
        if (this.#match + 1n < firstIndex) return rose;
        this.#enter('replicate');
        this.#next = this.#match + 1n;
        return true;
    }
  }

  /**
   * The follower refused the append that followed `probed`.
   *
   * @param hint - the highest index at which the logs may agree
   * @returns false when the answer is late and tells nothing
   */
  refused(probed: bigint, hint: bigint): boolean {
    if (this.#state === 'snapshot' || probed <= this.#match) return false;
    if (this.#state === 'replicate') {
      this.#enter('probe');
      this.#next = this.#match + 1n;
      return true;
    }
    if (probed !== this.#next - 1n) return false;
    this.#snapshotIndex = 0n;
    this.#next = greater(lesser(probed, hint + 1n), this.#match + 1n);
    this.probeSent = false;
    return true;
  }

  /** Messages may have been lost: starts again from what is known to match, or from behind a snapshot that may have arrived. */
  restart(): void {
    this.#enter('probe');
    this.#next = greater(this.#match, this.#snapshotIndex) + 1n;
  }

  /** The follower has lost its log: nothing is known to match any more. */
  replaced(): void {
    this.#match = 0n;
    this.#snapshotIndex = 0n;
    this.#enter('probe');
    this.commitSent = 0n;
    this.probeSent = true;
  }

  /** The snapshot did not arrive: starts again from what is known to match, when the follower is heard. */
  snapshotFailed(): void {
    this.#snapshotIndex = 0n;
    this.restart();
    this.probeSent = true;
  }

  /** A plain copy for {@link RaftStatus}. */
  toStatus(): MemberProgress {
    return {
      name: this.name,
      state: this.#state,
      match: this.#match,
      next: this.#next,
      recentlyActive: this.recentlyActive,
    };
  }

  #settle(index: bigint): void {
    let answered = 0;
    while (answered < this.#inflight.length && (this.#inflight[answered] ?? 0n) <= index) answered += 1;
    if (answered > 0) this.#inflight.splice(0, answered);
  }

  #enter(state: MemberProgress['state']): void {
    this.#state = state;
    this.#inflight = [];
    this.probeSent = false;
    this.probeDue = false;
  }
}
