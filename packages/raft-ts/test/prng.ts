/** A small seeded generator (xorshift32), so that a failing schedule is a number. */
export class Prng {
  #state: number;

  constructor(seed: number) {
    // Neighbouring seeds must not give neighbouring sequences, and the state must not be 0.
    this.#state = Math.imul(seed + 1, 0x9e3779b1) >>> 0 || 1;
    for (let i = 0; i < 8; i += 1) this.#next();
  }

  /** Uniform in [0, bound). */
  below(bound: number): number {
    return this.#next() % bound;
  }

  /** True in one of `n` cases. */
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  pick<T>(from: readonly T[]): T {
    const value = from[this.below(from.length)];
    if (value === undefined) throw new Error('nothing to pick from');
    return value;
  }

  #next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state;
  }
}
