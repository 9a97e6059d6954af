/**
 * A share leaves for the leader of its maker's term alone, as its maker knew it last: who was deposed could finish a message that its
 * successor knows nothing of, and the marks of a place would be split.
 */

import { type Checker, type Happening, Violation } from '../happenings.js';
import type { Plan } from '../plan.js';
import { readSignBytes } from '../read-sign-bytes.js';

export class ShareToLeader implements Checker {
  readonly #faulty: ReadonlySet<string>;
  /** Whom each cosigner follows, itself where it leads; nothing before it has said so. */
  readonly #leaders = new Map<string, string | undefined>();

  constructor({ faulty }: Plan) {
    this.#faulty = new Set(faulty);
  }

  observe(happening: Happening): void {
    const isNewCore =
      happening.kind === 'event' && happening.event.kind === 'epoch' && happening.event.what === 'begun';
    if ((happening.kind === 'recovered' || isNewCore) && 'cosigner' in happening)
      this.#leaders.delete(happening.cosigner);
    if (happening.kind === 'event' && happening.event.kind === 'role')
      this.#leaders.set(happening.cosigner, happening.event.leader);
    if (happening.kind !== 'share-left' || !this.#leaders.has(happening.cosigner)) return;
    const { cosigner, to, message } = happening;
    const leader = this.#leaders.get(cosigner);
    if (to === leader || this.#faulty.has(cosigner) || readSignBytes(message) === undefined) return;
    throw new Violation(
      'a share is for the leader alone',
      `${cosigner} gave one to ${to}, and follows ${leader ?? 'nobody'}`,
    );
  }
}
