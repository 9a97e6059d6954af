// Chance from a seed: the same seed, target and case number give the same choices, whatever ran before or beside them.

import { createHash } from 'node:crypto';

export class Random {
  #state;

  /** @param labels - seed, target, case number: whatever makes this one different from others */
  constructor(...labels) {
    this.#state = createHash('sha256').update(labels.join('/')).digest().readUInt32LE(0);
  }

  /** Mulberry32. */
  #next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0, below `bound`. */
  below(bound) {
    return Math.floor(this.#next() * bound);
  }

  chance(share) {
    return this.#next() < share;
  }

  pick(items) {
    return items[this.below(items.length)];
  }

  bytes(length) {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }

  /** One of `[weight, value]`, as often as its weight says. */
  weighted(choices) {
    let left = this.below(choices.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, value] of choices) {
      left -= weight;
      if (left < 0) return value;
    }
    throw new Error('impossible: a weight that is not there');
  }
}
