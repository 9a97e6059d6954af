/**
 * What nodes have asked for, from one core to the next: while the key passes to its next epoch there is none for a moment, and what waits
 * then is asked again of the next.
 */

import type { CosignerCore } from '../core.js';

type GaveUp = { readonly kind: 'gave-up'; readonly reason: string };

/** One request of a node. */
export interface Ask<Outcome> {
  readonly deadlineMs: number;
  /** Asks a core, which answers to `answer`. @returns the core's id of it */
  begin(core: CosignerCore, answer: (outcome: Outcome) => void): number;
  /** Takes the one answer. */
  answer(outcome: Outcome | GaveUp): void;
}

interface Pending {
  readonly deadlineMs: number;
  begin(core: CosignerCore): number;
  giveUp(reason: string): void;
}

export class PendingAsks {
  readonly #asks = new Map<number, Pending>();
  /** By our ids, those of the core at hand. */
  readonly #coreIds = new Map<number, number>();
  #core: CosignerCore | undefined;
  #nextId = 1;

  get size(): number {
    return this.#asks.size;
  }

  /** @param core - undefined: there is none; what is pending waits for the next */
  use(core: CosignerCore | undefined): void {
    this.#core = core;
    this.#coreIds.clear();
    if (core !== undefined) for (const [id, ask] of [...this.#asks]) this.#begin(id, ask, core);
  }

  /** @returns the id to withdraw it by */
  add<Outcome>({ deadlineMs, begin, answer }: Ask<Outcome>): number {
    const id = this.#nextId++;
    const ask: Pending = {
      deadlineMs,
      begin: (core) =>
        begin(core, (outcome) => {
          // A core that was left has no say any more.
          if (this.#core === core && this.#forget(id)) answer(outcome);
        }),
      giveUp: (reason) => {
        if (this.#forget(id)) answer({ kind: 'gave-up', reason });
      },
    };
    this.#asks.set(id, ask);
    if (this.#core !== undefined) this.#begin(id, ask, this.#core);
    return id;
  }

  /** The node has gone. */
  withdraw(id: number): void {
    const coreId = this.#coreIds.get(id);
    this.#forget(id);
    if (coreId !== undefined) this.#core?.withdraw(coreId);
  }

  /** Gives up what has waited for too long while there was no core, which does so itself. */
  expire(nowMs: number, reason: string): void {
    if (this.#core !== undefined) return;
    for (const { deadlineMs, giveUp } of [...this.#asks.values()]) if (nowMs >= deadlineMs) giveUp(reason);
  }

  #begin(id: number, ask: Pending, core: CosignerCore): void {
    const coreId = ask.begin(core);
    if (this.#asks.has(id)) this.#coreIds.set(id, coreId);
  }

  /** @returns whether it was pending */
  #forget(id: number): boolean {
    this.#coreIds.delete(id);
    return this.#asks.delete(id);
  }
}
