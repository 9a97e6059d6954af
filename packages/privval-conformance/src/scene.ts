/**
 * What checks work with: a node that the signer dials, heights that nobody has used, and votes to ask for.
 */

import { createHash } from 'node:crypto';
import type { TestBlockId, TestNode, TestProposal, TestSignResult, TestVote } from '@quorumsign/privval';

export class Scene {
  readonly node: TestNode;
  readonly chainId: string;
  #height: bigint;

  constructor(node: TestNode, chainId: string, startHeight: bigint) {
    this.node = node;
    this.chainId = chainId;
    this.#height = startHeight - 1n;
  }

  /** A height above all that were used. */
  nextHeight(): bigint {
    this.#height++;
    return this.#height;
  }

  get height(): bigint {
    return this.#height;
  }

  vote(height: bigint, over: Partial<TestVote> = {}): TestVote {
    const timestamp = { seconds: 1_700_000_000n + height, nanos: 7 };
    return { type: 'prevote', height, round: 0, blockId: blockOf(`${height}`), timestamp, ...over };
  }

  proposal(height: bigint, over: Partial<TestProposal> = {}): TestProposal {
    const timestamp = { seconds: 1_700_000_000n + height, nanos: 7 };
    return { height, round: 0, polRound: -1, blockId: blockOf(`${height}`), timestamp, ...over };
  }
}

export function blockOf(seed: string): TestBlockId {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return { hash: hash(`block ${seed}`), partSetTotal: 1, partSetHash: hash(`parts ${seed}`) };
}

/** For messages. */
export function inWords(result: TestSignResult): string {
  return result.kind === 'signed' ? 'a signature' : `a refusal (${result.description})`;
}
