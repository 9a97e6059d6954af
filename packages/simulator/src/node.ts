/**
 * A validator's node: connected with one cosigner at a time, it asks for the votes of its chain's height, waits, asks again elsewhere,
 * and goes on.
 */

import type { Outcome } from '@quorumsign/cosigner/core';
import type { Step } from '@quorumsign/sign-state';
import type { CosignerProcess } from './cosigner-process.js';
import type { EventQueue } from './event-queue.js';
import type { Tell } from './happenings.js';
import type { NodePlan } from './plan.js';
import type { Random } from './random.js';
import { type Asked, extensionOf, signBytesOf } from './votes.js';

const STEPS: readonly Step[] = ['proposal', 'prevote', 'precommit'];

export interface NodeSurroundings {
  readonly queue: EventQueue;
  readonly random: Random;
  readonly tell: Tell;
  /** The chain's height now, as the other validators see it. */
  height(chainId: string): bigint;
  members: readonly string[];
  process(name: string): CosignerProcess | undefined;
}

export class SimulatedNode {
  readonly plan: NodePlan;
  readonly #world: NodeSurroundings;
  #home: string;
  #at: { height: bigint; round: number; step: number } = { height: 0n, round: 0, step: 0 };
  #isStopped = false;

  constructor(plan: NodePlan, world: NodeSurroundings) {
    this.plan = plan;
    this.#world = world;
    this.#home = plan.home;
    world.queue.after(world.random.between(100, 600), () => this.#next());
  }

  /** No further requests. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Where its votes go next: the chain's height from the proposal on, a later step of it, or now and then another round. */
  #next(): void {
    if (this.#isStopped) return;
    const { random } = this.#world;
    const height = this.#world.height(this.plan.chainId);
    if (height > this.#at.height) this.#at = { height, round: 0, step: random.chance(0.3) ? 0 : 1 };
    else if (this.#at.step < 2) this.#at.step++;
    else if (random.chance(0.3)) this.#at = { height, round: this.#at.round + 1, step: 1 };
    else {
      this.#world.queue.after(20, () => this.#next());
      return;
    }
    const { step: at } = this.#at;
    const isContrary = random.chance(this.plan.contrary);
    const asked: Asked = {
      chainId: this.plan.chainId,
      height,
      round: this.#at.round,
      step: STEPS[at] ?? 'prevote',
      block: isContrary ? random.below(3) : 7,
      timeMs: Math.floor(this.#world.queue.nowMs),
    };
    const wantsExtension = this.plan.extensions && asked.step === 'precommit' && asked.block !== 0;
    this.ask(signBytesOf(asked), wantsExtension ? extensionOf(asked, random.below(2)) : undefined, () => {
      this.#world.queue.after(random.between(1, 150), () => this.#next());
    });
  }

  /** Asks, wherever it can, until there is an answer that ends it. */
  ask(message: Uint8Array, extension: Uint8Array | undefined, settled: () => void): void {
    if (this.#isStopped) return;
    const { queue, random, tell } = this.#world;
    const process = this.#world.process(this.#home);
    if (process === undefined || !process.isReady) {
      this.#turn();
      queue.after(random.between(5, 60), () => this.ask(message, extension, settled));
      return;
    }
    const cosigner = this.#home;
    tell({ kind: 'asked', node: this.plan.name, cosigner, message, extension });
    let isOver = false;
    const again = () => {
      if (isOver) return;
      isOver = true;
      this.#turn();
      if (random.chance(this.plan.fickle)) settled();
      else queue.after(random.between(5, 200), () => this.ask(message, extension, settled));
    };
    const withdraw = process.sign(message, extension, (outcome: Outcome) => {
      if (isOver) return;
      tell({ kind: 'answered', node: this.plan.name, cosigner, message, extension, outcome });
      if (outcome.kind === 'gave-up') {
        again();
        return;
      }
      isOver = true;
      settled();
    });
    const sinceMs = queue.nowMs;
    const watch = () => {
      if (isOver) return;
      // A connection that was reset, or patience at its end.
      const isLost = !process.isUp;
      if (!isLost && queue.nowMs - sinceMs < this.plan.patienceMs) {
        queue.after(25, watch);
        return;
      }
      if (!isLost) withdraw();
      again();
    };
    queue.after(25, watch);
  }

  /** To the next cosigner. */
  #turn(): void {
    const { members } = this.#world;
    this.#home = members[(members.indexOf(this.#home) + 1) % members.length] ?? this.#home;
  }
}
