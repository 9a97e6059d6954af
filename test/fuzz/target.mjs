// What every target has: its cases in the order of their numbers, its tally, and the list of what was wrong.

import { sleep } from '../support/cluster.mjs';
import { Random } from './random.mjs';

const WRONG_MAX = 20;
/** Between the cases of a lane: the machine is to have time for the honest node, or a slow answer would say nothing. */
const PAUSE_MS = 20;

export class Target {
  cases = 0;
  /** By what came of them: refusal (in words), closed, answer, signature, waited. */
  outcomes = { refusal: 0, closed: 0, answer: 0, signature: 0, waited: 0 };
  wrong = [];

  constructor(name, seed, oracle) {
    this.name = name;
    this.seed = seed;
    this.oracle = oracle;
  }

  /** The next case: the same number is the same input under one seed. */
  next() {
    const number = this.cases++;
    // Four cases ask at one height, and contradict one another; a case that jumps ahead is caught up with.
    return { number, random: new Random(this.seed, this.name, number), height: 1n + BigInt(Math.floor(number / 4)) };
  }

  pause() {
    return sleep(PAUSE_MS);
  }

  count(outcome) {
    this.outcomes[outcome]++;
  }

  /** What must not be; `number` is the case that shows it again under the seed. */
  blame(number, what) {
    if (this.wrong.length < WRONG_MAX) this.wrong.push(`${this.name} case ${number}, seed ${this.seed}: ${what}`);
  }
}
