/**
 * What waits for a sync: for each batch the marks, Raft tickets, messages and shares that its durability sets free.
 *
 * A step that writes nothing but depends on earlier writes joins the newest batch under way; with none under way it is
 * free at once.
 */

import type { MarkRecord } from '@quorumsign/sign-state';
import type { Message } from 'raft-ts';
import type { PendingRelease } from './share-release.js';

export interface Waiting {
  readonly marks: MarkRecord[];
  readonly raftTickets: bigint[];
  readonly messages: Message[];
  readonly releases: PendingRelease[];
  /** Highest entry index in the batch; 0 when none. */
  lastIndex: bigint;
  /** Raft's term in the batch; 0 when none. */
  term: bigint;
}

export function nothingWaiting(): Waiting {
  return { marks: [], raftTickets: [], messages: [], releases: [], lastIndex: 0n, term: 0n };
}

export class Batches {
  readonly #underWay: { readonly ticket: bigint; readonly waiting: Waiting }[] = [];
  #next = 1n;

  /** A batch goes to disk; returns its ticket. */
  begin(waiting: Waiting): bigint {
    const ticket = this.#next++;
    this.#underWay.push({ ticket, waiting });
    return ticket;
  }

  /** Nothing to write: joins the newest batch under way. @returns false when there is none: it is free now */
  join(waiting: Waiting): boolean {
    const newest = this.#underWay.at(-1)?.waiting;
    if (newest === undefined) return false;
    newest.marks.push(...waiting.marks);
    newest.raftTickets.push(...waiting.raftTickets);
    newest.messages.push(...waiting.messages);
    newest.releases.push(...waiting.releases);
    return true;
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
