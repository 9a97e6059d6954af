/**
 * When to dial again. At once after a connection that had held, then after 50 ms, doubling to one second; every 100 ms while
 * nothing listens there, which is how a peer looks that is being restarted. Each wait is shortened by a random part of up to a
 * half, so that cosigners that lost the same peer do not knock in step.
 */

import type { RandomBytes } from './dependencies.js';

export const BACKOFF_MS_MIN = 50;
export const BACKOFF_MS_MAX = 1000;
/** Between looks at a machine that is up and has nothing listening: such a look costs both ends next to nothing. */
export const REFUSED_MS = 100;
/** A connection that lasted as long as this ends a series of failures. */
export const HELD_MS = 1000;

export class Backoff {
  readonly #random: RandomBytes;
  #failures = 0;

  constructor(random: RandomBytes) {
    this.#random = random;
  }

  /**
   * The wait before the next dial.
   *
   * @param heldMs - how long the connection that ended was open; undefined if it never opened
   */
  next(heldMs: number | undefined): number {
    if (heldMs !== undefined && heldMs >= HELD_MS) this.#failures = 0;
    const failures = this.#failures++;
    if (failures === 0) return 0;
    // 2^10 is far past the cap; the bound keeps the shift from wrapping after a week of failures.
    return this.#shortened(Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** Math.min(failures - 1, 10)));
  }

  /** The wait before the next look at a peer whose machine refused the connection. */
  afterRefusal(): number {
    return this.#shortened(REFUSED_MS);
  }

  #shortened(waitMs: number): number {
    const fraction = (this.#random(1)[0] ?? 0) / 256;
    return waitMs * (1 - fraction / 2);
  }
}
