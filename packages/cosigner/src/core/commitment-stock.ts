/**
 * The coordinator's stock of published commitments: for each chain and signer set one queue a member, filled ahead of need,
 * so that a signature takes one round trip. A session takes one from every queue at once; nothing is ever put back.
 */

import type { NonceCommitment as CommitmentPoints } from '@quorumsign/frost';

export interface StockedCommitment {
  readonly number: bigint;
  readonly points: CommitmentPoints;
  /** 64 bytes as published. */
  readonly bytes: Uint8Array;
}

interface Stock {
  readonly chainId: string;
  readonly signerSet: readonly number[];
  readonly queues: Map<number, StockedCommitment[]>;
  /** By member: the batch that was asked for last and has not come. */
  readonly asked: Map<number, { readonly atMs: number; readonly urgent: boolean }>;
}

/** A batch that did not come within this is asked for again. */
const ASK_AGAIN_MS = 200;
const QUEUE_MAX = 64;
const STOCKS_MAX = 1024;

export class CommitmentStock {
  readonly #stocks = new Map<string, Stock>();

  /** One commitment of every member, or undefined when a queue is empty. */
  take(chainId: string, signerSet: readonly number[]): Map<number, StockedCommitment> | undefined {
    const stock = this.#stocks.get(stockKey(chainId, signerSet));
    if (stock === undefined || signerSet.some((member) => (stock.queues.get(member)?.length ?? 0) === 0))
      return undefined;
    const taken = new Map<number, StockedCommitment>();
    for (const member of signerSet) {
      const next = stock.queues.get(member)?.shift();
      if (next !== undefined) taken.set(member, next);
    }
    return taken;
  }

  /** Sessions that could be had now. */
  available(chainId: string, signerSet: readonly number[]): number {
    const stock = this.#stocks.get(stockKey(chainId, signerSet));
    if (stock === undefined) return 0;
    return Math.min(...signerSet.map((member) => stock.queues.get(member)?.length ?? 0));
  }

  /** Members of a set of whom there is none. */
  lacking(chainId: string, signerSet: readonly number[]): number[] {
    const queues = this.#stocks.get(stockKey(chainId, signerSet))?.queues;
    return signerSet.filter((member) => (queues?.get(member)?.length ?? 0) === 0);
  }

  /**
   * How many to ask of members for a set to have `target`, and marks them as asked for.
   *
   * @param wanted - `urgent`: a signature waits. What was asked for without haste comes when the member has nothing better to do,
   *   which a node that asks without a pause can put off: it is no reason to wait.
   * @returns by member; nobody of whom fewer than `atLeast` are missing, or a batch is on its way
   */
  due(
    wanted: {
      chainId: string;
      signerSet: readonly number[];
      members: readonly number[];
      target: number;
      atLeast: number;
      urgent: boolean;
    },
    nowMs: number,
  ): Map<number, number> {
    const { chainId, signerSet, members, target, atLeast, urgent } = wanted;
    const due = new Map<number, number>();
    const stock = this.#stock(chainId, signerSet);
    if (stock === undefined) return due;
    for (const member of members) {
      const missing = target - (stock.queues.get(member)?.length ?? 0);
      const asked = stock.asked.get(member);
      const isComing = asked !== undefined && nowMs - asked.atMs < ASK_AGAIN_MS && (asked.urgent || !urgent);
      if (missing < atLeast || isComing) continue;
      stock.asked.set(member, { atMs: nowMs, urgent });
      due.set(member, missing);
    }
    return due;
  }

  add(chainId: string, signerSet: readonly number[], member: number, commitments: readonly StockedCommitment[]): void {
    const stock = this.#stock(chainId, signerSet);
    if (stock === undefined) return;
    stock.asked.delete(member);
    const queue = stock.queues.get(member) ?? [];
    queue.push(...commitments.slice(0, Math.max(0, QUEUE_MAX - queue.length)));
    stock.queues.set(member, queue);
  }

  /** What `member` published is void: its connection is gone, or it no longer knows the numbers. */
  drop(member: number, chainId?: string, signerSet?: readonly number[]): void {
    for (const [key, stock] of this.#stocks) {
      if (chainId !== undefined && signerSet !== undefined && key !== stockKey(chainId, signerSet)) continue;
      stock.queues.delete(member);
      stock.asked.delete(member);
    }
  }

  #stock(chainId: string, signerSet: readonly number[]): Stock | undefined {
    const key = stockKey(chainId, signerSet);
    let stock = this.#stocks.get(key);
    if (stock === undefined && this.#stocks.size < STOCKS_MAX) {
      stock = { chainId, signerSet, queues: new Map(), asked: new Map() };
      this.#stocks.set(key, stock);
    }
    return stock;
  }
}

function stockKey(chainId: string, signerSet: readonly number[]): string {
  // The set first: it has no space.
  return `${signerSet.join()} ${chainId}`;
}
