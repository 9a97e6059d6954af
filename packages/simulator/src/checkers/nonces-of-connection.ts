/**
 * A nonce pair lives no longer than the connection that it was published over: whoever coordinates from behind another may be another
 * process with the same name, which does not know what the first one used.
 */

import { type Checker, type Happening, Violation } from '../happenings.js';
import type { Plan } from '../plan.js';

export class NoncesOfConnection implements Checker {
  readonly #faulty: ReadonlySet<string>;
  #now = 0;
  /** When each pair was drawn, and when each cosigner was last connected with each peer. */
  readonly #drawn = new Map<string, number>();
  readonly #connected = new Map<string, number>();

  constructor({ faulty }: Plan) {
    this.#faulty = new Set(faulty);
  }

  observe(happening: Happening): void {
    this.#now++;
    if (happening.kind === 'nonce-drawn') this.#drawn.set(happening.nonce, this.#now);
    if (happening.kind === 'connected') this.#connected.set(`${happening.cosigner}>${happening.peer}`, this.#now);
    if (happening.kind !== 'share-left' || this.#faulty.has(happening.cosigner)) return;
    const { cosigner, to, nonce } = happening;
    const [drawn, connected] = [this.#drawn.get(nonce), this.#connected.get(`${cosigner}>${to}`)];
    this.#drawn.delete(nonce);
    if (drawn === undefined || connected === undefined || drawn > connected) return;
    throw new Violation('a nonce pair dies with its connection', `${cosigner} gave ${to} a share of an older one`);
  }
}
