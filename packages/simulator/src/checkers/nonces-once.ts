/** Rule 4: a nonce pair makes one share. */

import { type Checker, type Happening, Violation } from '../happenings.js';
import type { Plan } from '../plan.js';

export class NoncesOnce implements Checker {
  readonly #plan: Plan;
  readonly #used = new Map<string, string>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  observe(happening: Happening): void {
    if (happening.kind !== 'share-made') return;
    const { cosigner, nonce, session } = happening;
    if (this.#used.has(nonce) && !this.#plan.liars.some(({ name }) => name === cosigner)) {
      const again = this.#used.get(nonce) === session ? 'the same session' : 'another session: its key share is lost';
      throw new Violation('a nonce is used once', `${cosigner} used one again, for ${again}`);
    }
    this.#used.set(nonce, session);
  }
}
