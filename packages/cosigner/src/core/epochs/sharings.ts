/** The sharings that this cosigner has shares of: of the epoch at hand, of the next while it is coming, of the one before while it is dealt from. */

import { bytesToHex } from '../bytes.js';
import type { RestoredStore } from '../log-records.js';
import { nameChange } from './contributions.js';
import { type Epoch, epochOf, type Sharing } from './epoch-change.js';

export class Sharings {
  readonly #byName = new Map<string, Sharing>();
  readonly #forgotten: (epoch: Epoch) => void;

  /** @param forgotten - told of each epoch whose shares are to be destroyed */
  constructor(sharings: readonly Sharing[], forgotten: (epoch: Epoch) => void) {
    for (const sharing of sharings) this.keep(sharing);
    this.#forgotten = forgotten;
  }

  named(epochName: string): Sharing | undefined {
    return this.#byName.get(epochName);
  }

  keep(sharing: Sharing): void {
    this.#byName.set(sharing.epoch.name, sharing);
  }

  forget(isOver: (epoch: Epoch) => boolean): void {
    for (const { epoch, chains } of [...this.#byName.values()]) {
      if (!isOver(epoch)) continue;
      for (const { share } of chains) share.destroy();
      this.#byName.delete(epoch.name);
      this.#forgotten(epoch);
    }
  }
}

/**
 * Which shares a crash kept from being destroyed: of an epoch that is over and that nothing is dealt from, or of one that never begins here. Those of a
 * later epoch stay, because a store that is older than it was does not know of it.
 */
export function isStray(
  { epoch, change: { change, withdrawn } }: RestoredStore,
  sha256: (bytes: Uint8Array) => Uint8Array,
): (of: Epoch) => boolean {
  const named = change && nameChange(change, sha256);
  const isDealtFrom = ({ name }: Epoch) => change !== undefined && bytesToHex(change.from) === name;
  const isNext = ({ name }: Epoch) => named !== undefined && epochOf(named.change, named.id).name === name;
  const hasWithdrawn = ({ name }: Epoch) => name !== '' && withdrawn.some((id) => bytesToHex(id).startsWith(name));
  return (of) => {
    if (of.name === epoch.name && of.number === epoch.number) return false;
    return hasWithdrawn(of) || (of.number < epoch.number && !isDealtFrom(of) && !isNext(of));
  };
}
