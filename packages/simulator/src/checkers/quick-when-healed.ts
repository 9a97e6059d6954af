/**
 * Rule 7, in time: in a rush (`prober.ts`) nothing is wrong with any disk, network or cosigner, so every answer is there within a
 * few round trips and syncs: no signature waits for something that comes only with a timer.
 */

import { type Checker, type Happening, Violation } from '../happenings.js';
import { PROBE_RUSH } from '../prober.js';
import { readSignBytes } from '../read-sign-bytes.js';

/** Three round trips of at most 6 ms and two syncs; whatever waits for a tick as well, which comes every 20, is late now and then. */
const ANSWERED_MS = 25;

export class QuickWhenHealed implements Checker {
  /** By cosigner: one request at a time. */
  readonly #asked = new Map<string, { readonly atMs: number; readonly text: string }>();

  observe(happening: Happening, nowMs: number): void {
    if ((happening.kind !== 'asked' && happening.kind !== 'answered') || happening.node !== PROBE_RUSH) return;
    const { cosigner } = happening;
    if (happening.kind === 'answered') this.#answered(cosigner, nowMs);
    else if (!this.#asked.has(cosigner)) {
      const height = readSignBytes(happening.message)?.height;
      this.#asked.set(cosigner, { atMs: nowMs, text: `height ${height} asked of ${cosigner}` });
    }
  }

  finish(nowMs: number): void {
    for (const cosigner of [...this.#asked.keys()]) this.#answered(cosigner, nowMs);
  }

  #answered(cosigner: string, nowMs: number): void {
    const asked = this.#asked.get(cosigner);
    this.#asked.delete(cosigner);
    if (asked !== undefined && nowMs - asked.atMs > ANSWERED_MS) {
      throw new Violation(
        'no vote waits where all is well',
        `${asked.text}, answered after ${Math.round(nowMs - asked.atMs)} ms`,
      );
    }
  }
}
