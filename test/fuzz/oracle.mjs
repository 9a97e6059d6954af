// Judges what a signer answered: a signature must be over exactly what the request's bytes mean, by a reading and by sign bytes that
// are the fuzzer's own (cometbft v0.38 types/canonical.go), and must pass the rule against double signs over everything answered before.

import { createPublicKey, verify } from 'node:crypto';
import { delimit, encode, Meaningless, read } from './wire.mjs';

const YEAR_ONE = -62135596800n;
const TIMESTAMP = { 1: 'varint', 2: 'varint' };
const BLOCK_ID = { 1: 'bytes', 2: { 1: 'varint', 2: 'bytes' } };
const ERROR = { 1: 'varint', 2: 'bytes' };
const VOTE = {
  1: 'varint',
  2: 'varint',
  3: 'varint',
  4: BLOCK_ID,
  5: TIMESTAMP,
  6: 'bytes',
  7: 'varint',
  8: 'bytes',
  9: 'bytes',
  10: 'bytes',
  11: 'bytes',
  12: 'bytes',
};
const PROPOSAL = { 1: 'varint', 2: 'varint', 3: 'varint', 4: 'varint', 5: BLOCK_ID, 6: TIMESTAMP, 7: 'bytes' };
const KEY = { 1: 'bytes', 2: 'bytes' };
const MESSAGE = {
  1: { 1: 'bytes' },
  2: { 1: KEY, 2: ERROR, 3: 'bytes', 4: 'bytes' },
  3: { 1: VOTE, 2: 'bytes', 3: 'varint' },
  4: { 1: VOTE, 2: ERROR },
  5: { 1: PROPOSAL, 2: 'bytes' },
  6: { 1: PROPOSAL, 2: ERROR },
  7: {},
  8: {},
  9: { 1: 'bytes', 2: 'bytes', 3: 'bytes' },
  10: { 1: 'bytes', 2: ERROR },
};
const EXTENSION_BYTES_MAX = 1024 * 1024;
/** Largest reply that nodes before 0.40 read. */
const REPLY_BYTES_MAX = 10_240;

export class Oracle {
  #key;
  #keyHex;
  #chainId;
  /** By height, round and step: what was asked at a time when it could be signed, without its time. */
  #asked = new Map();
  /** The same, answered. */
  #signed = new Map();
  #highest = undefined;
  signatures = 0;
  violations = [];

  constructor(chainId, publicKey) {
    this.#chainId = chainId;
    this.#keyHex = publicKey.toString('hex');
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: publicKey.toString('base64url') };
    this.#key = createPublicKey({ key: jwk, format: 'jwk' });
  }

  /** To be called before the request leaves. @returns what {@link judge} needs */
  ask(request) {
    const meaning = meaningOf(request, this.#chainId);
    if (meaning.kind !== 'sign') return { request, meaning };
    const { hrs, key, content } = meaning;
    const regression = this.#highest !== undefined && compare(hrs, this.#highest) < 0;
    if (!regression) {
      const contents = this.#asked.get(key) ?? new Set();
      this.#asked.set(key, contents.add(content));
    }
    return { request, meaning };
  }

  /** @returns `signature`, `refusal` or `answer` */
  judge({ request, meaning }, reply) {
    const blame = (what) => this.violations.push(`${what}; request ${hex(request)}, reply ${hex(reply)}`);
    if (reply.length > REPLY_BYTES_MAX) blame(`a reply of ${reply.length} bytes`);
    let found;
    try {
      found = read(reply, MESSAGE);
    } catch (error) {
      if (!(error instanceof Meaningless)) throw error;
      blame(`a reply without meaning: ${error.message}`);
      return 'answer';
    }
    const signed = found[4]?.[1] ?? found[6]?.[1];
    const bearing = [signed?.[8], found[6]?.[1]?.[7], signed?.[10], signed?.[12], found[10]?.[1]].some(
      (each) => each?.length > 0,
    );
    if (found[2]?.[1]?.[1] !== undefined && hex(found[2][1][1]) !== this.#keyHex)
      blame('the public key of somebody else');
    if (!bearing) return [2, 4, 6, 10].some((field) => found[field]?.[2] !== undefined) ? 'refusal' : 'answer';
    this.signatures++;
    if (meaning.kind !== 'sign') blame(`a signature for what nobody may sign (${meaning.why})`);
    else this.#judgeSignature(meaning, found, blame);
    return 'signature';
  }

  #judgeSignature(meaning, found, blame) {
    const { key, hrs, content, step } = meaning;
    const isVote = step !== 1;
    const signed = isVote ? found[4]?.[1] : found[6]?.[1];
    if (signed === undefined) return blame('a signature in the reply to another request');
    const [signature, timestamp] = isVote ? [signed[8], signed[5]] : [signed[7], signed[6]];
    if (signature?.length !== 64) return blame('a signature that is not 64 bytes');
    if (timestamp === undefined) return blame('a signature without its timestamp');
    const bytes = signBytes(meaning, timestamp, this.#chainId);
    if (!verify(null, bytes, this.#key, signature)) blame('a signature over something else');
    if (signed[12]?.length > 0) blame('a signature of a second extension');
    if (isVote) this.#judgeExtension(meaning, signed[10], blame);
    const said = hex(signature);
    const before = this.#signed.get(key);
    if (before === undefined) {
      this.#signed.set(key, { content, said });
      if (!this.#asked.get(key)?.has(content))
        blame('a signature for what was first asked when it was below the highest');
    } else if (before.content !== content) blame(`A DOUBLE SIGNATURE at ${key}`);
    else if (before.said !== said) blame(`two signatures of one message at ${key}`);
    if (this.#highest === undefined || compare(hrs, this.#highest) > 0) this.#highest = hrs;
  }

  #judgeExtension(meaning, signature, blame) {
    const present = signature !== undefined && signature.length > 0;
    if (present !== meaning.extensionWanted)
      return blame(present ? 'an extension signature too many' : 'no extension signature');
    if (!present) return;
    const { extension, height, round } = meaning;
    const fields = [
      ...(extension.length > 0 ? [{ field: 1, bytes: extension }] : []),
      ...fixed(2, height),
      ...fixed(3, round),
      { field: 4, bytes: Buffer.from(this.#chainId) },
    ];
    if (!verify(null, delimit(encode(fields)), this.#key, signature))
      blame('an extension signature over something else');
  }
}

/** What a request means: `sign` with its parts, or why nobody may sign it. */
function meaningOf(request, chainId) {
  let found;
  try {
    found = read(request, MESSAGE);
  } catch (error) {
    if (error instanceof Meaningless) return { kind: 'other', why: error.message };
    throw error;
  }
  if (Object.keys(found).length !== 1) return { kind: 'other', why: 'not one message' };
  const body = found[3] ?? found[5];
  if (body === undefined) return { kind: 'other', why: 'no request of a vote or proposal' };
  if (!Buffer.from(chainId).equals(body[2] ?? Buffer.alloc(0))) return { kind: 'other', why: 'another chain' };
  const isVote = found[3] !== undefined;
  const it = body[1] ?? {};
  const type = int32(it[1]);
  if (isVote ? type !== 1 && type !== 2 : type !== 32) return { kind: 'other', why: `type ${type}` };
  const height = int64(it[2]);
  const round = int32(it[3]);
  const polRound = isVote ? 0 : int32(it[4]);
  if (height < 0n || round < 0 || polRound < -1) return { kind: 'other', why: 'a number below its range' };
  const blockId = it[isVote ? 4 : 5] ?? {};
  const [hash, total, partsHash] = [
    blockId[1] ?? NONE,
    Number(BigInt.asUintN(32, blockId[2]?.[1] ?? 0n)),
    blockId[2]?.[2] ?? NONE,
  ];
  if (![hash, partsHash].every(({ length }) => length === 0 || length === 32))
    return { kind: 'other', why: 'a hash of another length' };
  const nil = hash.length === 0 && partsHash.length === 0 && total === 0;
  const timestamp = it[isVote ? 5 : 6] ?? { 1: YEAR_ONE };
  const [seconds, nanos] = [int64(timestamp[1]), int32(timestamp[2])];
  if (seconds < YEAR_ONE || seconds >= 253402300800n || nanos < 0 || nanos > 999_999_999)
    return { kind: 'other', why: 'a time out of range' };
  const extension = it[9] ?? NONE;
  const extensible = type === 2 && !nil;
  if (isVote && extension.length > 0 && (!extensible || extension.length > EXTENSION_BYTES_MAX))
    return { kind: 'other', why: 'an extension' };
  if (isVote && (it[11]?.length ?? 0) > 0) return { kind: 'other', why: 'a second extension' };
  const step = type === 32 ? 1 : type + 1;
  const parts = { type, height, round, polRound, hash, total, partsHash, nil };
  const content = JSON.stringify(parts, (_key, value) => (typeof value === 'bigint' ? `${value}` : value));
  const extensionWanted = extensible && (body[3] ?? 0n) === 0n;
  return {
    kind: 'sign',
    ...parts,
    step,
    extension,
    extensionWanted,
    content,
    key: `${height}/${round}/${step}`,
    hrs: [height, BigInt(round), BigInt(step)],
  };
}

const NONE = Buffer.alloc(0);

function signBytes(meaning, timestamp, chainId) {
  const { type, height, round, polRound, hash, total, partsHash, nil } = meaning;
  const proposal = type === 32;
  const parts = [...(total === 0 ? [] : [{ field: 1, varint: BigInt(total) }]), ...filled(2, partsHash)];
  const blockId = { field: proposal ? 5 : 4, fields: [...filled(1, hash), { field: 2, fields: parts }] };
  const time = [1, 2].flatMap((field) =>
    (timestamp[field] ?? 0n) === 0n ? [] : [{ field, varint: timestamp[field] }],
  );
  return delimit(
    encode([
      { field: 1, varint: BigInt(type) },
      ...fixed(2, height),
      ...fixed(3, round),
      ...(proposal && polRound !== 0 ? [{ field: 4, varint: BigInt(polRound) }] : []),
      ...(nil ? [] : [blockId]),
      { field: proposal ? 6 : 5, fields: time },
      { field: proposal ? 7 : 6, bytes: Buffer.from(chainId) },
    ]),
  );
}

function fixed(field, value) {
  return BigInt(value) === 0n ? [] : [{ field, fixed64: BigInt(value) }];
}

function filled(field, bytes) {
  return bytes.length === 0 ? [] : [{ field, bytes }];
}

function int64(value = 0n) {
  return BigInt.asIntN(64, value);
}

function int32(value = 0n) {
  return Number(BigInt.asIntN(32, value));
}

function compare(left, right) {
  const at = left.findIndex((each, index) => each !== right[index]);
  return at < 0 ? 0 : left[at] < right[at] ? -1 : 1;
}

function hex(bytes) {
  const text = Buffer.from(bytes).toString('hex');
  return text.length > 600 ? `${text.slice(0, 600)}… (${bytes.length} bytes)` : text;
}
