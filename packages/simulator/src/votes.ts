/** The messages that simulated nodes and liars ask for. */

import {
  encodeExtensionSignBytes,
  encodeProposalSignBytes,
  encodeVoteSignBytes,
  equalBytes,
  parseSignBytes,
  type Step,
  type Timestamp,
} from '@quorumsign/sign-state';
import type { Random } from './random.js';

export interface Asked {
  readonly chainId: string;
  readonly height: bigint;
  readonly round: number;
  readonly step: Step;
  /** 0 is nil; not for proposals. */
  readonly block: number;
  /** Milliseconds, by the node's clock. */
  readonly timeMs: number;
}

export function signBytesOf({ chainId, height, round, step, block, timeMs }: Asked): Uint8Array {
  const timestamp = { seconds: BigInt(Math.floor(timeMs / 1000)), nanos: Math.floor(timeMs % 1000) * 1_000_000 + 1 };
  const blockId = block === 0 ? undefined : blockOf(block);
  if (step === 'proposal') {
    const proposed = blockId ?? blockOf(1);
    return encodeProposalSignBytes({ chainId, height, round, polRound: -1, blockId: proposed, timestamp });
  }
  return encodeVoteSignBytes({ type: step, chainId, height, round, blockId, timestamp });
}

export function extensionOf({ chainId, height, round }: Asked, content: number): Uint8Array {
  return encodeExtensionSignBytes({ chainId, height, round, extension: Uint8Array.of(1, content) });
}

/** The same vote or proposal for another block. */
export function alterBlock(signBytes: Uint8Array): Uint8Array {
  const { step, height, round, chainId, timestamp, polRound } = parseSignBytes(signBytes);
  const other = (block: number) =>
    step === 'proposal'
      ? encodeProposalSignBytes({ chainId, height, round, polRound, blockId: blockOf(block), timestamp })
      : encodeVoteSignBytes({ type: step, chainId, height, round, blockId: blockOf(block), timestamp });
  const altered = other(200);
  return equalBytes(altered, signBytes) ? other(201) : altered;
}

export function inventVote(chainId: string, height: bigint, random: Random): Uint8Array {
  const step = random.pick(['prevote', 'precommit'] as const);
  return signBytesOf({ chainId, height, round: random.below(2), step, block: 150, timeMs: 1000 });
}

function blockOf(block: number) {
  return { hash: new Uint8Array(32).fill(block), partSetTotal: 1, partSetHash: new Uint8Array(32).fill(block) };
}

/** The same message with another time. */
export function withTime(signBytes: Uint8Array, timestamp: Timestamp): Uint8Array {
  const { step, height, round, chainId, blockId, polRound } = parseSignBytes(signBytes);
  return step === 'proposal'
    ? encodeProposalSignBytes({ chainId, height, round, polRound, blockId, timestamp })
    : encodeVoteSignBytes({ type: step, chainId, height, round, blockId, timestamp });
}
