/** What the parts of a ceremony share about the one change that is under way. */

import type { CeremonyState, ChangeRecord } from '../../gen/cosigner/cosigner.js';
import type { NamedChange } from './contributions.js';

const STORE_NAME_BYTES = 16;

export interface Passage {
  readonly named: NamedChange;
  readonly peers: PeerStates;
  /** As it was written last. */
  record(): ChangeRecord;
  /** As it is on disk. */
  durable(): ChangeRecord;
  /** @param durable - called when it is on disk, before the others are told */
  write(record: ChangeRecord, durable?: () => void): void;
  /** This cosigner is in the epoch that begins. */
  isBegun(): boolean;
  /** Something is new of which the others are to be told. */
  changed(): void;
}

/** What the others have said of themselves, each on its own stream. */
export class PeerStates {
  /** On the connection at hand. */
  readonly #states = new Map<string, CeremonyState>();
  readonly #begun = new Set<string>();
  readonly #withdrawn = new Map<string, { readonly dealt: boolean }>();

  /** @throws Error for what no cosigner says: some of it goes to disk */
  heard(peer: string, state: CeremonyState): void {
    if (state.store.length !== STORE_NAME_BYTES)
      throw new Error(`expected a store's name of ${STORE_NAME_BYTES} bytes, found ${state.store.length}`);
    this.#states.set(peer, state);
    if (state.begun) this.#begun.add(peer);
    if (state.withdrawn) this.#withdrawn.set(peer, { dealt: state.dealt });
  }

  disconnected(peer: string): void {
    this.#states.delete(peer);
  }

  of(peer: string): CeremonyState | undefined {
    return this.#states.get(peer);
  }

  hasBegun(peer: string): boolean {
    return this.#begun.has(peer);
  }

  /** Who is out for good; `dealt`: a contribution may have left it before. */
  get withdrawn(): ReadonlyMap<string, { readonly dealt: boolean }> {
    return this.#withdrawn;
  }
}
