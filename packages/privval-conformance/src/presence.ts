/**
 * Whether the signer is there, between checks: it answers a ping, on the connection that the last check left or on a new one. A
 * connection that answers anything else is out of step, and is dropped: by a reset, which every signer notices.
 */

import type { Clock, TestNode } from '@quorumsign/privval';

const PAUSE_MS = 50;

export class Presence {
  readonly #node: TestNode;
  readonly #clock: Clock;

  constructor(node: TestNode, clock: Clock) {
    this.#node = node;
    this.#clock = clock;
  }

  /** Waits for the first connection and its public key. @throws TestNodeError the last one, when the time is over */
  async first(withinMs: number): Promise<void> {
    await this.#until(withinMs, () => this.#node.getPublicKey());
  }

  /** Whether the signer answers a ping in time. */
  async within(withinMs: number): Promise<boolean> {
    try {
      await this.#until(withinMs, () => this.#node.ping());
      return true;
    } catch {
      return false;
    }
  }

  async #until(withinMs: number, ask: () => Promise<unknown>): Promise<void> {
    const endMs = this.#clock.nowMs() + withinMs;
    for (;;) {
      try {
        await ask();
        return;
      } catch (error) {
        this.#node.dropConnection('reset');
        if (this.#clock.nowMs() >= endMs) throw error;
      }
      await new Promise<void>((resolve) => this.#clock.setTimer(PAUSE_MS, resolve));
    }
  }
}
