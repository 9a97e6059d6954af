/** Records a transport's events and lets a test wait for one, without polling and without a clock. */

import type { PeerConnection, PeerEvents } from '../src/index.js';

export type Recorded =
  | { readonly kind: 'connected'; readonly connection: PeerConnection; readonly atMs: number }
  | { readonly kind: 'frame'; readonly connection: PeerConnection; readonly frame: Uint8Array; readonly atMs: number }
  | {
      readonly kind: 'disconnected';
      readonly connection: PeerConnection;
      readonly reason: string;
      readonly atMs: number;
    };

export class Recorder implements PeerEvents {
  readonly events: Recorded[] = [];
  readonly #waiters = new Set<() => void>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  connected(connection: PeerConnection): void {
    this.#add({ kind: 'connected', connection, atMs: this.#now() });
  }

  frame(connection: PeerConnection, frame: Uint8Array): void {
    this.#add({ kind: 'frame', connection, frame, atMs: this.#now() });
  }

  disconnected(connection: PeerConnection, reason: string): void {
    this.#add({ kind: 'disconnected', connection, reason, atMs: this.#now() });
  }

  /** Resolves with the first event, already there or to come, that is of this kind and peer, at or after index `from`. */
  until<Kind extends Recorded['kind']>(kind: Kind, peer: string, from = 0): Promise<Extract<Recorded, { kind: Kind }>> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.events.slice(from).find((event) => event.kind === kind && event.connection.peer === peer);
        if (found === undefined) return;
        this.#waiters.delete(look);
        resolve(found as Extract<Recorded, { kind: Kind }>); // found by its kind
      };
      this.#waiters.add(look);
      look();
    });
  }

  /** Resolves when `count` frames have come from a peer, with their texts. */
  frames(peer: string, count: number): Promise<string[]> {
    return new Promise((resolve) => {
      const look = (): void => {
        const texts = this.events.flatMap((event) =>
          event.kind === 'frame' && event.connection.peer === peer ? [Buffer.from(event.frame).toString()] : [],
        );
        if (texts.length < count) return;
        this.#waiters.delete(look);
        resolve(texts);
      };
      this.#waiters.add(look);
      look();
    });
  }

  #add(event: Recorded): void {
    this.events.push(event);
    for (const look of [...this.#waiters]) look();
  }
}
