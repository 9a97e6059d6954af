/**
 * A signer's own unused nonce pairs, each reserved for one use (frost.md, 6.1; design, section 3, *Nonces*).
 *
 * When its commitment is published, a pair is bound to one chain, signer set, coordinator and connection; it can be taken
 * for exactly that and only once. Taking removes it synchronously, before anything is computed. Nothing here is ever
 * written to disk, so a restart voids everything; a lost connection voids what was bound to it. A cloned machine can
 * therefore not have a pair answered twice unless the same members meet again over the same connection.
 */

/** What a pair is reserved for. `connectionId` binds the boots of both ends. */
export interface Reservation {
  readonly chainId: string;
  /** Identifiers of the signer set, ascending. */
  readonly signerSet: readonly number[];
  readonly coordinator: string;
  readonly connectionId: string;
}

interface Destroyable {
  destroy(): void;
}

interface Shelf<Pair> {
  readonly connectionId: string;
  readonly coordinator: string;
  readonly pairs: Map<bigint, { readonly pair: Pair; readonly madeMs: number }>;
  next: bigint;
}

/** Pairs kept for one reservation; more are not made. */
export const PAIRS_PER_RESERVATION_MAX = 64;
/** Reservations kept; beyond it none are made (a peer asking for ever new sets gets nothing). */
export const RESERVATIONS_MAX = 4096;

export class NonceStock<Pair extends Destroyable> {
  readonly #shelves = new Map<string, Shelf<Pair>>();

  /**
   * Makes pairs for a reservation and numbers them.
   *
   * @param make - draws one fresh pair
   * @returns the new pairs with their numbers, ascending; fewer than `count` when the limits are reached
   */
  issue(reservation: Reservation, count: number, nowMs: number, make: () => Pair): { number: bigint; pair: Pair }[] {
    const key = shelfKey(reservation);
    let shelf = this.#shelves.get(key);
    if (shelf !== undefined && shelf.connectionId !== reservation.connectionId) {
      empty(shelf);
      shelf = undefined;
    }
    if (shelf === undefined) {
      if (this.#shelves.size >= RESERVATIONS_MAX) return [];
      const { connectionId, coordinator } = reservation;
      shelf = { connectionId, coordinator, pairs: new Map(), next: 1n };
      this.#shelves.set(key, shelf);
    }
    const issued: { number: bigint; pair: Pair }[] = [];
    // The oldest pairs make room: a coordinator that asks again has lost or dropped them.
    while (shelf.pairs.size > PAIRS_PER_RESERVATION_MAX - count) {
      const oldest = shelf.pairs.entries().next().value;
      if (oldest === undefined) break;
      oldest[1].pair.destroy();
      shelf.pairs.delete(oldest[0]);
    }
    for (let i = 0; i < Math.min(count, PAIRS_PER_RESERVATION_MAX); i++) {
      const number = shelf.next++;
      const pair = make();
      shelf.pairs.set(number, { pair, madeMs: nowMs });
      issued.push({ number, pair });
    }
    return issued;
  }

  /** Takes a pair out for good; undefined when it is not there, was taken, or is reserved for something else. */
  take(reservation: Reservation, number: bigint): Pair | undefined {
    const shelf = this.#shelves.get(shelfKey(reservation));
    if (shelf === undefined || shelf.connectionId !== reservation.connectionId) return undefined;
    const found = shelf.pairs.get(number);
    shelf.pairs.delete(number);
    return found?.pair;
  }

  /** Voids everything reserved for a coordinator: its connection is gone. */
  voidCoordinator(coordinator: string): void {
    for (const [key, shelf] of this.#shelves) {
      if (shelf.coordinator !== coordinator) continue;
      empty(shelf);
      this.#shelves.delete(key);
    }
  }

  /** Destroys pairs made before `beforeMs`: an old pool in a paused or cloned machine is worth nothing. */
  expire(beforeMs: number): void {
    for (const shelf of this.#shelves.values()) {
      for (const [number, { pair, madeMs }] of shelf.pairs) {
        if (madeMs >= beforeMs) break;
        pair.destroy();
        shelf.pairs.delete(number);
      }
    }
  }

  /** Unused pairs in all reservations. */
  size(): number {
    let size = 0;
    for (const { pairs } of this.#shelves.values()) size += pairs.size;
    return size;
  }
}

function shelfKey({ chainId, signerSet, coordinator }: Reservation): string {
  // What has no spaces stands first, and how long the next name is before it: no two reservations read the same.
  return `${signerSet.join()} ${coordinator.length} ${coordinator} ${chainId}`;
}

function empty<Pair extends Destroyable>(shelf: Shelf<Pair>): void {
  for (const { pair } of shelf.pairs.values()) pair.destroy();
  shelf.pairs.clear();
}
