/** Among honest cosigners no core ever finds itself in a state that its own assertions rule out. */

import { type Checker, type Happening, Violation } from '../happenings.js';

export class NothingImpossible implements Checker {
  observe(happening: Happening): void {
    if (happening.kind === 'ended' && happening.impossible)
      throw new Violation('no impossible state', `${happening.cosigner}: ${happening.reason}`);
    if (happening.kind === 'event' && happening.event.kind === 'bad-share')
      throw new Violation(
        'honest shares verify',
        `${happening.cosigner} found ${happening.event.culprits.join()} guilty`,
      );
    if (happening.kind === 'event' && happening.event.kind === 'bad-frame')
      throw new Violation('honest frames are read', `${happening.cosigner}: ${happening.event.reason}`);
  }
}
