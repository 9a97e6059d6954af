/** A second reading of requests, over the test node's protobuf reader: what bytes mean when they mean anything. */

import type { NodeRequest } from '../src/index.js';
import { WireMessage } from '../src/test-node/wire.js';

const NONE = new WireMessage(new Uint8Array(0));
const YEAR_ONE = { seconds: -62135596800n, nanos: 0 };

/** @throws if the bytes are no protobuf */
export function referenceDecode(bytes: Uint8Array): NodeRequest {
  const message = new WireMessage(bytes);
  const known = message.fields.filter((field) => field <= 10);
  const body = (field: number) => (known.includes(field) ? message.message(field) : undefined);
  const pubKey = body(1);
  if (pubKey !== undefined) return { kind: 'pub-key', chainId: text(pubKey.bytes(1)) };
  const vote = body(3);
  if (vote !== undefined) {
    return {
      kind: 'sign-vote',
      chainId: text(vote.bytes(2)),
      skipExtensionSigning: vote.varint(3) !== 0n,
      vote: readVote(vote.message(1) ?? NONE),
    };
  }
  const proposal = body(5);
  if (proposal !== undefined) {
    return {
      kind: 'sign-proposal',
      chainId: text(proposal.bytes(2)),
      proposal: readProposal(proposal.message(1) ?? NONE),
    };
  }
  if (body(7) !== undefined) return { kind: 'ping' };
  const raw = body(9);
  if (raw === undefined) return { kind: 'unknown' };
  return {
    kind: 'sign-bytes',
    value: plain(raw.bytes(1)),
    rawBytes: plain(raw.bytes(2)),
    uniqueId: text(raw.bytes(3)),
  };
}

function readVote(vote: WireMessage) {
  return {
    type: int32(vote.varint(1)),
    height: BigInt.asIntN(64, vote.varint(2)),
    round: int32(vote.varint(3)),
    blockId: readBlockId(vote.message(4) ?? NONE),
    timestamp: readTimestamp(vote.message(5)),
    validatorAddress: plain(vote.bytes(6)),
    validatorIndex: int32(vote.varint(7)),
    extension: plain(vote.bytes(9)),
    nonRpExtension: plain(vote.bytes(11)),
  };
}

function readProposal(proposal: WireMessage) {
  return {
    type: int32(proposal.varint(1)),
    height: BigInt.asIntN(64, proposal.varint(2)),
    round: int32(proposal.varint(3)),
    polRound: int32(proposal.varint(4)),
    blockId: readBlockId(proposal.message(5) ?? NONE),
    timestamp: readTimestamp(proposal.message(6)),
  };
}

function readBlockId(blockId: WireMessage) {
  const parts = blockId.message(2) ?? NONE;
  const [hash, partSetHash] = [plain(blockId.bytes(1)), plain(parts.bytes(2))];
  const partSetTotal = Number(BigInt.asUintN(32, parts.varint(1)));
  return hash.length + partSetHash.length + partSetTotal === 0 ? undefined : { hash, partSetTotal, partSetHash };
}

function readTimestamp(timestamp: WireMessage | undefined) {
  if (timestamp === undefined) return YEAR_ONE;
  return { seconds: BigInt.asIntN(64, timestamp.varint(1)), nanos: int32(timestamp.varint(2)) };
}

function int32(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}

function plain(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes);
}
