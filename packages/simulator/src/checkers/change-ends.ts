/**
 * A change of epoch that every cosigner with a part in it was told of comes to its end when faults are over: its members are in the epoch, or all
 * are out of the change and the epoch before it goes on.
 */

import { type Checker, type Happening, Violation } from '../happenings.js';

export class ChangeEnds implements Checker {
  observe(happening: Happening): void {
    if (happening.kind !== 'probed' || happening.isOver) return;
    throw new Violation(
      'a change of epoch comes to its end',
      `in epoch ${happening.epoch}: ${happening.cosigners.join(', ')}`,
    );
  }
}
