/**
 * The operators of a cluster while its keys pass to another epoch: they authorise the change on each cosigner that has a part in it, one after
 * the other and again until it is taken, and may want to withdraw from it later, and to make another then; or one that follows it.
 */

import { createHash } from 'node:crypto';
import { changeId, type Epoch, type EpochChange, type Sharing } from '@quorumsign/cosigner/core';
import type { CosignerProcess } from './cosigner-process.js';
import { changeFrom, cosignersOf } from './epochs.js';
import type { EventQueue } from './event-queue.js';
import type { Tell } from './happenings.js';
import type { Plan, Resharing } from './plan.js';
import type { Random } from './random.js';

/** From one try to the next, ms. */
const AGAIN_MS = 40;

export interface OperatorsSurroundings {
  readonly queue: EventQueue;
  readonly random: Random;
  readonly tell: Tell;
  process(name: string): CosignerProcess | undefined;
  /** What a cosigner's machine has of an epoch. */
  sharing(name: string, epoch: Epoch): Sharing | undefined;
}

export class Operators {
  readonly #world: OperatorsSurroundings;
  readonly #all: readonly string[];
  readonly #faulty: readonly string[];
  /** Who have told the operators that they take part in the change at hand. */
  readonly #authorised = new Set<string>();
  /** The same of the change that it follows. */
  #before: readonly string[] = [];
  /** Who have told them that they are out of the first. */
  readonly #withdrawn = new Set<string>();
  /** That is wanted, or was last. */
  #change: EpochChange | undefined;
  /** To be made when the one at hand can never begin. */
  #next: EpochChange | undefined;
  /** To be made when every member is in the epoch that the one at hand begins. */
  #following: Resharing | undefined;
  #hasWithdrawn = false;

  /** @param first - what any member has of the first epoch */
  constructor(plan: Plan, first: Sharing, world: OperatorsSurroundings) {
    this.#world = world;
    this.#all = cosignersOf(plan);
    this.#faulty = plan.faulty;
    if (plan.change === undefined) return;
    const { atMs, withdrawAfterMs, dealersAfter, following } = plan.change;
    const change = changeFrom(first, plan.change);
    this.#change = change;
    this.#next = dealersAfter && changeFrom(first, { ...plan.change, dealers: dealersAfter });
    this.#following = following;
    for (const name of partiesOf(change))
      this.#world.queue.at(atMs + world.random.between(0, 20), () => this.#authorise(name, change));
    if (withdrawAfterMs !== undefined) this.#world.queue.at(atMs + withdrawAfterMs, () => this.#withdrawAll(change));
    if (following !== undefined) this.#world.queue.at(atMs, () => this.#follow(change, following));
  }

  /** Every cosigner that was told of a change is through with it: in the epoch, or out of the change for good. */
  get isOver(): boolean {
    const { participants } = this;
    const change = this.#change;
    if (change === undefined) return true;
    const hasBegun = participants[0]?.epoch === change.epoch;
    if (this.#following !== undefined || (this.#next !== undefined && !hasBegun)) return false;
    if (!this.#hasWithdrawn && partiesOf(change).some((name) => !this.#authorised.has(name))) return false;
    const members = change.members.map(({ name }) => name);
    return [...this.#before, ...this.#authorised].every((name) => {
      const status = this.#world.process(name)?.epochs;
      if (status === undefined || status.change?.withdrawn === false) return false;
      const isOut = status.change?.withdrawn === true || !members.includes(name);
      return hasBegun ? isOut || status.epoch.number === change.epoch : !status.sealed;
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
    if (this.#hasWithdrawn || this.#change !== change || this.#authorised.has(name)) return;
    const process = this.#world.process(name);
    if (process === undefined || !process.isReady) {
      again();
      return;
    }
    process.operate(
      (core, durable) => core.changeEpoch(change, durable),
      (problem) => {
        this.#tell(`the change to epoch ${change.epoch} is authorised on ${name}`, problem);
        if (problem === undefined && this.#change === change) this.#authorised.add(name);
      },
    );
    again();
  }

  /** From now on no other cosigner is told to take part. */
  #withdrawAll(change: EpochChange): void {
    this.#hasWithdrawn = true;
    for (const name of partiesOf(change)) this.#withdraw(name, idOf(change));
    if (this.#next !== undefined) this.#goOn(change, this.#next);
  }

  #withdraw(name: string, id: string): void {
    const { queue } = this.#world;
    const process = this.#world.process(name);
    const again = () => queue.after(AGAIN_MS, () => this.#withdraw(name, id));
    if (process === undefined || !process.isReady) {
      again();
      return;
    }
    const { change, epoch } = process.epochs ?? {};
    const isOut = change === undefined || this.#withdrawn.has(name) || (change.id === id && change.withdrawn);
    if (epoch?.number === 2 || isOut) return;
    // On its way to another already it may still forget, without power, that it is out of this one.
    if (change.id === id)
      process.operate(
        (core, durable) => core.withdrawFromChange(durable),
        (problem) => {
          this.#tell(`${name} is to withdraw from the change`, problem);
          if (problem === undefined) this.#withdrawn.add(name);
        },
      );
    again();
  }

  /** Another change, as soon as so many members are out of the first, or were never in it, that it can never begin. */
  #goOn(first: EpochChange, next: EpochChange): void {
    const [some] = this.participants;
    if (some?.epoch === 2) return;
    const out = first.members.filter(({ name }) => !this.#faulty.includes(name) && this.#isOutOf(name, idOf(first)));
    if (out.length < first.members.length - first.threshold + 1) {
      this.#world.queue.after(AGAIN_MS, () => this.#goOn(first, next));
      return;
    }
    this.#next = undefined;
    this.#hasWithdrawn = false;
    this.#make(next);
  }

  /** The change from the epoch that has begun. Some may not have heard yet that all are in it. */
  #follow(change: EpochChange, following: Resharing): void {
    const epochs = change.members.map(({ name }) => this.#world.process(name)?.epochs?.epoch);
    const [member, epoch] = [change.members[0]?.name, epochs[0]];
    const areIn = epochs.every((each) => each?.number === change.epoch);
    const sharing = areIn && member && epoch ? this.#world.sharing(member, epoch) : undefined;
    if (sharing === undefined) {
      this.#world.queue.after(AGAIN_MS, () => this.#follow(change, following));
      return;
    }
    this.#following = undefined;
    this.#before = [...this.#authorised];
    this.#make(changeFrom(sharing, following));
  }

  #make(change: EpochChange): void {
    this.#authorised.clear();
    this.#change = change;
    for (const name of partiesOf(change)) this.#authorise(name, change);
  }

  #isOutOf(name: string, id: string): boolean {
    const { change } = this.#world.process(name)?.epochs ?? { change: { id, withdrawn: false } };
    return change?.id !== id || change.withdrawn;
  }

  #tell(what: string, problem: string | undefined): void {
    this.#world.tell({ kind: 'fault', text: problem === undefined ? what : `${what}: ${problem}` });
  }
}

function partiesOf({ dealers, members }: EpochChange): string[] {
  return [...new Set([...dealers, ...members.map(({ name }) => name)])];
}

function idOf(change: EpochChange): string {
  return changeId(change, (bytes) => createHash('sha256').update(bytes).digest());
}
