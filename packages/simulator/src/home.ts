/** The key shares on a machine, beside its store: files of an epoch each, that are whole or not there. */

import type { Epoch, SharedChain, Sharing } from '@quorumsign/cosigner/core';
import { SigningShare } from '@quorumsign/frost';

export class Home {
  readonly #sharings = new Map<string, Sharing>();

  constructor(sharings: readonly Sharing[]) {
    for (const sharing of sharings) this.keep(sharing);
  }

  keep(sharing: Sharing): void {
    this.#sharings.set(sharing.epoch.name, read(sharing));
  }

  forget({ name }: Epoch): void {
    this.#sharings.delete(name);
  }

  /** As a starting process reads them. */
  load(): Sharing[] {
    return [...this.#sharings.values()].map(read);
  }

  /** Undefined for a cosigner that is in no epoch yet. */
  sharingOf({ name, number }: Epoch): Sharing | undefined {
    return this.load().find(({ epoch }) => epoch.name === name && number > 0);
  }

  chainsOf(epoch: Epoch): readonly SharedChain[] {
    return this.sharingOf(epoch)?.chains ?? [];
  }

  copy(): Home {
    return new Home(this.load());
  }
}

/** With shares of its own, which its reader may wipe. */
function read(sharing: Sharing): Sharing {
  return {
    ...sharing,
    chains: sharing.chains.map((chain) => {
      const { identifier, epoch } = chain.share;
      return { ...chain, share: new SigningShare(identifier, epoch, chain.share.exportBytes()) };
    }),
  };
}
