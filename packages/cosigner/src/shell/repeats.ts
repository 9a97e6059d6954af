/**
 * When a line of the log that a peer can bring about at will is due: at once, and while it keeps coming once in a minute, with how
 * often it came between.
 *
 * A rolled-back cosigner sends the same refused frame some sixteen times a second; a line for each would bury the one that matters.
 * Indexes and terms differ from one to the next, so reasons that differ in numbers alone are one. A liar can make up others: what is
 * told apart of one peer is bounded, and the rest is one.
 */

const QUIET_MS = 60_000;
/** Reasons told apart of one peer. */
export const REASONS_MAX = 16;
const REST = 'the rest';

interface Said {
  atMs: number;
  repeated: number;
}

export class Repeats {
  readonly #nowMs: () => number;
  readonly #ofPeer = new Map<string, Map<string, Said>>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** @returns how often it came since it was last said; undefined: not due, and counted */
  due(peer: string, reason: string): number | undefined {
    const saidOfPeer = this.#saidOf(peer);
    const kind = reason.replace(/\d+/g, '0');
    const key = saidOfPeer.has(kind) || saidOfPeer.size < REASONS_MAX - 1 ? kind : REST;
    const said = saidOfPeer.get(key);
    if (said !== undefined && this.#nowMs() - said.atMs < QUIET_MS) {
      said.repeated++;
      return undefined;
    }
    saidOfPeer.set(key, { atMs: this.#nowMs(), repeated: 0 });
    return said?.repeated ?? 0;
  }

  /** Peers are the cosigners of the configuration, so there are few. */
  #saidOf(peer: string): Map<string, Said> {
    const said = this.#ofPeer.get(peer) ?? new Map<string, Said>();
    this.#ofPeer.set(peer, said);
    return said;
  }
}
