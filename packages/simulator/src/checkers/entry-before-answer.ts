/**
 * Part of rule 6: before a leader gives a signature away, the entry it was made of is on the leader's own disk.
 *
 * The leader's disk is one of those that the commit is counted by, and also after a restart it must know what it has answered.
 */

import { LogEntry, RECORD_ENTRY } from '@quorumsign/cosigner/core';
import { type Checker, type Happening, Violation } from '../happenings.js';
import type { Plan } from '../plan.js';
import { readEntry } from '../read-entry.js';
import { readSignBytes } from '../read-sign-bytes.js';

const STEPS = ['proposal', 'prevote', 'precommit'] as const;

export class EntryBeforeAnswer implements Checker {
  readonly #plan: Plan;
  /** Chain and place of every intent that was ever on a disk, by cosigner. */
  readonly #onDisk = new Map<string, Set<string>>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  observe(happening: Happening): void {
    if (happening.kind === 'synced' || happening.kind === 'compacted' || happening.kind === 'recovered') {
      for (const { type, payload } of happening.records) {
        if (type === RECORD_ENTRY) this.#remember(happening.cosigner, payload);
      }
      return;
    }
    if (happening.kind !== 'event' || happening.event.kind !== 'signed') return;
    const { cosigner, event } = happening;
    if (this.#plan.faulty.includes(cosigner)) return;
    if (this.#onDisk.get(cosigner)?.has(`${event.chainId} ${event.hrs}`)) return;
    throw new Violation(
      "a leader's entry is on its disk before the answer",
      `${cosigner} gave ${event.chainId} ${event.hrs} away`,
    );
  }

  #remember(cosigner: string, payload: Uint8Array): void {
    const kind = readEntry(LogEntry.decode(payload).data);
    const read = kind?.$case === 'intent' ? readSignBytes(kind.intent.signBytes) : undefined;
    if (read === undefined) return;
    const places = this.#onDisk.get(cosigner) ?? new Set();
    this.#onDisk.set(cosigner, places);
    places.add(`${read.chainId} height ${read.height} round ${read.round} ${STEPS[read.step - 1]}`);
  }
}
