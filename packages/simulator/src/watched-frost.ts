/** Any FROST, with every share that it makes or adds up told: the checkers count shares where they are made, not where code says so. */

import type { BoundSession, Frost, NoncePair, SigningSession, SigningShare } from '@quorumsign/frost';

export interface ShareWatcher {
  /** A nonce pair was drawn, known by its commitment. */
  drawn(nonce: string): void;
  made(share: Uint8Array, of: SharedMessage): void;
  /** Shares went into a signature. */
  aggregated(shares: Iterable<Uint8Array>): void;
}

export interface SharedMessage {
  readonly message: Uint8Array;
  readonly nonce: string;
  /** R and the message. */
  readonly session: string;
  /** Of the key share that it was made with. */
  readonly epoch: number;
}

export function watchedFrost(frost: Frost, watcher: ShareWatcher): Frost {
  return {
    ...frost,
    generateNonces: (share, random) => {
      const pair = frost.generateNonces(share, random);
      watcher.drawn(nonceOf(pair));
      return pair;
    },
    openSession: (group, commitments): SigningSession => {
      const session = frost.openSession(group, commitments);
      return {
        identifiers: session.identifiers,
        bind: (message) => new Watched(session.bind(message), message, watcher),
      };
    },
  };
}

function nonceOf({ commitment }: NoncePair): string {
  return hex(commitment.hiding) + hex(commitment.binding);
}

class Watched implements BoundSession {
  readonly #bound: BoundSession;
  readonly #message: Uint8Array;
  readonly #watcher: ShareWatcher;

  constructor(bound: BoundSession, message: Uint8Array, watcher: ShareWatcher) {
    this.#bound = bound;
    this.#message = message;
    this.#watcher = watcher;
  }

  get commitmentR(): Uint8Array {
    return this.#bound.commitmentR;
  }

  signShare(share: SigningShare, nonces: NoncePair): Uint8Array {
    const nonce = nonceOf(nonces);
    const made = this.#bound.signShare(share, nonces);
    const session = `${hex(this.#bound.commitmentR)}/${hex(this.#message)}`;
    this.#watcher.made(made, { message: this.#message, nonce, session, epoch: share.epoch });
    return made;
  }

  verifyShare(identifier: number, share: Uint8Array): void {
    this.#bound.verifyShare(identifier, share);
  }

  aggregate(shares: ReadonlyMap<number, Uint8Array>): Uint8Array {
    const signature = this.#bound.aggregate(shares);
    this.#watcher.aggregated(shares.values());
    return signature;
  }

  culprits(shares: ReadonlyMap<number, Uint8Array>): number[] {
    return this.#bound.culprits(shares);
  }
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
