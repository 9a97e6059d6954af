/**
 * The inputs of a core, one at a time and in the order in which they came.
 *
 * An effect may bring about an input at once, while the core is in the middle of a step: it waits until that step is over. What
 * an input throws is an impossible state: it is told, and nothing runs after it, so that the process ends before it signs again.
 */

export class Inputs {
  readonly #fatal: (error: unknown) => void;
  readonly #waiting: (() => void)[] = [];
  #isRunning = false;
  #isPaused = false;
  #hasEnded = false;

  /** @param fatal - told once, of what an input threw */
  constructor(fatal: (error: unknown) => void) {
    this.#fatal = fatal;
  }

  /** Runs `input` before it returns, or after those that wait; never, once these have ended. */
  run(input: () => void): void {
    if (this.#hasEnded) return;
    this.#waiting.push(input);
    this.#runWaiting();
  }

  /** What comes from now on waits; an input that runs is run to its end. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Runs what has waited. */
  resume(): void {
    this.#isPaused = false;
    this.#runWaiting();
  }

  /** Nothing runs from now on, neither what waits nor what comes. */
  end(): void {
    this.#hasEnded = true;
    this.#waiting.length = 0;
  }

  #runWaiting(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (!this.#isPaused) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      try {
        next();
      } catch (error) {
        this.end();
        this.#fatal(error);
      }
    }
    this.#isRunning = false;
  }
}
