/**
 * Canonical sign bytes of Tendermint and CometBFT (v0.34.0 to v1.0.1): what a validator's signature is over.
 *
 * `uvarint(length) + protobuf` of CanonicalVote, CanonicalProposal or CanonicalVoteExtension. Encoding writes the one
 * canonical form; parsing accepts nothing else: the parsed message is encoded again and must give the same bytes, so
 * unknown fields, other field orders, padded varints, trailing bytes and broken UTF-8 are all refused. That is what lets
 * a cosigner trust the height, round and step it reads here, whatever a peer says about them.
 *
 * Reference: cometbft/cometbft v0.38.25 types/canonical.go, proto/tendermint/types/canonical.proto.
 */

import { SignBytesError } from './errors.js';
import type { Step } from './hrs.js';
import { ProtoReader, ProtoWriter } from './proto.js';
import { encodeUtf8 } from './utf8.js';

/** Largest sign bytes of a vote or proposal, bytes: ids, hashes and a chain id of at most 50 fit several times. */
export const SIGN_BYTES_MAX = 1024;
/** Largest canonical extension: 1 MiB of extension and its frame (CometBFT `MaxVoteExtensionSize`). */
export const EXTENSION_SIGN_BYTES_MAX = 1024 * 1024 + 1024;
/** Longest chain id, bytes (CometBFT `MaxChainIDLen`). */
export const CHAIN_ID_BYTES_MAX = 50;

const INT64_MAX = 2n ** 63n - 1n;
const INT32_MAX = 2 ** 31 - 1;
/** Year 1 and year 10000, the range of google.protobuf.Timestamp. */
const SECONDS_MIN = -62135596800n;
const SECONDS_MAX = 253402300800n;

const TYPE_PREVOTE = 1n;
const TYPE_PRECOMMIT = 2n;
const TYPE_PROPOSAL = 32n;

/** Nanosecond time; `seconds` since 1970, year 1 to 9999, `nanos` 0 to 999,999,999. */
export interface Timestamp {
  readonly seconds: bigint;
  readonly nanos: number;
}

/** A block id that is not nil. Hashes are 0 or 32 bytes (the reference panics on others; we refuse them). */
export interface BlockId {
  readonly hash: Uint8Array;
  /** uint32. */
  readonly partSetTotal: number;
  readonly partSetHash: Uint8Array;
}

export interface CanonicalVote {
  readonly type: 'prevote' | 'precommit';
  readonly height: bigint;
  readonly round: number;
  /** Undefined for nil. */
  readonly blockId: BlockId | undefined;
  readonly timestamp: Timestamp;
  readonly chainId: string;
}

export interface CanonicalProposal {
  readonly height: bigint;
  readonly round: number;
  /** -1 for none. */
  readonly polRound: number;
  readonly blockId: BlockId | undefined;
  readonly timestamp: Timestamp;
  readonly chainId: string;
}

export interface CanonicalExtension {
  readonly height: bigint;
  readonly round: number;
  readonly chainId: string;
  readonly extension: Uint8Array;
}

/** A vote or proposal read out of sign bytes. `bytes` are the very bytes that were parsed. */
export interface ParsedSignBytes {
  readonly step: Step;
  readonly height: bigint;
  readonly round: number;
  /** 0 for votes, which have none. */
  readonly polRound: number;
  readonly blockId: BlockId | undefined;
  readonly timestamp: Timestamp;
  readonly chainId: string;
  readonly bytes: Uint8Array;
}

/**
 * Encodes the delimited sign bytes of a prevote or precommit.
 *
 * @throws SignBytesError `SIGN_BYTES_RANGE` for a value that cannot stand in a vote
 */
export function encodeVoteSignBytes(vote: CanonicalVote): Uint8Array {
  assertCommon(vote);
  const writer = new ProtoWriter();
  writer.varint(1, vote.type === 'prevote' ? TYPE_PREVOTE : TYPE_PRECOMMIT);
  writer.sfixed64(2, vote.height);
  writer.sfixed64(3, BigInt(vote.round));
  if (vote.blockId !== undefined) writer.nested(4, writeBlockId(vote.blockId));
  writer.nested(5, writeTimestamp(vote.timestamp));
  writer.string(6, vote.chainId);
  return writer.delimited();
}

/**
 * Encodes the delimited sign bytes of a proposal.
 *
 * @throws SignBytesError `SIGN_BYTES_RANGE` for a value that cannot stand in a proposal
 */
export function encodeProposalSignBytes(proposal: CanonicalProposal): Uint8Array {
  assertCommon(proposal);
  if (!Number.isInteger(proposal.polRound) || proposal.polRound < -1 || proposal.polRound > INT32_MAX) {
    throw range('pol_round', `-1 to ${INT32_MAX}`, proposal.polRound);
  }
  const writer = new ProtoWriter();
  writer.varint(1, TYPE_PROPOSAL);
  writer.sfixed64(2, proposal.height);
  writer.sfixed64(3, BigInt(proposal.round));
  writer.varint(4, BigInt.asUintN(64, BigInt(proposal.polRound)));
  if (proposal.blockId !== undefined) writer.nested(5, writeBlockId(proposal.blockId));
  writer.nested(6, writeTimestamp(proposal.timestamp));
  writer.string(7, proposal.chainId);
  return writer.delimited();
}

/** Encodes the delimited sign bytes of a vote extension. @throws SignBytesError `SIGN_BYTES_RANGE` */
export function encodeExtensionSignBytes(extension: CanonicalExtension): Uint8Array {
  assertHeightAndRound(extension);
  const writer = new ProtoWriter();
  writer.bytes(1, extension.extension);
  writer.sfixed64(2, extension.height);
  writer.sfixed64(3, BigInt(extension.round));
  writer.string(4, extension.chainId);
  return writer.delimited();
}

/**
 * Parses the sign bytes of a vote or proposal, strictly.
 *
 * @param bytes - delimited canonical protobuf, at most {@link SIGN_BYTES_MAX} bytes
 * @throws SignBytesError `SIGN_BYTES_SIZE`, `SIGN_BYTES_MALFORMED`, `SIGN_BYTES_RANGE` or `SIGN_BYTES_NOT_CANONICAL`
 */
export function parseSignBytes(bytes: Uint8Array): ParsedSignBytes {
  if (bytes.length > SIGN_BYTES_MAX) throw tooLarge(bytes.length, SIGN_BYTES_MAX);
  const fields = ProtoReader.delimited(bytes).fields();
  const type = fields.varint(1);
  const proposal = type === TYPE_PROPOSAL;
  if (!proposal && type !== TYPE_PREVOTE && type !== TYPE_PRECOMMIT) {
    throw range('type', '1 (prevote), 2 (precommit) or 32 (proposal)', type);
  }
  const at = proposal ? 1 : 0;
  const blockId = fields.message(4 + at);
  const parsed: ParsedSignBytes = {
    step: proposal ? 'proposal' : type === TYPE_PREVOTE ? 'prevote' : 'precommit',
    height: fields.sfixed64(2),
    round: Number(fields.sfixed64(3)),
    polRound: proposal ? Number(BigInt.asIntN(64, fields.varint(4))) : 0,
    blockId: blockId === undefined ? undefined : parseBlockId(blockId),
    timestamp: parseTimestamp(fields.message(5 + at)),
    chainId: fields.string(6 + at),
    bytes: bytes.slice(),
  };
  assertCanonical(bytes, encodeParsed(parsed, parsed.timestamp));
  return parsed;
}

/** Parses the sign bytes of a vote extension, strictly; errors as {@link parseSignBytes}. */
export function parseExtensionSignBytes(bytes: Uint8Array): CanonicalExtension {
  if (bytes.length > EXTENSION_SIGN_BYTES_MAX) throw tooLarge(bytes.length, EXTENSION_SIGN_BYTES_MAX);
  const fields = ProtoReader.delimited(bytes).fields();
  const extension = {
    extension: fields.bytes(1),
    height: fields.sfixed64(2),
    round: Number(fields.sfixed64(3)),
    chainId: fields.string(4),
  };
  assertCanonical(bytes, encodeExtensionSignBytes(extension));
  return extension;
}

/**
 * Whether two messages are the same but for their timestamps (the reference's rule for replaying a signature).
 *
 * Compared field by field: what was parsed strictly has one encoding, so equal fields are equal bytes.
 */
export function equalExceptTimestamp(a: ParsedSignBytes, b: ParsedSignBytes): boolean {
  return (
    a.step === b.step &&
    a.height === b.height &&
    a.round === b.round &&
    a.polRound === b.polRound &&
    a.chainId === b.chainId &&
    equalBlockIds(a.blockId, b.blockId)
  );
}

function equalBlockIds(a: BlockId | undefined, b: BlockId | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.partSetTotal === b.partSetTotal && equalBytes(a.hash, b.hash) && equalBytes(a.partSetHash, b.partSetHash);
}

/** Byte equality; the inputs are public. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function encodeParsed(parsed: ParsedSignBytes, timestamp: Timestamp): Uint8Array {
  const { step, height, round, blockId, chainId, polRound } = parsed;
  return step === 'proposal'
    ? encodeProposalSignBytes({ height, round, polRound, blockId, timestamp, chainId })
    : encodeVoteSignBytes({ type: step, height, round, blockId, timestamp, chainId });
}

function writeBlockId(blockId: BlockId): ProtoWriter {
  for (const hash of [blockId.hash, blockId.partSetHash]) {
    if (hash.length !== 0 && hash.length !== 32) throw range('hash length', '0 or 32', hash.length);
  }
  const total = blockId.partSetTotal;
  if (!Number.isInteger(total) || total < 0 || total > 2 ** 32 - 1) throw range('part set total', 'a uint32', total);
  if (blockId.hash.length === 0 && total === 0 && blockId.partSetHash.length === 0) {
    throw range('block id', 'undefined for nil', 'an empty one');
  }
  const parts = new ProtoWriter();
  parts.varint(1, BigInt(total));
  parts.bytes(2, blockId.partSetHash);
  const writer = new ProtoWriter();
  writer.bytes(1, blockId.hash);
  writer.nested(2, parts);
  return writer;
}

function parseBlockId(reader: ProtoReader): BlockId {
  const fields = reader.fields();
  const parts = fields.message(2);
  if (parts === undefined) throw range('part set header', 'always present', 'none');
  const partFields = parts.fields();
  return { hash: fields.bytes(1), partSetTotal: Number(partFields.varint(1)), partSetHash: partFields.bytes(2) };
}

function writeTimestamp(timestamp: Timestamp): ProtoWriter {
  const { seconds, nanos } = timestamp;
  if (seconds < SECONDS_MIN || seconds >= SECONDS_MAX) throw range('seconds', 'year 1 to 9999', seconds);
  if (!Number.isInteger(nanos) || nanos < 0 || nanos > 999_999_999) throw range('nanos', '0 to 999999999', nanos);
  const writer = new ProtoWriter();
  writer.varint(1, BigInt.asUintN(64, seconds));
  writer.varint(2, BigInt(nanos));
  return writer;
}

function parseTimestamp(reader: ProtoReader | undefined): Timestamp {
  if (reader === undefined) throw range('timestamp', 'always present', 'none');
  const fields = reader.fields();
  return { seconds: BigInt.asIntN(64, fields.varint(1)), nanos: Number(fields.varint(2)) };
}

function assertCommon(message: { height: bigint; round: number; chainId: string }): void {
  assertHeightAndRound(message);
  if (encodeUtf8(message.chainId).length > CHAIN_ID_BYTES_MAX) {
    throw range('chain id', `at most ${CHAIN_ID_BYTES_MAX} bytes`, message.chainId.length);
  }
}

function assertHeightAndRound({ height, round }: { height: bigint; round: number }): void {
  if (height < 0n || height > INT64_MAX) throw range('height', `0 to ${INT64_MAX}`, height);
  if (!Number.isInteger(round) || round < 0 || round > INT32_MAX) throw range('round', `0 to ${INT32_MAX}`, round);
}

function assertCanonical(found: Uint8Array, canonical: Uint8Array): void {
  if (!equalBytes(found, canonical)) {
    throw new SignBytesError({
      code: 'SIGN_BYTES_NOT_CANONICAL',
      foundBytes: found.length,
      canonicalBytes: canonical.length,
    });
  }
}

function tooLarge(foundBytes: number, limitBytes: number): SignBytesError {
  return new SignBytesError({ code: 'SIGN_BYTES_SIZE', foundBytes, limitBytes });
}

function range(field: string, expected: string, found: unknown): SignBytesError {
  return new SignBytesError({ code: 'SIGN_BYTES_RANGE', field, expected, found: String(found) });
}
