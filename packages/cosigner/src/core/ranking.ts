/** Who answers soonest: the order in which members come into signer sets. */

import type { CoreMember } from './types.js';

/** Of the usual time, what the newest answer counts. */
const NEWEST = 0.2;
/** Whoever was blamed for so much comes first again after some dozens of quick answers. */
const BLAME_MS_MAX = 10_000;

export class Ranking {
  readonly #self: string;
  /** What a member's share usually takes, ms; none for who was never asked. */
  readonly #usualMs = new Map<string, number>();

  constructor(self: string) {
    this.#self = self;
  }

  usualMs(name: string): number {
    return this.#usualMs.get(name) ?? 0;
  }

  replied(name: string, afterMs: number): void {
    this.#usualMs.set(name, (1 - NEWEST) * (this.#usualMs.get(name) ?? afterMs) + NEWEST * afterMs);
  }

  /** It has not answered yet. */
  tookAtLeast(name: string, ms: number): void {
    this.#usualMs.set(name, Math.max(this.usualMs(name), ms));
  }

  /** It keeps others waiting. More each time: whoever was waited for least is waited for next. */
  waitedFor(name: string, ms: number): void {
    this.tookAtLeast(name, Math.min(BLAME_MS_MAX, this.usualMs(name) + ms));
  }

  forget(name: string): void {
    this.#usualMs.delete(name);
  }

  /** This cosigner, whose share takes no way, then the quickest. */
  sorted(members: readonly CoreMember[]): CoreMember[] {
    const rank = ({ name }: CoreMember) => (name === this.#self ? -1 : this.usualMs(name));
    return [...members].sort((a, b) => rank(a) - rank(b) || a.identifier - b.identifier);
  }
}
