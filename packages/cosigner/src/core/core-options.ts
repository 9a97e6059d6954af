/** What no core is made with. */

import type { CoreOptions } from './types.js';

/** @throws Error */
export function assertOptions({ members, threshold, chains }: CoreOptions): void {
  if (threshold * 2 <= members.length || threshold > members.length) {
    throw new Error(
      `expected a threshold above half of ${members.length} cosigners and at most all, found ${threshold}`,
    );
  }
  if (new Set(chains.map((chain) => chain.chainId)).size !== chains.length) throw new Error('expected each chain once');
}
