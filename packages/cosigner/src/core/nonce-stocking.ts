/** Keeps commitments ready for the signer sets that this cosigner would use, as leader or on the day it becomes one. */

import type { CommitmentStock } from './commitment-stock.js';
import type { NonceDesk } from './nonce-desk.js';
import type { Sessions } from './sessions.js';
import { signerSets } from './signer-sets.js';
import type { CoreOptions } from './types.js';

const NONCES_READY = 16;
/** Signer sets kept ready. */
const SETS_READY_MAX = 4;

export interface NonceStockingDeps {
  readonly options: CoreOptions;
  readonly stock: CommitmentStock;
  readonly nonces: NonceDesk;
  readonly sessions: Sessions;
  chainIds(): Iterable<string>;
  connected(): Iterable<string>;
  isLeader(): boolean;
}

export class NonceStocking {
  readonly #d: NonceStockingDeps;

  constructor(deps: NonceStockingDeps) {
    this.#d = deps;
  }

  keep(): void {
    const target = this.target();
    for (const set of this.#sets(SETS_READY_MAX)) {
      for (const chainId of this.#d.chainIds()) this.#d.nonces.refill(chainId, set, target, false);
    }
  }

  /** Pairs that each set is to have. */
  target(): number {
    const ready = this.#d.options.noncesReady ?? NONCES_READY;
    return this.#d.isLeader() ? ready : Math.ceil(ready / 4);
  }

  /** Sessions that the first set could have now. */
  available(chainId: string): number {
    const [first] = this.#sets(1);
    return first === undefined ? 0 : this.#d.stock.available(chainId, first);
  }

  #sets(setsMax: number): readonly (readonly number[])[] {
    const { options, sessions } = this.#d;
    const candidates = sessions.preferred([options.name, ...this.#d.connected()]);
    return signerSets(
      candidates.map((member) => member.identifier),
      options.threshold,
      setsMax,
    );
  }
}
