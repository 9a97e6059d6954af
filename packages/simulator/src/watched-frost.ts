/** Any FROST, with every share that it makes or adds up told: the checkers count shares where they are made, not where code says so. */

import type { BoundSession, Frost, SigningSession } from '@quorumsign/frost';

export interface ShareWatcher {
  made(share: Uint8Array, of: { readonly message: Uint8Array; readonly nonce: string; readonly session: string }): void;
  /** Shares went into a signature. */
  aggregated(shares: Iterable<Uint8Array>): void;
}

export function watchedFrost(frost: Frost, watcher: ShareWatcher): Frost {
  return {
    ...frost,
    openSession: (group, commitments): SigningSession => {
      const session = frost.openSession(group, commitments);
      return { identifiers: session.identifiers, bind: (message) => watch(session.bind(message), message, watcher) };
    },
  };
}

function watch(bound: BoundSession, message: Uint8Array, watcher: ShareWatcher): BoundSession {
  return {
    get commitmentR() {
      return bound.commitmentR;
    },
    signShare(share, nonces) {
      const nonce = hex(nonces.commitment.hiding) + hex(nonces.commitment.binding);
      const made = bound.signShare(share, nonces);
      watcher.made(made, { message, nonce, session: `${hex(bound.commitmentR)}/${hex(message)}` });
      return made;
    },
    verifyShare: (identifier, share) => bound.verifyShare(identifier, share),
    aggregate(shares) {
      const signature = bound.aggregate(shares);
      watcher.aggregated(shares.values());
      return signature;
    },
    culprits: (shares) => bound.culprits(shares),
  };
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
