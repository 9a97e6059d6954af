/**
 * Part of rule 7, property L of the model (`docs/internals/model.md`): at the highest place that is marked on any disk, some message can
 * always still get t shares, of those who have marked exactly it and those whose marks are below.
 *
 * A place where the marks are split among too many messages would be refused from then on, each message by the marks of the others: by
 * the rules of refusing rightly so, and yet a vote of this validator is lost. Places below the highest mark are superseded.
 */

import { RECORD_MARK } from '@quorumsign/cosigner/core';
import { type Checker, type Happening, Violation } from '../happenings.js';
import type { Plan } from '../plan.js';
import { comparePlaces, placeKey } from '../read-sign-bytes.js';
import { hex } from '../watched-frost.js';
import type { DurableMark, DurableMarks } from './durable-marks.js';

export class NoDeadPlace implements Checker {
  readonly #plan: Plan;
  readonly #marks: DurableMarks;

  constructor(plan: Plan, marks: DurableMarks) {
    this.#plan = plan;
    this.#marks = marks;
  }

  observe(happening: Happening): void {
    if (happening.kind !== 'synced' || happening.records.every(({ type }) => type !== RECORD_MARK)) return;
    for (const chainId of this.#plan.chains) this.#look(chainId);
  }

  #look(chainId: string): void {
    const { members, threshold } = this.#plan;
    const marks = members.flatMap((name) => this.#marks.of(name).get(chainId) ?? []);
    const highest = marks.reduce<DurableMark | undefined>(
      (found, mark) => (found === undefined || comparePlaces(mark, found) > 0 ? mark : found),
      undefined,
    );
    if (highest === undefined) return;
    const there = marks.filter((mark) => comparePlaces(mark, highest) === 0);
    const free = members.length - there.length;
    const byMessage = new Map<string, number>();
    for (const { signBytes } of there) {
      const key = signBytes === undefined ? '' : hex(signBytes);
      byMessage.set(key, (byMessage.get(key) ?? 0) + 1);
    }
    if (free + Math.max(...byMessage.values()) >= threshold) return;
    const split = [...byMessage.values()].join(' and ');
    throw new Violation('no height, round and step dies', `${placeKey(highest)} is marked ${split}, ${free} are free`);
  }
}
