/**
 * How far ahead of this member a message may be: without a bound one message would use the terms or the indexes up, and every member
 * with them.
 *
 * A fixed distance is not enough. Who lies may bring one member to the very end of its reach, a little beyond that of others whose logs
 * are shorter; they would ignore it for good, and it them. So what is beyond comes into reach after a while in which it is told again: one
 * jump at a time, which is how fast terms and indexes can be used up at most.
 */
import type { Message } from './message.js';

/**
 * Terms that a message may be ahead of this member. Elections a third of a second apart take half a year to get so far; to use all
 * terms up takes tens of thousands of years.
 */
export const TERM_JUMP_MAX = 1n << 24n;

/**
 * Indexes that a snapshot may be ahead of this member's log: a century at a thousand entries a second. To use all indexes up takes two months
 * of lies where the election timeout is 0.3 s.
 */
export const INDEX_JUMP_MAX = 1n << 42n;

/** Election timeouts from one jump to the next. */
export const JUMP_TIMEOUTS = 10;

export class Reach {
  readonly #periodTicks: number;
  readonly #term: Ceiling;
  readonly #index: Ceiling;
  #elapsed = 0;

  constructor(electionTicks: number, term: bigint, lastIndex: bigint) {
    this.#periodTicks = JUMP_TIMEOUTS * electionTicks;
    this.#term = new Ceiling(TERM_JUMP_MAX, term);
    this.#index = new Ceiling(INDEX_JUMP_MAX, lastIndex);
  }

  /** Whether a message is within reach; one that is not is remembered. */
  includes(message: Message): boolean {
    if (!this.#term.includes(message.term)) return false;
    return message.type !== 'snapshot' || this.#index.includes(message.snapshot.index);
  }

  /** @param term - this member's now, and its log's last index */
  tick(term: bigint, lastIndex: bigint): void {
    this.#elapsed += 1;
    if (this.#elapsed < this.#periodTicks) return;
    this.#elapsed = 0;
    this.#term.move(term);
    this.#index.move(lastIndex);
  }
}

class Ceiling {
  readonly #jump: bigint;
  #value: bigint;
  #isWanted = false;

  constructor(jump: bigint, from: bigint) {
    this.#jump = jump;
    this.#value = from + jump;
  }

  includes(value: bigint): boolean {
    if (value <= this.#value) return true;
    this.#isWanted = true;
    return false;
  }

  move(from: bigint): void {
    this.#value = (this.#isWanted ? this.#value : from) + this.#jump;
    this.#isWanted = false;
  }
}
