import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { assertExtensions, type TestNodeFamily } from '../src/test-node/node-checks.js';
import { type SignedReply, signVoteRequest, type TestVote } from '../src/test-node/node-messages.js';
import { rawBytesSignBytes, signBytesRequest, signRawBytesRequest } from '../src/test-node/raw-messages.js';
import { CHAIN_ID, KeyBackend } from './fakes.js';
import { messageVectors, toHex } from './vectors.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest();
const derived = (name: string) => messageVectors.derived.find((entry) => entry.name.startsWith(name))?.message;

/** The example vote of the vectors, as their description says. */
const EXAMPLE: TestVote = {
  type: 'precommit',
  height: 3n,
  round: 2,
  blockId: {
    hash: sha256('blockID_hash'),
    partSetTotal: 1_000_000,
    partSetHash: sha256('blockID_part_set_header_hash'),
  },
  timestamp: { seconds: BigInt(Date.UTC(2019, 9, 13, 16, 14, 44) / 1000), nanos: 0 },
  extension: Buffer.from('extension'),
};

describe('what the test node writes', () => {
  const options = {
    chainId: '',
    validatorAddress: sha256('validator_address').subarray(0, 20),
    validatorIndex: 56_789,
    skipExtensionSigning: false,
  };

  it.each([
    { family: '0.38', name: 'Vote Request', vote: EXAMPLE },
    {
      family: '2.0',
      name: 'Vote with NRP-VE Request',
      vote: { ...EXAMPLE, secondExtension: Buffer.from('non-rp-extension') },
    },
  ])('is what CometBFT $family writes: $name', ({ family, name, vote }) => {
    expect(toHex(signVoteRequest(vote, options))).toBe(messageVectors.families[family]?.messages[name]);
  });

  it('is a SignBytesRequest of 1.0 and 2.0, and a SignRawBytesRequest of Celestia', () => {
    expect(toHex(signBytesRequest(Buffer.from('abc')))).toBe(derived('SignBytesRequest'));
    const raw = { chainId: 'test_chain_id', rawBytes: Buffer.from('abc'), uniqueId: 'id-1' };
    expect(toHex(signRawBytesRequest(raw))).toBe(derived('SignRawBytesRequest'));
  });

  it("has Celestia's signature over a text of its own and the delimited request", () => {
    const raw = { chainId: 'test_chain_id', rawBytes: Buffer.from('abc'), uniqueId: 'id-1' };
    const body = derived('SignRawBytesRequest')?.slice('4a'.length);
    expect(toHex(rawBytesSignBytes(raw))).toBe(toHex(Buffer.from('COMET::RAW_BYTES::SIGN')) + body);
  });
});

describe('the extension signatures of a vote', () => {
  const backend = new KeyBackend();
  const key = backend.publicKey(CHAIN_ID) ?? new Uint8Array();
  const none = Buffer.alloc(0);
  const junk = Buffer.alloc(64, 1);
  const reply = (extensionSignature: Buffer, secondExtensionSignature: Buffer): SignedReply => ({
    error: undefined,
    signature: none,
    timestamp: EXAMPLE.timestamp,
    extensionSignature,
    secondExtensionSignature,
  });
  const check = (family: TestNodeFamily, vote: TestVote, signed: SignedReply, extensionsEnabled = true) =>
    assertExtensions(vote, signed, { family, extensionsEnabled, chainId: CHAIN_ID, key });
  const nil = { ...EXAMPLE, blockId: undefined };

  it.each([
    { what: 'one that 0.38 misses', family: '0.38', vote: EXAMPLE, signed: reply(none, none), code: 'NODE_PANIC' },
    { what: 'one for nil', family: '0.38', vote: nil, signed: reply(junk, none), code: 'NODE_PANIC' },
    { what: 'a second for nil', family: '2.0', vote: nil, signed: reply(none, junk), code: 'NODE_PANIC' },
    { what: 'a false one', family: '1.0', vote: EXAMPLE, signed: reply(junk, none), code: 'SIGNATURE_INVALID' },
  ] as const)('end a real node: $what', ({ family, vote, signed, code }) => {
    expect(() => check(family, vote, signed)).toThrow(code);
  });

  it('that nobody asked for are no matter to 0.34, nor to a chain without extensions', () => {
    check('0.34', EXAMPLE, reply(junk, junk));
    for (const family of ['0.38', '1.0', '2.0', 'celestia'] as const) check(family, EXAMPLE, reply(junk, junk), false);
  });

  it('are two for 2.0, the second over the bytes as they are', async () => {
    const secondExtension = Buffer.from('price: 3');
    const signature = async (bytes: Uint8Array) => {
      const outcome = await backend.signRaw(
        { chainId: CHAIN_ID, kind: 'second-extension', bytes },
        new AbortController().signal,
      );
      if (outcome.kind !== 'signed') throw new Error(outcome.kind);
      return Buffer.from(outcome.signature);
    };
    const vote = { ...EXAMPLE, extension: Buffer.alloc(0), secondExtension };
    // CanonicalVoteExtension: height, round, chain id.
    const canonical = Buffer.from(`110300000000000000190200000000000000220a${toHex(Buffer.from(CHAIN_ID))}`, 'hex');
    const first = await signature(Buffer.concat([Buffer.of(canonical.length), canonical]));
    check('2.0', vote, reply(first, await signature(secondExtension)));
    expect(() => check('2.0', vote, reply(first, none))).toThrow('NODE_PANIC');
    expect(() => check('2.0', vote, reply(first, first))).toThrow('SIGNATURE_INVALID');
  });
});
