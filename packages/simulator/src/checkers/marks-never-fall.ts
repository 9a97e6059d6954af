/** Rule 3: marks never fall, over snapshots and restarts too. */

import { type Checker, type Happening, Violation } from '../happenings.js';
import type { Plan } from '../plan.js';
import type { DurableMarks } from './durable-marks.js';

export class MarksNeverFall implements Checker {
  readonly #plan: Plan;
  readonly #marks: DurableMarks;

  constructor(plan: Plan, marks: DurableMarks) {
    this.#plan = plan;
    this.#marks = marks;
  }

  observe(happening: Happening): void {
    // What rots in the last batch looks like a torn tail, which recovery cuts; only disks of the faulty rot.
    if (happening.kind === 'rewritten' && !this.#plan.faulty.includes(happening.cosigner))
      throw new Violation('no synced block is written again', `${happening.cosigner}: ${happening.place}`);
    const fallen = this.#marks.observe(happening);
    if (fallen === undefined || !('cosigner' in happening) || this.#plan.faulty.includes(happening.cosigner)) return;
    throw new Violation('marks never fall', `${happening.cosigner}, ${fallen}, ${happening.kind}`);
  }
}
