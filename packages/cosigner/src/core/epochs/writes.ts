/** Batches under way to the disk, those of every epoch's core and of the ceremony, in one row of tickets. */

import type { CoreRecord } from '../log-records.js';
import type { Effects } from '../types.js';

export class Writes {
  readonly #effects: Pick<Effects, 'persist'>;
  readonly #underWay: { readonly ticket: bigint; readonly durable: () => void }[] = [];
  #ticket = 1n;

  constructor(effects: Pick<Effects, 'persist'>) {
    this.#effects = effects;
  }

  /** @param durable - called when the records are on disk */
  write(records: readonly CoreRecord[], durable: () => void): void {
    const ticket = this.#ticket++;
    this.#underWay.push({ ticket, durable });
    this.#effects.persist(ticket, records);
  }

  /** Batches up to `ticket` are on disk. */
  persisted(ticket: bigint): void {
    while (this.#underWay[0] !== undefined && this.#underWay[0].ticket <= ticket) this.#underWay.shift()?.durable();
  }
}
