/** Rule 5: elections, logs and commits follow the paper's rules, by the checker that comes with raft-ts and shares nothing with its core. */

import { TraceChecker, TraceViolation } from 'raft-ts/trace-check';
import { type Checker, type Happening, Violation } from '../happenings.js';

export class RaftTrace implements Checker {
  readonly #trace = new TraceChecker();

  observe(happening: Happening): void {
    if (happening.kind !== 'raft') return;
    try {
      this.#trace.take(happening.event);
    } catch (error) {
      if (!(error instanceof TraceViolation)) throw error;
      throw new Violation("Raft's rules", error.message);
    }
  }
}
