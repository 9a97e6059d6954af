/**
 * What nodes have asked for, from one core to the next: while the key passes to its next epoch there is none for a moment, and what waits
 * then is asked again of the next.
 */

import type { CosignerCore } from '../core.js';
import type { Outcome, RawOutcome } from '../types.js';

/** One request of a node. */
export interface Ask {
  readonly deadlineMs: number;
  /** Asks a core. @returns the core's id of it */
  begin(core: CosignerCore): number;
  answer(outcome: Outcome | RawOutcome): void;
}

export class PendingAsks {
  readonly #asks = new Map<number, Ask>();
  /** Of the core at hand. */
  readonly #byCoreId = new Map<number, number>();
  readonly #coreIds = new Map<number, number>();
  /** A core can answer before it has returned its id. */
  readonly #early = new Map<number, Outcome | RawOutcome>();
  #core: CosignerCore | undefined;

  get size(): number {
    return this.#asks.size;
  }

  /** @param core - undefined: there is none; what is pending waits for the next */
  use(core: CosignerCore | undefined): void {
    this.#core = core;
    this.#byCoreId.clear();
    this.#coreIds.clear();
    this.#early.clear();
    if (core !== undefined) for (const id of [...this.#asks.keys()]) this.#begin(id, core);
  }

  add(id: number, ask: Ask): void {
    this.#asks.set(id, ask);
    if (this.#core !== undefined) this.#begin(id, this.#core);
  }

  /** The node has gone. */
  withdraw(id: number): void {
    const coreId = this.#coreIds.get(id);
    this.#forget(id);
    if (coreId !== undefined) this.#core?.withdraw(coreId);
  }

  /** The core at hand answers. */
  answered(coreId: number, outcome: Outcome | RawOutcome): void {
    const id = this.#byCoreId.get(coreId);
    if (id === undefined) this.#early.set(coreId, outcome);
    else this.#answer(id, outcome);
  }

  /** Gives up what has waited for too long while there was no core, which does so itself. */
  expire(nowMs: number, reason: string): void {
    if (this.#core !== undefined) return;
    for (const [id, { deadlineMs }] of [...this.#asks]) {
      if (nowMs >= deadlineMs) this.#answer(id, { kind: 'gave-up', reason });
    }
  }

  #begin(id: number, core: CosignerCore): void {
    const ask = this.#asks.get(id);
    if (ask === undefined) return;
    const coreId = ask.begin(core);
    this.#byCoreId.set(coreId, id);
    this.#coreIds.set(id, coreId);
    const early = this.#early.get(coreId);
    this.#early.delete(coreId);
    if (early !== undefined) this.#answer(id, early);
  }

  #answer(id: number, outcome: Outcome | RawOutcome): void {
    const ask = this.#asks.get(id);
    this.#forget(id);
    ask?.answer(outcome);
  }

  #forget(id: number): void {
    this.#asks.delete(id);
    const coreId = this.#coreIds.get(id);
    this.#coreIds.delete(id);
    if (coreId !== undefined) this.#byCoreId.delete(coreId);
  }
}
