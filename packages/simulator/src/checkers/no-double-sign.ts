/**
 * Rule 1: two messages of one height, round and step never both reach t shares.
 *
 * Counted over released shares, whoever has them. A cosigner that lies, is cloned or came back on an older disk counts as having
 * signed everything; an honest one must not have signed two. Shares of two epochs make no signature together, and a message signed in one and
 * another in the next are a double signature as well.
 */

import { epochsOf } from '../epochs.js';
import { type Checker, type Happening, Violation } from '../happenings.js';
import type { Plan } from '../plan.js';
import { placeKey, readSignBytes } from '../read-sign-bytes.js';
import { hex } from '../watched-frost.js';

export class NoDoubleSign implements Checker {
  readonly #plan: Plan;
  /** By place, then by message: who released a share, the faulty left out, by epoch. */
  readonly #released = new Map<string, Map<string, Map<number, Set<string>>>>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  observe(happening: Happening): void {
    if (happening.kind !== 'share-left') return;
    const { cosigner, message, epoch } = happening;
    const read = readSignBytes(message);
    if (read === undefined) throw new Violation('nothing but votes is signed', hex(message));
    if (read.isExtension || this.#plan.faulty.includes(cosigner)) return;
    const place = placeKey(read);
    const messages = this.#released.get(place) ?? new Map<string, Map<number, Set<string>>>();
    this.#released.set(place, messages);
    const key = hex(message);
    const by = messages.get(key) ?? new Map<number, Set<string>>();
    messages.set(key, by.set(epoch, (by.get(epoch) ?? new Set()).add(cosigner)));
    for (const [other, others] of messages) {
      if (other === key) continue;
      if ([...others.values()].some((each) => each.has(cosigner))) {
        throw new Violation('one cosigner signs one message', `${cosigner} released shares of two at ${place}`);
      }
      if (this.#canBeSigned(by) && this.#canBeSigned(others))
        throw new Violation('no double sign', `two messages can reach their threshold of shares at ${place}`);
    }
  }

  #canBeSigned(by: ReadonlyMap<number, ReadonlySet<string>>): boolean {
    const { faulty } = this.#plan;
    return epochsOf(this.#plan).some(({ members, threshold }, at) => {
      const liars = members.filter((name) => faulty.includes(name));
      return (by.get(at + 1)?.size ?? 0) + liars.length >= threshold;
    });
  }
}
