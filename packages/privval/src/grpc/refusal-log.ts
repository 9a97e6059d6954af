/**
 * Who was not let in, and why: counted always, logged once for each cause and address until somebody from there is let in.
 * A node that fails comes back every second; a line for each try would bury the one that matters.
 */

import type { Clock } from '../clock.js';
import type { Logger } from '../logger.js';

/** Causes and addresses remembered; beyond it the oldest is forgotten, and would be logged again. */
const REMEMBERED_MAX = 1024;

export interface Refusal {
  readonly reason: string;
  readonly ageMs: number;
}

export class RefusalLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #said = new Set<string>();
  #count = 0;
  #last: { readonly reason: string; readonly atMs: number } | undefined;

  constructor({ logger, clock }: { readonly logger: Logger; readonly clock: Clock }) {
    this.#logger = logger;
    this.#clock = clock;
  }

  get count(): number {
    return this.#count;
  }

  /** Also when all is well again; undefined before the first. */
  get last(): Refusal | undefined {
    if (this.#last === undefined) return undefined;
    return { reason: this.#last.reason, ageMs: this.#clock.nowMs() - this.#last.atMs };
  }

  /** @param from - the far address without its port, which changes with every try */
  refuse(from: string, reason: string): void {
    this.#count++;
    this.#last = { reason, atMs: this.#clock.nowMs() };
    const key = `${from} ${reason}`;
    if (this.#said.has(key)) return;
    this.#said.add(key);
    for (const oldest of this.#said) {
      if (this.#said.size <= REMEMBERED_MAX) break;
      this.#said.delete(oldest);
    }
    this.#logger.warn({ from, reason }, 'a node was refused');
  }

  admitted(from: string): void {
    for (const key of this.#said) if (key.startsWith(`${from} `)) this.#said.delete(key);
  }
}
