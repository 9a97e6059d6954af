/**
 * Points kept decoded in the module's memory, and the slots they lie in.
 *
 * The number of slots is fixed. A point holds its slot until it is released; used afterwards, or with another module than its
 * own, it throws: the slot may hold another point by then.
 */

/** Slots of one size in a row. */
export class Slots {
  readonly #free: number[];
  readonly #tag: number;

  /** @param tag - added to an address to say what lies there: 1 for a table */
  constructor(options: { firstAddress: number; slotBytes: number; count: number; tag: 0 | 1 }) {
    const { firstAddress, slotBytes, count, tag } = options;
    // The lowest address is taken first.
    this.#free = Array.from({ length: count }, (_, at) => firstAddress + (count - 1 - at) * slotBytes);
    this.#tag = tag;
  }

  get free(): number {
    return this.#free.length;
  }

  /** Fills a free slot; undefined when none is left. @param fill - false when the point is no point */
  take(fill: (address: number) => boolean): PreparedPoint | 'malformed' | undefined {
    const address = this.#free.pop();
    if (address === undefined) return undefined;
    if (fill(address)) return new PreparedPoint(this, address + this.#tag);
    this.#free.push(address);
    return 'malformed';
  }

  /** Takes a slot back. */
  give(term: number): void {
    this.#free.push(term - this.#tag);
  }
}

export class PreparedPoint {
  readonly #slots: Slots;
  readonly #term: number;
  #released = false;

  /** @param term - address of the slot, with its tag */
  constructor(slots: Slots, term: number) {
    this.#slots = slots;
    this.#term = term;
  }

  get released(): boolean {
    return this.#released;
  }

  /** The slot's address for the module. @param own - the slots of that module */
  termFor(own: readonly Slots[]): number {
    if (this.#released) throw new Error('impossible: a prepared point used after its release');
    if (!own.includes(this.#slots)) throw new Error('impossible: a prepared point of another module');
    return this.#term;
  }

  /** Gives the slot back; again is nothing. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#slots.give(this.#term);
  }
}
