/** The rollback fence again: liars within the margin, whatever they say they remember, end no cosigner whose disk is what it wrote. */

import { type Checker, type Happening, Violation } from '../happenings.js';
import type { Plan } from '../plan.js';

export class HonestNotFenced implements Checker {
  readonly #faulty: ReadonlySet<string>;

  constructor({ faulty }: Plan) {
    this.#faulty = new Set(faulty);
  }

  observe(happening: Happening): void {
    if (happening.kind !== 'ended' || this.#faulty.has(happening.cosigner)) return;
    if (happening.reason.includes('FENCED'))
      throw new Violation('no lie ends an honest cosigner', `${happening.cosigner}: ${happening.reason}`);
  }
}
