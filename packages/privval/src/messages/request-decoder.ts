/**
 * Bytes of a privval `Message` to a {@link NodeRequest}, for every family over one code path.
 *
 * The structure is checked first (`wire-shape.ts`), then the generated decoder reads it; unknown fields are dropped.
 * Byte strings of the result are views of the input.
 */

import type { BlockId, Timestamp } from '@quorumsign/sign-state';
import { PrivvalError } from '../errors.js';
import {
  Message,
  type BlockID as WireBlockId,
  type Proposal as WireProposal,
  type Timestamp as WireTimestamp,
  type Vote as WireVote,
} from '../gen/privval/privval.js';
import type { NodeProposal, NodeRequest, NodeVote } from './node-message.js';
import { assertMessageShape } from './wire-shape.js';

/** Go's zero time, 0001-01-01T00:00:00Z: what a node means by leaving a timestamp out. */
const YEAR_ONE_SECONDS = -62135596800n;
const EMPTY = new Uint8Array(0);

/**
 * Decodes one request.
 *
 * @param bytes - the protobuf `Message`, without its length prefix
 * @throws PrivvalError `MESSAGE_MALFORMED`
 */
export function decodeRequest(bytes: Uint8Array): NodeRequest {
  assertMessageShape(bytes);
  const sum = decodeChecked(bytes).sum;
  switch (sum?.$case) {
    case 'pubKeyRequest':
      return { kind: 'pub-key', chainId: sum.pubKeyRequest.chainId };
    case 'signVoteRequest': {
      const { vote, chainId, skipExtensionSigning } = sum.signVoteRequest;
      return { kind: 'sign-vote', chainId, vote: toVote(vote), skipExtensionSigning };
    }
    case 'signProposalRequest': {
      const { proposal, chainId } = sum.signProposalRequest;
      return { kind: 'sign-proposal', chainId, proposal: toProposal(proposal) };
    }
    case 'pingRequest':
      return { kind: 'ping' };
    case 'signBytesRequest': {
      const { value, rawBytes, uniqueId } = sum.signBytesRequest;
      return { kind: 'sign-bytes', value, rawBytes, uniqueId };
    }
    default:
      return { kind: 'unknown' };
  }
}

function decodeChecked(bytes: Uint8Array): Message {
  try {
    return Message.decode(bytes);
  } catch (cause) {
    throw new PrivvalError({ code: 'MESSAGE_MALFORMED', offset: 0, problem: 'a value out of range' }, { cause });
  }
}

function toVote(vote: WireVote | undefined): NodeVote {
  return {
    type: vote?.type ?? 0,
    height: vote?.height ?? 0n,
    round: vote?.round ?? 0,
    blockId: toBlockId(vote?.blockId),
    timestamp: toTimestamp(vote?.timestamp),
    validatorAddress: vote?.validatorAddress ?? EMPTY,
    validatorIndex: vote?.validatorIndex ?? 0,
    extension: vote?.extension ?? EMPTY,
    nonRpExtension: vote?.nonRpExtension ?? EMPTY,
  };
}

function toProposal(proposal: WireProposal | undefined): NodeProposal {
  return {
    type: proposal?.type ?? 0,
    height: proposal?.height ?? 0n,
    round: proposal?.round ?? 0,
    polRound: proposal?.polRound ?? 0,
    blockId: toBlockId(proposal?.blockId),
    timestamp: toTimestamp(proposal?.timestamp),
  };
}

/** Nil means all three parts are empty; any one of them makes it a block id (canonical forms, section 4.4). */
function toBlockId(blockId: WireBlockId | undefined): BlockId | undefined {
  const hash = blockId?.hash ?? EMPTY;
  const partSetTotal = blockId?.partSetHeader?.total ?? 0;
  const partSetHash = blockId?.partSetHeader?.hash ?? EMPTY;
  if (hash.length === 0 && partSetTotal === 0 && partSetHash.length === 0) return undefined;
  return { hash, partSetTotal, partSetHash };
}

function toTimestamp(timestamp: WireTimestamp | undefined): Timestamp {
  return timestamp === undefined
    ? { seconds: YEAR_ONE_SECONDS, nanos: 0 }
    : { seconds: timestamp.seconds, nanos: timestamp.nanos };
}
