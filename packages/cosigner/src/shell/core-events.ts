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
  readonly #badFrames: Repeats;

  constructor({ logger, observer, nowMs }: CoreEventsDeps) {
    this.#logger = logger;
    this.#observer = observer;
    this.#badFrames = new Repeats(nowMs);
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
        this.#badFrame(event);
        return;
      case 'epoch':
        logger.info({ epoch: event.epoch }, `epoch ${event.what}`);
        return;
      case 'elsewhere':
        logger.warn({ peer: event.peer, epoch: event.epoch || 'the first' }, 'peer is in another epoch');
        return;
      case 'bad-contribution':
        logger.error({ peer: event.peer, reason: event.reason }, 'bad contribution');
        return;
      case 'signed':
        logger.debug({ chainId: event.chainId, hrs: event.hrs, latencyMs: event.latencyMs }, 'signed');
        return;
    }
  }

  #badFrame({ peer, reason }: { readonly peer: string; readonly reason: string }): void {
    const repeated = this.#badFrames.due(peer, reason);
    if (repeated === undefined) return;
    this.#logger.error({ peer, reason, ...(repeated === 0 ? {} : { repeated }) }, 'bad frame');
  }
}
