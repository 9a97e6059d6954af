/** Nodes' requests that the core works on, by the core's id, until their one answer or until the node has gone. */

/** How a request is begun, and withdrawn when its node goes away. */
export interface PendingRequest {
  /** Hands it to the core. @returns its id */
  begin(): number;
  withdraw(id: number): void;
}

export class PendingRequests<Outcome> {
  readonly #waiting = new Map<number, (outcome: Outcome) => void>();
  /** Answers that came while `begin` ran: nobody knows the id yet. */
  readonly #early = new Map<number, Outcome>();

  get size(): number {
    return this.#waiting.size;
  }

  /** Resolves with the answer; never, once `signal` has aborted. Call it inside the core's turn. */
  ask({ begin, withdraw }: PendingRequest, signal: AbortSignal, done: (outcome: Outcome) => void): void {
    const id = begin();
    const early = this.#early.get(id);
    if (early !== undefined) {
      this.#early.delete(id);
      done(early);
      return;
    }
    const gone = () => {
      if (this.#waiting.delete(id)) withdraw(id);
    };
    signal.addEventListener('abort', gone, { once: true });
    this.#waiting.set(id, (outcome) => {
      signal.removeEventListener('abort', gone);
      done(outcome);
    });
  }

  answer(id: number, outcome: Outcome): void {
    const done = this.#waiting.get(id);
    if (done === undefined) {
      this.#early.set(id, outcome);
      return;
    }
    this.#waiting.delete(id);
    done(outcome);
  }
}
