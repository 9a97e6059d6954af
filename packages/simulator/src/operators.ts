/**
 * The operators of a cluster while its keys pass to another epoch: they authorise the change on each cosigner that has a part in it, one after
 * the other and again until it is taken, and may want to withdraw from it later.
 */

import type { EpochChange } from '@quorumsign/cosigner/core';
import type { CosignerProcess } from './cosigner-process.js';
import { cosignersOf } from './epochs.js';
import type { EventQueue } from './event-queue.js';
import type { Tell } from './happenings.js';
import type { Plan } from './plan.js';
import type { Random } from './random.js';

/** From one try to the next, ms. */
const AGAIN_MS = 40;

export interface OperatorsSurroundings {
  readonly queue: EventQueue;
  readonly random: Random;
  readonly tell: Tell;
  process(name: string): CosignerProcess | undefined;
}

export class Operators {
  readonly #world: OperatorsSurroundings;
  readonly #parties: readonly string[];
  readonly #members: readonly string[];
  readonly #all: readonly string[];
  readonly #authorised = new Set<string>();
  #hasWithdrawn = false;

  constructor(plan: Plan, change: EpochChange | undefined, world: OperatorsSurroundings) {
    this.#world = world;
    this.#all = cosignersOf(plan);
    this.#members = plan.change?.members ?? [];
    this.#parties = [...new Set([...(plan.change?.dealers ?? []), ...this.#members])];
    if (plan.change === undefined || change === undefined) return;
    const { atMs, withdrawAfterMs } = plan.change;
    for (const name of this.#parties)
      this.#world.queue.at(atMs + world.random.between(0, 20), () => this.#authorise(name, change));
    if (withdrawAfterMs !== undefined) this.#world.queue.at(atMs + withdrawAfterMs, () => this.#withdrawAll());
  }

  /** Every cosigner that was told of the change is through with it: in the epoch, or out of the change for good. */
  get isOver(): boolean {
    const [some] = this.participants;
    const hasBegun = some?.epoch === 2;
    if (!this.#hasWithdrawn && this.#parties.some((name) => !this.#authorised.has(name))) return false;
    return [...this.#authorised].every((name) => {
      const status = this.#world.process(name)?.epochs;
      if (status === undefined) return false;
      const isOut = status.change?.withdrawn === true && (hasBegun || !status.sealed);
      return status.epoch.number === 2 || isOut || (hasBegun && !this.#members.includes(name));
    });
  }

  /** Cosigners that are up and in the latest epoch that any of them is in. */
  get participants(): readonly { readonly name: string; readonly epoch: number }[] {
    const all = this.#all.flatMap((name) => {
      const epoch = this.#world.process(name)?.epochs?.epoch.number;
      return epoch === undefined ? [] : [{ name, epoch }];
    });
    const latest = Math.max(...all.map(({ epoch }) => epoch));
    return all.filter(({ epoch }) => epoch === latest);
  }

  #authorise(name: string, change: EpochChange): void {
    const { queue } = this.#world;
    const again = () => queue.after(AGAIN_MS, () => this.#authorise(name, change));
    if (this.#hasWithdrawn || this.#authorised.has(name)) return;
    const process = this.#world.process(name);
    if (process === undefined || !process.isReady) {
      again();
      return;
    }
    process.operate(
      (core, durable) => core.changeEpoch(change, durable),
      (problem) => {
        this.#tell(`the change to epoch 2 is authorised on ${name}`, problem);
        if (problem === undefined) this.#authorised.add(name);
      },
    );
    again();
  }

  /** From now on no other cosigner is told to take part. */
  #withdrawAll(): void {
    this.#hasWithdrawn = true;
    for (const name of this.#parties) this.#withdraw(name);
  }

  #withdraw(name: string): void {
    const { queue } = this.#world;
    const process = this.#world.process(name);
    const again = () => queue.after(AGAIN_MS, () => this.#withdraw(name));
    if (process === undefined || !process.isReady) {
      again();
      return;
    }
    const { change, epoch } = process.epochs ?? {};
    if (epoch?.number === 2 || change === undefined || change.withdrawn) return;
    process.operate(
      (core, durable) => core.withdrawFromChange(durable),
      (problem) => this.#tell(`${name} is to withdraw from the change`, problem),
    );
    again();
  }

  #tell(what: string, problem: string | undefined): void {
    this.#world.tell({ kind: 'fault', text: problem === undefined ? what : `${what}: ${problem}` });
  }
}
