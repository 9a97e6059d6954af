/**
 * A {@link NodeReply} to the bytes of a privval `Message`, in forms that every family reads.
 *
 * A public key is sent in the fields of all families at once. A signed vote echoes the vote without its extensions:
 * nodes before v0.40 refuse a reply over 10240 bytes, and none reads an extension back. The timestamp is always there:
 * without it a node reads year 1 and its own vote fails verification. Block ids and part set headers are written even
 * when empty, as nodes do.
 */

import type { BlockId } from '@quorumsign/sign-state';
import { PrivvalError } from '../errors.js';
import { Message, type RemoteSignerError, type BlockID as WireBlockId } from '../gen/privval/privval.js';
import type { NodeReply, RefusableKind } from './node-message.js';

/** Largest protobuf that nodes before v0.40 read from a signer (CometBFT `maxRemoteSignerMsgSize`). */
export const REPLY_BYTES_MAX = 10_240;
/** Longest reason sent to a node, characters: at most 3 bytes each in UTF-8. */
export const REFUSAL_CHARACTERS_MAX = 1_000;

const EMPTY = new Uint8Array(0);
type Sum = NonNullable<Message['sum']>;

/**
 * Encodes one reply.
 *
 * @returns the protobuf `Message` without length prefix, at most {@link REPLY_BYTES_MAX} bytes
 * @throws PrivvalError `REPLY_TOO_LARGE`, a bug: requests that would lead there are refused
 */
export function encodeReply(reply: NodeReply): Uint8Array {
  const bytes = Message.encode({ sum: toSum(reply) }).finish();
  if (bytes.length > REPLY_BYTES_MAX) {
    throw new PrivvalError({ code: 'REPLY_TOO_LARGE', foundBytes: bytes.length, limitBytes: REPLY_BYTES_MAX });
  }
  return bytes;
}

function toSum(reply: NodeReply): Sum | undefined {
  switch (reply.kind) {
    case 'pub-key':
      return {
        $case: 'pubKeyResponse',
        pubKeyResponse: {
          pubKey: { ed25519: reply.publicKey },
          error: undefined,
          pubKeyBytes: reply.publicKey,
          pubKeyType: 'ed25519',
        },
      };
    case 'signed-vote':
      return signedVote(reply);
    case 'signed-proposal':
      return signedProposal(reply);
    case 'signed-bytes':
      return { $case: 'signBytesResponse', signBytesResponse: { signature: reply.signature, error: undefined } };
    case 'ping':
      return { $case: 'pingResponse', pingResponse: {} };
    case 'refused':
      return refusal(reply.request, { code: 0, description: reply.message.slice(0, REFUSAL_CHARACTERS_MAX) });
    case 'empty':
      return undefined;
  }
}

function signedVote(reply: Extract<NodeReply, { kind: 'signed-vote' }>): Sum {
  const { vote, timestamp, signature, extensionSignature, secondExtensionSignature } = reply;
  return {
    $case: 'signedVoteResponse',
    signedVoteResponse: {
      vote: {
        type: vote.type === 1 ? 1 : 2,
        height: vote.height,
        round: vote.round,
        blockId: toWireBlockId(vote.blockId),
        timestamp,
        validatorAddress: vote.validatorAddress,
        validatorIndex: vote.validatorIndex,
        signature,
        extension: EMPTY,
        extensionSignature: extensionSignature ?? EMPTY,
        nonRpExtension: EMPTY,
        nonRpExtensionSignature: secondExtensionSignature ?? EMPTY,
      },
      error: undefined,
    },
  };
}

function signedProposal(reply: Extract<NodeReply, { kind: 'signed-proposal' }>): Sum {
  const { proposal, timestamp, signature } = reply;
  return {
    $case: 'signedProposalResponse',
    signedProposalResponse: {
      proposal: {
        type: 32,
        height: proposal.height,
        round: proposal.round,
        polRound: proposal.polRound,
        blockId: toWireBlockId(proposal.blockId),
        timestamp,
        signature,
      },
      error: undefined,
    },
  };
}

/** Only the error field: its presence alone is what a node of any family looks at. */
function refusal(request: RefusableKind, error: RemoteSignerError): Sum {
  switch (request) {
    case 'pub-key':
      return {
        $case: 'pubKeyResponse',
        pubKeyResponse: { pubKey: undefined, error, pubKeyBytes: EMPTY, pubKeyType: '' },
      };
    case 'sign-vote':
      return { $case: 'signedVoteResponse', signedVoteResponse: { vote: undefined, error } };
    case 'sign-proposal':
      return { $case: 'signedProposalResponse', signedProposalResponse: { proposal: undefined, error } };
    case 'sign-bytes':
      return { $case: 'signBytesResponse', signBytesResponse: { signature: EMPTY, error } };
  }
}

function toWireBlockId(blockId: BlockId | undefined): WireBlockId {
  return {
    hash: blockId?.hash ?? EMPTY,
    partSetHeader: { total: blockId?.partSetTotal ?? 0, hash: blockId?.partSetHash ?? EMPTY },
  };
}
