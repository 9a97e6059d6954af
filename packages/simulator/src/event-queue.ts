/** What will happen, in order of virtual time; of two at one time, the one that was planned first. */

interface Planned {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

export class EventQueue {
  /** Virtual time, milliseconds. */
  nowMs = 0;
  readonly #heap: Planned[] = [];
  #order = 0;

  /** Runs `run` after `delayMs`. */
  after(delayMs: number, run: () => void): void {
    this.at(this.nowMs + delayMs, run);
  }

  at(atMs: number, run: () => void): void {
    const heap = this.#heap;
    const added = { atMs: Math.max(atMs, this.nowMs), order: this.#order++, run };
    let at = heap.push(added) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const above = heap[up];
      if (above === undefined || isBefore(above, added)) break;
      heap[at] = above;
      at = up;
    }
    heap[at] = added;
  }

  /** Moves the clock to the next event and takes it out; undefined when there is none until `endMs`. */
  next(endMs: number): (() => void) | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.atMs > endMs) {
      this.nowMs = Math.max(this.nowMs, endMs);
      return undefined;
    }
    const last = heap.pop();
    if (last !== undefined && last !== first) this.#sink(last);
    this.nowMs = first.atMs;
    return first.run;
  }

  #sink(moved: Planned): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      const [left, right] = [heap[down], heap[down + 1]];
      if (left === undefined) break;
      let below = left;
      if (right !== undefined && isBefore(right, left)) {
        below = right;
        down += 1;
      }
      if (isBefore(moved, below)) break;
      heap[at] = below;
      at = down;
    }
    heap[at] = moved;
  }
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
