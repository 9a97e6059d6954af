/**
 * The seal on an epoch: from the moment at which it is closed this cosigner gives no share of the epoch any more, over restarts too, unless
 * it is opened again because the change for which it was closed has come to nothing (`epochs/ceremony.ts`).
 */

import type { Batches } from './batches.js';
import { sealRecord } from './log-records.js';

export class Seal {
  readonly #batches: Batches;
  #change: string;

  /** @param restored - the change for which it was closed, as read back from disk; empty: open */
  constructor(batches: Batches, restored: string) {
    this.#batches = batches;
    this.#change = restored;
  }

  get isClosed(): boolean {
    return this.#change !== '';
  }

  /** The change for which it is closed, SHA-256 in hexadecimal; empty: open. */
  get change(): string {
    return this.#change;
  }

  /** No share leaves after this call, whatever is under way. @param durable - called when it is on disk */
  close(change: string, durable: () => void): void {
    this.#set(change, durable);
  }

  /** @param durable - called when it is on disk */
  open(durable: () => void): void {
    this.#set('', durable);
  }

  #set(change: string, durable: () => void): void {
    this.#change = change;
    this.#batches.write([sealRecord(change)]);
    this.#batches.waiting.told.push(durable);
  }
}
