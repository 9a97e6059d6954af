/**
 * A dealer's seal for a change is on its disk before a contribution to that leaves it, and from then on it gives no share of the epoch that ends, unless it was
 * unsealed: which it is only where the epoch that begins can never sign, so that no member has begun it.
 */

import { RECORD_SEAL, SealRecord } from '@quorumsign/cosigner/core';
import { type Checker, type Happening, Violation } from '../happenings.js';
import type { Plan } from '../plan.js';
import { hex } from '../watched-frost.js';
import { EpochsSeen } from './epochs-seen.js';

export class SealedBeforeDealt implements Checker {
  readonly #plan: Plan;
  readonly #epochs: EpochsSeen;
  /** By cosigner, the last change for which it has sealed its epoch, in hexadecimal. */
  readonly #sealed = new Map<string, string>();
  /** The epoch that a change ends: where it was sealed for first, because a restart writes what its disk had of epochs before again. */
  readonly #ends = new Map<string, number>();
  /** By the change, who was unsealed because it had come to nothing. */
  readonly #unsealed = new Map<string, string>();
  /** A coordinator's own share is seen only when it goes into the signature: what counts is when it was made. */
  readonly #madeBefore = new Set<string>();

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#epochs = new EpochsSeen(plan);
  }

  observe(happening: Happening): void {
    this.#epochs.observe(happening);
    if (happening.kind === 'synced' || happening.kind === 'recovered' || happening.kind === 'compacted') {
      const { cosigner } = happening;
      for (const { type, payload } of happening.records) {
        if (type !== RECORD_SEAL) continue;
        const change = hex(SealRecord.decode(payload).change);
        const before = this.#sealed.get(cosigner);
        if (change !== '') {
          this.#sealed.set(cosigner, change);
          if (!this.#ends.has(change)) this.#ends.set(change, this.#epochs.numberOf(cosigner));
        } else if (before !== undefined) {
          this.#sealed.delete(cosigner);
          this.#unsealed.set(before, cosigner);
        }
      }
    }
    if (!('cosigner' in happening) || this.#plan.faulty.includes(happening.cosigner)) return;
    const { cosigner } = happening;
    const sealed = this.#sealed.get(cosigner);
    const sealedEpoch = sealed && this.#ends.get(sealed);
    if (happening.kind === 'dealt' && sealed !== happening.change)
      throw new Violation('a dealer is sealed before it deals', `${cosigner} dealt to ${happening.to}`);
    if (happening.kind === 'share-made' && sealedEpoch !== this.#epochs.numberOf(cosigner))
      this.#madeBefore.add(happening.nonce);
    const isOwnOfBefore = (to: string, nonce: string) => to === cosigner && this.#madeBefore.has(nonce);
    if (
      happening.kind === 'share-left' &&
      happening.epoch === sealedEpoch &&
      !isOwnOfBefore(happening.to, happening.nonce)
    )
      throw new Violation('who is sealed gives no share', `${cosigner} gave one to ${happening.to}`);
    if (happening.kind === 'share-left' && happening.epoch > 1 && this.#plan.faulty.length === 0)
      this.#checkGivenUp(cosigner);
  }

  /** An epoch is named by the first digits of its change. */
  #checkGivenUp(cosigner: string): void {
    const name = this.#epochs.nameOf(cosigner);
    for (const [change, unsealed] of this.#unsealed) {
      if (name === '' || !change.startsWith(name)) continue;
      throw new Violation('an epoch that was given up never signs', `${cosigner}; ${unsealed} signs in the one before`);
    }
  }
}
