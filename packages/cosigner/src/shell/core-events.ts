/** What the core tells of its work, as lines of the log and as counts. */

import type { CoreEvent } from '../core/types.js';
import type { CosignerObserver, Logger } from './config.js';
import { Repeats } from './repeats.js';

export interface CoreEventsDeps {
  readonly logger: Logger;
  readonly observer: CosignerObserver;
  /** Never goes back. */
  nowMs(): number;
}

export class CoreEvents {
  readonly #logger: Logger;
  readonly #observer: CosignerObserver;
  readonly #repeats: Repeats;

  constructor({ logger, observer, nowMs }: CoreEventsDeps) {
    this.#logger = logger;
    this.#observer = observer;
    this.#repeats = new Repeats(nowMs);
  }

  tell(event: CoreEvent): void {
    const logger = this.#logger;
    switch (event.kind) {
      case 'role':
        this.#observer.roleChanged(event);
        logger.info({ role: event.role, term: String(event.term), leader: event.leader }, 'role');
        return;
      case 'bad-share':
        this.#observer.badShare(event);
        logger.error({ chainId: event.chainId, signing: event.label, culprits: event.culprits }, 'bad share');
        return;
      case 'hedged':
        this.#observer.hedged(event);
        return;
      case 'share-refused':
        logger.info({ peer: event.peer, signing: event.label, reason: event.reason }, 'share refused');
        return;
      case 'fenced':
        logger.error({ peer: event.peer, reason: event.reason }, 'peer refused');
        return;
      case 'bad-frame':
        this.#fromPeer('error', 'bad frame', event.peer, { reason: event.reason });
        return;
      case 'epoch':
        logger.info({ epoch: event.epoch }, `epoch ${event.what}`);
        return;
      case 'elsewhere':
        this.#fromPeer('warn', 'peer is in another epoch', event.peer, { epoch: event.epoch || 'the first' });
        return;
      case 'bad-contribution':
        this.#fromPeer('error', 'bad contribution', event.peer, { reason: event.reason });
        return;
      case 'signed':
        logger.debug({ chainId: event.chainId, hrs: event.hrs, latencyMs: event.latencyMs }, 'signed');
        return;
    }
  }

  /** What a peer can bring about with every frame. */
  #fromPeer(level: 'warn' | 'error', text: string, peer: string, what: Readonly<Record<string, string>>): void {
    const repeated = this.#repeats.due(peer, `${text}: ${Object.values(what).join()}`);
    if (repeated === undefined) return;
    this.#logger[level]({ peer, ...what, ...(repeated === 0 ? {} : { repeated }) }, text);
  }
}
