/** The marks on each disk, by what was told of its syncs. */

import { RECORD_MARK } from '@quorumsign/cosigner/core';
import { decodeMarkRecord } from '@quorumsign/sign-state';
import type { Happening } from '../happenings.js';
import { comparePlaces, type Place } from '../read-sign-bytes.js';

const STEPS = ['proposal', 'prevote', 'precommit'] as const;

export interface DurableMark extends Place {
  readonly chainId: string;
  readonly signBytes: Uint8Array | undefined;
}

export class DurableMarks {
  readonly #byCosigner = new Map<string, Map<string, DurableMark>>();

  of(cosigner: string): ReadonlyMap<string, DurableMark> {
    return this.#byCosigner.get(cosigner) ?? new Map();
  }

  /** @returns the chain of a mark that is lower now than before, if there is one */
  observe(happening: Happening): string | undefined {
    if (happening.kind !== 'synced' && happening.kind !== 'compacted' && happening.kind !== 'recovered')
      return undefined;
    const before = this.of(happening.cosigner);
    const now = new Map(happening.kind === 'synced' ? before : []);
    for (const { type, payload } of happening.records) {
      if (type !== RECORD_MARK) continue;
      const { chainId, height, round, step, signBytes } = decodeMarkRecord(payload);
      const number = (STEPS.indexOf(step) + 1) as Place['step'];
      now.set(chainId, { height, round: BigInt(round), step: number, chainId, signBytes: signBytes?.bytes });
    }
    this.#byCosigner.set(happening.cosigner, now);
    for (const [chainId, mark] of before) {
      const found = now.get(chainId);
      if (found === undefined || comparePlaces(found, mark) < 0) return chainId;
    }
    return undefined;
  }
}
