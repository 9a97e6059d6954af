/** What the core tells of its work, as lines of the log and as counts. */

import type { CoreEvent } from '../core/types.js';
import type { CosignerObserver, Logger } from './config.js';

export class CoreEvents {
  readonly #logger: Logger;
  readonly #observer: CosignerObserver;

  constructor({ logger, observer }: { readonly logger: Logger; readonly observer: CosignerObserver }) {
    this.#logger = logger;
    this.#observer = observer;
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
      case 'bad-frame':
        logger.error({ peer: event.peer, reason: event.reason }, 'bad frame');
        return;
      case 'signed':
        logger.debug({ chainId: event.chainId, hrs: event.hrs, latencyMs: event.latencyMs }, 'signed');
        return;
    }
  }
}
