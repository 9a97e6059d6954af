/**
 * Rule 1: two messages of one height, round and step never both reach t shares.
 *
 * Counted over released shares, whoever has them. A cosigner that lies, is cloned or came back on an older disk counts as having
 * signed everything; an honest one must not have signed two.
 */

import { type Checker, type Happening, Violation } from '../happenings.js';
import type { Plan } from '../plan.js';
import { placeKey, readSignBytes } from '../read-sign-bytes.js';
import { hex } from '../watched-frost.js';

export class NoDoubleSign implements Checker {
  readonly #plan: Plan;
  /** By place, then by message: who released a share, the faulty left out. */
  readonly #released = new Map<string, Map<string, Set<string>>>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  observe(happening: Happening): void {
    if (happening.kind !== 'share-left') return;
    const { cosigner, message } = happening;
    const read = readSignBytes(message);
    if (read === undefined) throw new Violation('nothing but votes is signed', hex(message));
    const { faulty, threshold } = this.#plan;
    if (read.isExtension || faulty.includes(cosigner)) return;
    const place = placeKey(read);
    const messages = this.#released.get(place) ?? new Map<string, Set<string>>();
    this.#released.set(place, messages);
    const key = hex(message);
    const by = messages.get(key) ?? new Set();
    messages.set(key, by.add(cosigner));
    for (const [other, others] of messages) {
      if (other === key) continue;
      if (others.has(cosigner)) {
        throw new Violation('one cosigner signs one message', `${cosigner} released shares of two at ${place}`);
      }
      if (by.size + faulty.length >= threshold && others.size + faulty.length >= threshold) {
        throw new Violation('no double sign', `two messages can reach ${threshold} shares at ${place}`);
      }
    }
  }
}
