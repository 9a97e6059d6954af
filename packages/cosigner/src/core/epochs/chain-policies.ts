/** What an operator's configuration says of each chain, whichever epoch its shares are of: limits, raw bytes, and a floor. */

import type { MarkRecord } from '@quorumsign/sign-state';
import type { CoreChain } from '../types.js';
import type { Sharing } from './epoch-change.js';
import type { ChainPolicy } from './epoched-types.js';

export class ChainPolicies {
  readonly #policies: Map<string, ChainPolicy>;
  readonly #floors = new Map<string, MarkRecord>();

  constructor(policies: ReadonlyMap<string, ChainPolicy>) {
    this.#policies = new Map(policies);
  }

  set({ chainId, limits, rawBytes }: CoreChain, floor: MarkRecord | undefined): void {
    this.#policies.set(chainId, { limits, rawBytes });
    if (floor !== undefined) this.#floors.set(chainId, floor);
  }

  /** The chains of a sharing that something is said of: the others are not signed for. */
  chainsOf({ chains }: Sharing): CoreChain[] {
    return chains.flatMap((chain) => {
      const policy = this.#policies.get(chain.chainId);
      return policy === undefined ? [] : [{ ...chain, ...policy }];
    });
  }

  floor(chainId: string): MarkRecord | undefined {
    return this.#floors.get(chainId);
  }
}
