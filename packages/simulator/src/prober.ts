/**
 * Asks once more when all faults have stopped: the messages last asked for, each of which must now be signed or refused; then a
 * new height through every cosigner, which must be signed although the leader hands over while it is asked; and now and then in a
 * rush, through all of them. Whether it was signed, and soon, is for the checkers to say.
 */

import type { CosignerProcess } from './cosigner-process.js';
import type { EventQueue } from './event-queue.js';
import type { Happening, Tell } from './happenings.js';
import type { Operators } from './operators.js';
import { endsInRush, type Plan } from './plan.js';
import { comparePlaces, placeKey, type ReadSignBytes, readSignBytes } from './read-sign-bytes.js';
import { signBytesOf } from './votes.js';

/** Until connections and a leader are back, ms after healing, at most. */
const SETTLE_MS_MAX = 3000;
/** The same where the keys pass to another epoch. */
const CHANGED_MS_MAX = 12_000;
const LOOK_MS = 50;
/** For each round of questions. */
export const PROBE_MS = 6000;
const TOUCHED_MAX = 6;
/** From asking the first cosigner to the hand-over; of the second twice as long, and so on. */
const HAND_OVER_MS = 0.7;
/** From the last hand-over to the rush: by then it is over, or has failed and the leader goes on. */
const BEFORE_RUSH_MS = 500;
/** Several times as many as there are commitments ready. */
const RUSH_HEIGHTS = 12n;
/** Names the prober's node in what it asks: old messages, new ones, and those of the rush. */
export const PROBE_TOUCHED = 'prober, of old';
export const PROBE_NEW = 'prober, of new';
export const PROBE_RUSH = 'prober, in a rush';

export interface ProberSurroundings {
  readonly queue: EventQueue;
  readonly tell: Tell;
  readonly members: readonly string[];
  process(name: string): CosignerProcess | undefined;
  readonly operators: Operators;
  /** Of the chains, as operators see it. */
  height(): bigint;
  /** Whoever leads hands leadership over. */
  handOver(): void;
}

export class Prober {
  isDone = false;
  readonly #plan: Plan;
  readonly #world: ProberSurroundings;
  /** By place; in the order in which they were first asked. */
  readonly #asked = new Map<string, { readonly read: ReadSignBytes; readonly message: Uint8Array }>();
  #highest = 0n;
  /** Who are asked. */
  #members: readonly string[] = [];

  constructor(plan: Plan, world: ProberSurroundings) {
    this.#plan = plan;
    this.#world = world;
  }

  observe(happening: Happening): void {
    if (happening.kind !== 'asked' && happening.kind !== 'share-left') return;
    const { message } = happening;
    const read = readSignBytes(message);
    if (read === undefined) return;
    if (read.height > this.#highest) this.#highest = read.height;
    if (happening.kind !== 'asked') return;
    const key = placeKey(read);
    if (!this.#asked.has(key)) this.#asked.set(key, { read, message });
  }

  begin(): void {
    const { queue, tell, operators } = this.#world;
    const latestMs = queue.nowMs + (this.#plan.change === undefined ? SETTLE_MS_MAX : CHANGED_MS_MAX);
    const look = () => {
      const { isOver, participants } = operators;
      const cosigners = this.#plan.change === undefined ? this.#world.members : participants.map(({ name }) => name);
      const isSettled = isOver && this.#areSettled(cosigners);
      if (!isSettled && queue.nowMs < latestMs) {
        queue.after(LOOK_MS, look);
        return;
      }
      this.#members = cosigners;
      tell({ kind: 'probed', epoch: participants[0]?.epoch ?? 0, cosigners, isOver });
      this.#askTouched();
    };
    queue.after(LOOK_MS, look);
  }

  #areSettled(cosigners: readonly string[]): boolean {
    return cosigners.every((name) => this.#world.process(name)?.isSettled(cosigners.length - 1));
  }

  #askTouched(): void {
    const { queue } = this.#world;
    const members = this.#members;
    const last = [...this.#asked.values()]
      .sort((a, b) => comparePlaces(a.read, b.read))
      .slice(-TOUCHED_MAX)
      .map(({ message }) => message);
    let left = last.length;
    let isOver = false;
    const next = () => {
      if (isOver) return;
      isOver = true;
      this.#askNew(0);
    };
    if (left === 0) next();
    for (const [at, message] of last.entries()) {
      this.#ask(PROBE_TOUCHED, members[at % members.length] ?? '', message, () => {
        if (--left === 0) next();
      });
    }
    queue.after(PROBE_MS, next);
  }

  /** One cosigner after the other: of two at once, the higher would rule the lower out. */
  #askNew(at: number): void {
    const name = this.#members[at];
    if (name === undefined) {
      if (endsInRush(this.#plan)) this.#world.queue.after(BEFORE_RUSH_MS, () => this.#rush());
      else this.isDone = true;
      return;
    }
    let left = this.#plan.chains.length;
    let isOver = false;
    const next = () => {
      if (isOver) return;
      isOver = true;
      this.#askNew(at + 1);
    };
    const height = this.#newHeight();
    for (const chainId of this.#plan.chains) {
      const timeMs = this.#world.queue.nowMs;
      this.#ask(PROBE_NEW, name, signBytesOf({ chainId, height, round: 0, step: 'prevote', block: 9, timeMs }), () => {
        if (--left === 0) next();
      });
    }
    const { queue, handOver } = this.#world;
    queue.after(HAND_OVER_MS * (at + 1), handOver);
    queue.after(PROBE_MS, next);
  }

  /** A node at each cosigner asks for the next height as soon as it has an answer; who is behind goes on where the others are. */
  #rush(): void {
    const { queue } = this.#world;
    const members = this.#members;
    const [chainId] = this.#plan.chains;
    const isSettled = this.#areSettled(members);
    const first = this.#newHeight();
    let latest = first;
    let left = members.length;
    const ask = (name: string, height: bigint) => {
      if (chainId === undefined || height >= first + RUSH_HEIGHTS) {
        this.isDone = --left === 0;
        return;
      }
      if (height > latest) latest = height;
      const timeMs = queue.nowMs;
      const message = signBytesOf({ chainId, height, round: 0, step: 'prevote', block: 9, timeMs });
      this.#ask(PROBE_RUSH, name, message, () => ask(name, height < latest ? latest : height + 1n));
    };
    if (isSettled) for (const name of members) ask(name, first);
    else this.isDone = true;
    queue.after(PROBE_MS, () => {
      this.isDone = true;
    });
  }

  /** Above the floors too, with which operators have given cosigners new stores: they follow the chain, not what was asked. */
  #newHeight(): bigint {
    const now = this.#world.height();
    return (now > this.#highest ? now : this.#highest) + 1n;
  }

  /** Asks a cosigner, and after each giving up or restart of it again, until it answers. */
  #ask(node: string, cosigner: string, message: Uint8Array, answered: () => void): void {
    const { tell, queue } = this.#world;
    if (this.isDone) return;
    tell({ kind: 'asked', node, cosigner, message, extension: undefined });
    const process = this.#world.process(cosigner);
    let isOver = false;
    const again = () => {
      if (isOver) return;
      isOver = true;
      queue.after(LOOK_MS, () => this.#ask(node, cosigner, message, answered));
    };
    if (process === undefined || !process.isReady) {
      again();
      return;
    }
    process.sign(message, undefined, (outcome) => {
      if (isOver) return;
      tell({ kind: 'answered', node, cosigner, message, extension: undefined, outcome });
      if (outcome.kind === 'gave-up') again();
      else {
        isOver = true;
        answered();
      }
    });
    const look = () => {
      if (isOver || this.isDone) return;
      if (process.isUp) queue.after(2 * LOOK_MS, look);
      else again();
    };
    queue.after(2 * LOOK_MS, look);
  }
}
