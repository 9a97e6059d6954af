/**
 * Requests as real nodes write them, replies as they read them, sign bytes as they check them.
 *
 * Written from the protocol notes (sections 3 and 4), apart from the signer's code. Block ids, part set headers and
 * timestamps are always written, other defaults never.
 */

import { delimit, type WireField, WireMessage, withoutDefaults, writeFields, writeSfixed64 } from './wire.js';

export interface TestTimestamp {
  readonly seconds: bigint;
  readonly nanos: number;
}

export interface TestBlockId {
  readonly hash: Uint8Array;
  readonly partSetTotal: number;
  readonly partSetHash: Uint8Array;
}

export interface TestVote {
  readonly type: 'prevote' | 'precommit';
  readonly height: bigint;
  readonly round: number;
  /** Undefined for nil. */
  readonly blockId: TestBlockId | undefined;
  readonly timestamp: TestTimestamp;
  /** Default empty. */
  readonly extension?: Uint8Array;
  /** 2.0's "non-replay-protected" one. Default empty. */
  readonly secondExtension?: Uint8Array;
}

export interface TestProposal {
  readonly height: bigint;
  readonly round: number;
  /** -1 for none. */
  readonly polRound: number;
  readonly blockId: TestBlockId;
  readonly timestamp: TestTimestamp;
}

/** Go's zero time: what an absent timestamp means. */
const YEAR_ONE: TestTimestamp = { seconds: -62135596800n, nanos: 0 };

export function pubKeyRequest(chainId: string): Buffer {
  return message(1, writeFields(withoutDefaults([[1, chainId]])));
}

export function pingRequest(): Buffer {
  return message(7, new Uint8Array(0));
}

export function signVoteRequest(
  vote: TestVote,
  options: { chainId: string; validatorAddress: Uint8Array; validatorIndex?: number; skipExtensionSigning: boolean },
): Buffer {
  const body = Buffer.concat([
    optional([
      [1, vote.type === 'prevote' ? 1 : 2],
      [2, vote.height],
      [3, vote.round],
    ]),
    writeFields([
      [4, blockId(vote.blockId)],
      [5, timestamp(vote.timestamp)],
    ]),
    optional([
      [6, options.validatorAddress],
      [7, options.validatorIndex ?? 0],
      [9, vote.extension ?? new Uint8Array(0)],
      [11, vote.secondExtension ?? new Uint8Array(0)],
    ]),
  ]);
  const skip = options.skipExtensionSigning ? 1 : 0;
  return message(
    3,
    Buffer.concat([
      writeFields([[1, body]]),
      optional([
        [2, options.chainId],
        [3, skip],
      ]),
    ]),
  );
}

export function signProposalRequest(proposal: TestProposal, chainId: string): Buffer {
  const body = Buffer.concat([
    optional([
      [1, 32],
      [2, proposal.height],
      [3, proposal.round],
      [4, proposal.polRound],
    ]),
    writeFields([
      [5, blockId(proposal.blockId)],
      [6, timestamp(proposal.timestamp)],
    ]),
  ]);
  return message(5, Buffer.concat([writeFields([[1, body]]), optional([[2, chainId]])]));
}

/** What a node takes from a signed vote or proposal. */
export interface SignedReply {
  readonly error: { readonly code: number; readonly description: string } | undefined;
  readonly signature: Buffer;
  /** Of a vote; a node ignores that of a proposal. */
  readonly timestamp: TestTimestamp;
  readonly extensionSignature: Buffer;
  /** 2.0 only; empty elsewhere. */
  readonly secondExtensionSignature: Buffer;
}

/** Reads SignedVoteResponse (`signatureField` 8) or SignedProposalResponse (7). */
export function readSigned(body: WireMessage, kind: 'vote' | 'proposal'): SignedReply {
  const signed = body.message(1) ?? new WireMessage(new Uint8Array(0));
  return {
    error: readError(body),
    signature: signed.bytes(kind === 'vote' ? 8 : 7),
    timestamp: readTimestamp(signed.message(kind === 'vote' ? 5 : 6)),
    extensionSignature: kind === 'vote' ? signed.bytes(10) : Buffer.alloc(0),
    secondExtensionSignature: kind === 'vote' ? signed.bytes(12) : Buffer.alloc(0),
  };
}

export function readError(body: WireMessage): { code: number; description: string } | undefined {
  const error = body.message(2);
  return error && { code: Number(error.varint(1)), description: error.bytes(2).toString('utf8') };
}

/** CanonicalVote, delimited: what the signature of a vote is over. */
export function voteSignBytes(vote: TestVote, chainId: string): Buffer {
  const parts = [optional([[1, vote.type === 'prevote' ? 1 : 2]])];
  if (vote.height !== 0n) parts.push(writeSfixed64(2, vote.height));
  if (vote.round !== 0) parts.push(writeSfixed64(3, BigInt(vote.round)));
  if (vote.blockId !== undefined) parts.push(writeFields([[4, blockId(vote.blockId)]]));
  parts.push(writeFields([[5, timestamp(vote.timestamp)]]), optional([[6, chainId]]));
  return delimit(Buffer.concat(parts));
}

/** CanonicalProposal, delimited. */
export function proposalSignBytes(proposal: TestProposal, chainId: string): Buffer {
  const parts = [optional([[1, 32]])];
  if (proposal.height !== 0n) parts.push(writeSfixed64(2, proposal.height));
  if (proposal.round !== 0) parts.push(writeSfixed64(3, BigInt(proposal.round)));
  parts.push(optional([[4, proposal.polRound]]), writeFields([[5, blockId(proposal.blockId)]]));
  parts.push(writeFields([[6, timestamp(proposal.timestamp)]]), optional([[7, chainId]]));
  return delimit(Buffer.concat(parts));
}

/** CanonicalVoteExtension, delimited. */
export function extensionSignBytes(vote: TestVote, chainId: string): Buffer {
  const parts = [optional([[1, vote.extension ?? new Uint8Array(0)]])];
  if (vote.height !== 0n) parts.push(writeSfixed64(2, vote.height));
  if (vote.round !== 0) parts.push(writeSfixed64(3, BigInt(vote.round)));
  parts.push(optional([[4, chainId]]));
  return delimit(Buffer.concat(parts));
}

function message(field: number, body: Uint8Array): Buffer {
  return writeFields([[field, body]]);
}

function optional(fields: readonly WireField[]): Buffer {
  return writeFields(withoutDefaults(fields));
}

function blockId(id: TestBlockId | undefined): Buffer {
  const parts = optional([
    [1, id?.partSetTotal ?? 0],
    [2, id?.partSetHash ?? new Uint8Array(0)],
  ]);
  return Buffer.concat([optional([[1, id?.hash ?? new Uint8Array(0)]]), writeFields([[2, parts]])]);
}

function timestamp(value: TestTimestamp): Buffer {
  return optional([
    [1, value.seconds],
    [2, value.nanos],
  ]);
}

function readTimestamp(value: WireMessage | undefined): TestTimestamp {
  if (value === undefined) return YEAR_ONE;
  return { seconds: BigInt.asIntN(64, value.varint(1)), nanos: Number(value.varint(2)) };
}
