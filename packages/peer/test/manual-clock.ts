/** Time driven by hand; timers of equal time fire in the order they were set. */

import type { PeerClock } from '../src/index.js';

export class ManualClock implements PeerClock {
  #nowMs = 0;
  #order = 0;
  readonly #timers = new Set<{ readonly atMs: number; readonly order: number; readonly fire: () => void }>();

  get timers(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#nowMs;
  }

  setTimer(ms: number, fire: () => void): () => void {
    const timer = { atMs: this.#nowMs + Math.max(0, ms), order: this.#order++, fire };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.atMs <= endMs);
      due.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
      const [next] = due;
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.fire();
    }
    this.#nowMs = endMs;
  }

  /** Time passes without any timer firing in between: the process hung. They fire, late, on the next advance. */
  hang(ms: number): void {
    this.#nowMs += ms;
  }

  /** Advances in small steps until the promise is settled; promises that only microtasks fulfil settle between steps. */
  async settle<T>(promise: Promise<T>, limitMs = 60_000): Promise<T> {
    let settled = false;
    const mark = (): void => {
      settled = true;
    };
    promise.then(mark, mark);
    for (let passed = 0; passed < limitMs; passed++) {
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      if (settled) return promise;
      this.advance(1);
    }
    throw new Error(`not settled within ${limitMs} ms of simulated time`);
  }
}

/** Bytes from a counter: all different, the same in every run. */
export function countingRandom(): (length: number) => Uint8Array {
  let count = 0;
  return (length) => {
    const bytes = Buffer.alloc(length);
    count += 1;
    if (length >= 4) bytes.writeUInt32BE(count, length - 4);
    else bytes.fill(count & 0xff);
    return bytes;
  };
}

export const silentLogger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
