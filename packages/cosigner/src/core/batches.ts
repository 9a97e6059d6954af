/**
 * What a step writes, and what waits for a sync: for each batch the marks, Raft tickets, messages and shares that its durability
 * sets free, and who is to be told of it.
 *
 * A step that writes nothing but depends on earlier writes joins the newest batch under way; with none under way it is
 * free at once.
 */

import type { MarkRecord } from '@quorumsign/sign-state';
import type { Message } from 'raft-ts';
import { type CoreRecord, markRecord } from './log-records.js';
import type { PendingRelease } from './share-release.js';

export interface Waiting {
  readonly marks: MarkRecord[];
  readonly raftTickets: bigint[];
  readonly messages: Message[];
  readonly releases: PendingRelease[];
  /** Called last. */
  readonly told: (() => void)[];
}

export type Closed =
  /** Goes to disk; `persisted(ticket)` when it is there. */
  | { readonly kind: 'batch'; readonly ticket: bigint; readonly records: readonly CoreRecord[] }
  /** Needs no sync of its own, and none is under way. */
  | { readonly kind: 'free'; readonly waiting: Waiting }
  | { readonly kind: 'nothing' };

export class Batches {
  readonly #underWay: { readonly ticket: bigint; readonly waiting: Waiting }[] = [];
  #next = 1n;
  #records: CoreRecord[] = [];
  /** Records that wait for a batch with a reason of its own, by what they replace. */
  #riding = new Map<string, () => CoreRecord>();
  #waiting = nothingWaiting();

  /** What the step at hand has so far that waits for its batch; add to it. */
  get waiting(): Waiting {
    return this.#waiting;
  }

  write(records: readonly CoreRecord[]): void {
    this.#records.push(...records);
  }

  /** For the next batch that is written anyway, in place of an earlier one of the same key. */
  ride(key: string, make: () => CoreRecord): void {
    this.#riding.set(key, make);
  }

  /** A mark that has moved goes to disk with the step at hand. */
  writeMark(mark: MarkRecord): void {
    this.#records.push(markRecord(mark));
    this.#waiting.marks.push(mark);
  }

  /** Ends the step. */
  close(): Closed {
    const [records, waiting] = [this.#records, this.#waiting];
    this.#records = [];
    this.#waiting = nothingWaiting();
    if (records.length > 0) {
      for (const make of this.#riding.values()) records.push(make());
      this.#riding.clear();
      const ticket = this.#next++;
      this.#underWay.push({ ticket, waiting });
      return { kind: 'batch', ticket, records };
    }
    if (isEmpty(waiting)) return { kind: 'nothing' };
    const newest = this.#underWay.at(-1)?.waiting;
    if (newest === undefined) return { kind: 'free', waiting };
    newest.marks.push(...waiting.marks);
    newest.raftTickets.push(...waiting.raftTickets);
    newest.messages.push(...waiting.messages);
    newest.releases.push(...waiting.releases);
    newest.told.push(...waiting.told);
    return { kind: 'nothing' };
  }

  /** Batches up to `ticket` are durable; what they set free, in order. */
  persisted(ticket: bigint): Waiting[] {
    const free: Waiting[] = [];
    while (this.#underWay[0] !== undefined && this.#underWay[0].ticket <= ticket) {
      const first = this.#underWay.shift();
      if (first !== undefined) free.push(first.waiting);
    }
    return free;
  }
}

function nothingWaiting(): Waiting {
  return { marks: [], raftTickets: [], messages: [], releases: [], told: [] };
}

function isEmpty({ marks, raftTickets, messages, releases, told }: Waiting): boolean {
  return marks.length + raftTickets.length + messages.length + releases.length + told.length === 0;
}
