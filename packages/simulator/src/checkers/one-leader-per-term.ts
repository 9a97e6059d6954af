/** Rule 5, as far as it shows from outside: in one term one cosigner leads. */

import { type Checker, type Happening, Violation } from '../happenings.js';
import type { Plan } from '../plan.js';
import { EpochsSeen } from './epochs-seen.js';

export class OneLeaderPerTerm implements Checker {
  readonly #epochs: EpochsSeen;
  /** By epoch and term: each epoch has a log of its own. */
  readonly #leaders = new Map<string, string>();

  constructor(plan: Plan) {
    this.#epochs = new EpochsSeen(plan);
  }

  observe(happening: Happening): void {
    this.#epochs.observe(happening);
    if (happening.kind !== 'event' || happening.event.kind !== 'role' || happening.event.role !== 'leader') return;
    const { cosigner, event } = happening;
    const key = `${this.#epochs.numberOf(cosigner)}/${event.term}`;
    const before = this.#leaders.get(key);
    if (before !== undefined && before !== cosigner)
      throw new Violation('one leader a term', `${before} and ${cosigner} lead in term ${event.term}`);
    this.#leaders.set(key, cosigner);
  }
}
