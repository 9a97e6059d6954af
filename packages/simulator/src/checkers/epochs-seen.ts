/** Which epoch each cosigner is in, by what was told of its disk and its beginnings. */

import { EpochRecord, RECORD_EPOCH } from '@quorumsign/cosigner/core';
import { type EpochOfPlan, epochsOf } from '../epochs.js';
import type { Happening } from '../happenings.js';
import type { Plan } from '../plan.js';

export class EpochsSeen {
  readonly #epochs: readonly EpochOfPlan[];
  readonly #numbers = new Map<string, number>();

  constructor(plan: Plan) {
    this.#epochs = epochsOf(plan);
  }

  observe(happening: Happening): void {
    if (happening.kind !== 'recovered' && happening.kind !== 'synced' && happening.kind !== 'compacted') return;
    if (happening.kind === 'recovered') this.#numbers.delete(happening.cosigner);
    for (const { type, payload } of happening.records) {
      if (type === RECORD_EPOCH) this.#numbers.set(happening.cosigner, EpochRecord.decode(payload).number);
    }
  }

  /** 0: none yet. */
  numberOf(cosigner: string): number {
    return this.#numbers.get(cosigner) ?? 1;
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
