/** Which message each share is over, and when it leaves its maker: told from the arithmetic and the wire, not from the code between. */

import { Frame, isCeremony } from '@quorumsign/cosigner/core';
import type { Tell } from './happenings.js';
import { hex, type ShareWatcher } from './watched-frost.js';

export class ShareLog {
  readonly #tell: Tell;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** For one process. */
  of(cosigner: string): ShareWatcher & { sent(peer: string, frame: Uint8Array): void } {
    /** Made, and not gone yet. */
    const waiting = new Map<string, { readonly message: Uint8Array; readonly nonce: string; readonly epoch: number }>();
    const leaves = (to: string, share: Uint8Array) => {
      const key = hex(share);
      const made = waiting.get(key);
      if (made === undefined) return;
      waiting.delete(key);
      this.#tell({ kind: 'share-left', cosigner, to, ...made });
    };
    return {
      drawn: (nonce) => this.#tell({ kind: 'nonce-drawn', cosigner, nonce }),
      made: (share, { message, nonce, session, epoch }) => {
        waiting.set(hex(share), { message, nonce, epoch });
        this.#tell({ kind: 'share-made', cosigner, nonce, session });
      },
      aggregated: (shares) => {
        for (const share of shares) leaves(cosigner, share);
      },
      sent: (peer, frame) => {
        if (isCeremony(frame)) {
          const { ceremony } = Frame.decode(frame);
          if (ceremony?.contribution !== undefined)
            this.#tell({ kind: 'dealt', cosigner, to: peer, change: hex(ceremony.change) });
          return;
        }
        if (waiting.size === 0) return;
        for (const { shares } of Frame.decode(frame).shareReplies) for (const share of shares) leaves(peer, share);
      },
    };
  }
}
