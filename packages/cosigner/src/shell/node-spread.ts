/**
 * When a cosigner that serves all nodes of a chain gives one of them to the other cosigners.
 *
 * A node whose signer dies is without one for 0.2 to 0.5 s: two or three tries with pauses of its own, and a handshake. If one cosigner serves
 * every node of the validator its death takes them all at once, and on a chain with a short timeout_commit that is a lost vote; if
 * two serve them, the vote goes out over the other node. Which cosigner a node takes is chance: the one that dialled first.
 */

/** A node that starts drops connections and takes others for a while. */
const SETTLED_MS = 5_000;
/** Kept for so long by another cosigner, which then signs: one that hangs or has no leader loses it within seconds. */
const TAKEN_MS = 60_000;
/** Where nobody takes and keeps it the node was without a signer for nothing: not a price to pay often. */
const AGAIN_MS = 600_000;

export interface SpreadNode {
  /** Since the node's first request on its connection to this cosigner; undefined while it has none. */
  readonly inUseForMs: number | undefined;
  /** Requests under way. */
  readonly pending: number;
}

export class NodeSpread {
  /** By chain id; forgotten once another cosigner has kept the node. */
  readonly #lastGivenMs = new Map<string, number>();

  /**
   * To be asked every second or so.
   *
   * @param nodes those of the chain that this cosigner dials
   * @param hasPeer whether any other cosigner is connected, and could take one
   * @returns the node to be given up now
   */
  toGiveUp<Node extends SpreadNode>(
    chainId: string,
    nodes: readonly Node[],
    { nowMs, hasPeer }: { readonly nowMs: number; readonly hasPeer: boolean },
  ): Node | undefined {
    const sinceMs = nowMs - (this.#lastGivenMs.get(chainId) ?? Number.NEGATIVE_INFINITY);
    if (nodes.some(({ inUseForMs }) => inUseForMs === undefined)) {
      if (sinceMs >= TAKEN_MS) this.#lastGivenMs.delete(chainId);
      return undefined;
    }
    const haveSettled = nodes.every(({ inUseForMs = 0 }) => inUseForMs >= SETTLED_MS);
    if (!hasPeer || nodes.length < 2 || !haveSettled || sinceMs < AGAIN_MS) return undefined;
    const idle = nodes.findLast(({ pending }) => pending === 0);
    if (idle !== undefined) this.#lastGivenMs.set(chainId, nowMs);
    return idle;
  }
}
