/** Which epoch each cosigner is in, by what was told of its disk and its beginnings. */

import { type Epoch, EpochRecord, RECORD_EPOCH } from '@quorumsign/cosigner/core';
import { type EpochOfPlan, epochsOf } from '../epochs.js';
import type { Happening } from '../happenings.js';
import type { Plan } from '../plan.js';
import { hex } from '../watched-frost.js';

export class EpochsSeen {
  readonly #epochs: readonly EpochOfPlan[];
  readonly #seen = new Map<string, Epoch>();

  constructor(plan: Plan) {
    this.#epochs = epochsOf(plan);
  }

  observe(happening: Happening): void {
    if (happening.kind !== 'recovered' && happening.kind !== 'synced' && happening.kind !== 'compacted') return;
    if (happening.kind === 'recovered') this.#seen.delete(happening.cosigner);
    for (const { type, payload } of happening.records) {
      if (type !== RECORD_EPOCH) continue;
      const { number, name } = EpochRecord.decode(payload);
      this.#seen.set(happening.cosigner, { number, name: hex(name) });
    }
  }

  /** 0: none yet. */
  numberOf(cosigner: string): number {
    return this.#seen.get(cosigner)?.number ?? 1;
  }

  /** Hexadecimal; empty: the first epoch, or none yet. Two changes to one number begin epochs of two names. */
  nameOf(cosigner: string): string {
    return this.#seen.get(cosigner)?.name ?? '';
  }

  /** Members and threshold of an epoch. */
  epoch(number: number): EpochOfPlan {
    return this.#epochs[number - 1] ?? { members: [], threshold: Number.POSITIVE_INFINITY };
  }

  /** Those of the epoch that a cosigner is in. */
  of(cosigner: string): EpochOfPlan {
    return this.epoch(this.numberOf(cosigner));
  }
}
