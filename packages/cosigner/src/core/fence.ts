/**
 * The rollback fence at work: each connection begins with both ends saying where their stores stand and what they remember of each other's
 * (`fence-rule.ts`). Until a peer has said so, and for good when it comes back older than it was, nothing else of it counts.
 *
 * Best effort, on top of the safety margin: what is remembered of a peer goes to disk with the next batch that has a reason of its own, so
 * what a peer told in the moments before this cosigner crashed may be forgotten.
 */

import type { Frame, Memory } from '../gen/cosigner/cosigner.js';
import { followPosition, judgePosition, type PeerStore } from './fence-rule.js';
import type { Outbox } from './outbox.js';
import type { OwnStore } from './own-store.js';
import type { Connection, CoreEvent } from './types.js';

export interface FenceDeps {
  readonly own: OwnStore;
  readonly outbox: Outbox;
  /** What this cosigner knows besides: its log's commit index and term, for each chain the highest height, and its seal. */
  knowledge(): Pick<Memory, 'commit' | 'term' | 'heights' | 'sealed'>;
  /** From here on the peer counts. @param isReplaced - it has another store than before */
  admitted(connection: Connection, isReplaced: boolean): void;
  /** What is remembered of a peer is new: it goes to disk with whatever goes there next. */
  remember(peer: string, store: PeerStore): void;
  event(event: CoreEvent): void;
}

export class Fence {
  readonly #d: FenceDeps;
  readonly #stores: Map<string, PeerStore>;
  /** Connected, and not admitted (yet). */
  readonly #outside = new Map<string, { readonly connection: Connection; fenced: string | undefined }>();
  /** Peers whose memory has not come on the connection at hand. */
  readonly #unheard = new Set<string>();
  #toldBatches = new Map<string, bigint>();

  constructor(deps: FenceDeps, remembered: ReadonlyMap<string, PeerStore>) {
    this.#d = deps;
    this.#stores = new Map(remembered);
  }

  connected(connection: Connection): void {
    const { peer } = connection;
    this.#outside.set(peer, { connection, fenced: undefined });
    this.#unheard.add(peer);
    this.#tell(peer);
  }

  disconnected({ peer, connectionId }: Connection): void {
    if (this.#outside.get(peer)?.connection.connectionId === connectionId) this.#outside.delete(peer);
    this.#toldBatches.delete(peer);
    this.#unheard.delete(peer);
  }

  isOutside({ peer, connectionId }: Connection): boolean {
    return this.#outside.get(peer)?.connection.connectionId === connectionId;
  }

  /** Peers that are connected and refused. */
  fenced(): readonly string[] {
    return [...this.#outside].filter(([, { fenced }]) => fenced !== undefined).map(([peer]) => peer);
  }

  /** Reads what a frame says of the stores. @returns whether the rest of the frame counts */
  take(connection: Connection, { position, memory }: Frame): boolean {
    const { peer } = connection;
    if (position !== undefined && memory !== undefined) {
      this.#unheard.delete(peer);
      this.#d.own.heard(peer, position.admission, memory);
    }
    const outside = this.#outside.get(peer);
    const known = this.#stores.get(peer);
    if (outside === undefined) {
      if (position !== undefined && known !== undefined) this.#remember(peer, followPosition(known, position));
      return true;
    }
    if (position === undefined || outside.fenced !== undefined) return false;
    const verdict = judgePosition(known, position);
    if (verdict.kind === 'fenced') {
      outside.fenced = verdict.reason;
      this.#d.event({ kind: 'fenced', peer, reason: verdict.reason });
      return false;
    }
    this.#outside.delete(peer);
    this.#remember(peer, verdict.store);
    this.#d.admitted(connection, verdict.isReplaced);
    return true;
  }

  /**
   * Tells peers what is new: with what is on its way to them anyway, and all of them now and then.
   *
   * @param isDue - now is then
   */
  tick(connected: Iterable<string>, isDue: boolean): void {
    this.#d.own.tryJoin();
    if (isDue) for (const peer of this.#unheard) this.#tell(peer);
    const position = this.#d.own.position();
    for (const peer of connected) {
      if (this.#toldBatches.get(peer) === position.batches || !(isDue || this.#d.outbox.has(peer))) continue;
      this.#toldBatches.set(peer, position.batches);
      this.#d.outbox.frame(peer).position = position;
    }
  }

  /** What is remembered of all peers. */
  stores(): ReadonlyMap<string, PeerStore> {
    return this.#stores;
  }

  #tell(peer: string): void {
    const store = this.#stores.get(peer);
    const position = this.#d.own.position();
    this.#toldBatches.set(peer, position.batches);
    const frame = this.#d.outbox.urgentFrame(peer);
    frame.position = position;
    frame.memory = { position: store?.position, retired: [...(store?.retired ?? [])], ...this.#d.knowledge() };
  }

  #remember(peer: string, store: PeerStore): void {
    if (this.#stores.get(peer) === store) return;
    this.#stores.set(peer, store);
    this.#d.remember(peer, store);
  }
}
