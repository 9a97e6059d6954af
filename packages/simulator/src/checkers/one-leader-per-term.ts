/** Rule 5, as far as it shows from outside: in one term one cosigner leads. */

import { type Checker, type Happening, Violation } from '../happenings.js';

export class OneLeaderPerTerm implements Checker {
  readonly #leaders = new Map<bigint, string>();

  observe(happening: Happening): void {
    if (happening.kind !== 'event' || happening.event.kind !== 'role' || happening.event.role !== 'leader') return;
    const { cosigner, event } = happening;
    const before = this.#leaders.get(event.term);
    if (before !== undefined && before !== cosigner)
      throw new Violation('one leader a term', `${before} and ${cosigner} lead in term ${event.term}`);
    this.#leaders.set(event.term, cosigner);
  }
}
