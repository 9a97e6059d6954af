import { encodeCelestiaRawBytes } from '@quorumsign/sign-state';
import { describe, expect, it } from 'vitest';
import {
  EXTENSION_BYTES_MAX,
  encodeReply,
  handleMessage,
  handleRequest,
  type NodeProposal,
  type NodeReply,
  type NodeRequest,
  type NodeVote,
  REPLY_BYTES_MAX,
  type RequestContext,
  type SignOutcome,
} from '../src/index.js';
import {
  extensionSignBytes,
  proposalSignBytes,
  signVoteRequest,
  voteSignBytes,
} from '../src/test-node/node-messages.js';
import { CHAIN_ID, KeyBackend } from './fakes.js';
import { hex, toHex } from './vectors.js';

const HASH = new Uint8Array(32).fill(0xaa);
const BLOCK = { hash: HASH, partSetTotal: 1, partSetHash: new Uint8Array(32).fill(0xbb) };
const TIME = { seconds: 1_700_000_000n, nanos: 123_456_789 };
const NO_BYTES = new Uint8Array(0);
const NEVER = new AbortController().signal;

const precommit: NodeVote = {
  type: 2,
  height: 5n,
  round: 1,
  blockId: BLOCK,
  timestamp: TIME,
  validatorAddress: new Uint8Array(20).fill(1),
  validatorIndex: 3,
  extension: NO_BYTES,
  nonRpExtension: NO_BYTES,
};
const proposal: NodeProposal = { type: 32, height: 5n, round: 1, polRound: -1, blockId: BLOCK, timestamp: TIME };

function setUp(override?: SignOutcome, changes: Partial<RequestContext> = {}) {
  const backend = new KeyBackend();
  if (override !== undefined) backend.override = () => Promise.resolve(override);
  const context: RequestContext = { chainId: CHAIN_ID, backend, signExtensions: 'when-wanted', ...changes };
  return { backend, context };
}

function askVote(
  vote: Partial<NodeVote>,
  changes: { chainId?: string; skipExtensionSigning?: boolean } = {},
): NodeRequest {
  const { chainId = CHAIN_ID, skipExtensionSigning = false } = changes;
  return { kind: 'sign-vote', chainId, skipExtensionSigning, vote: { ...precommit, ...vote } };
}

function askProposal(changes: Partial<NodeProposal>, chainId = CHAIN_ID): NodeRequest {
  return { kind: 'sign-proposal', chainId, proposal: { ...proposal, ...changes } };
}

async function replyTo(request: NodeRequest, context: RequestContext): Promise<NodeReply> {
  const handled = await handleRequest(request, context, NEVER);
  if (handled.kind !== 'reply') throw new Error(handled.reason);
  return handled.reply;
}

describe('what is signed', () => {
  it.each([
    ['a prevote', { type: 1 }],
    ['a precommit', {}],
    ['a precommit for nil', { blockId: undefined }],
    ['height and round 0', { height: 0n, round: 0 }],
    ['the highest height and round', { height: 2n ** 63n - 1n, round: 2 ** 31 - 1 }],
    ['a block id with a part set total only', { blockId: { hash: NO_BYTES, partSetTotal: 7, partSetHash: NO_BYTES } }],
    ['the epoch', { timestamp: { seconds: 0n, nanos: 0 } }],
    ['year 1', { timestamp: { seconds: -62135596800n, nanos: 0 } }],
  ] satisfies [string, Partial<NodeVote>][])('%s, over the bytes that a node checks', async (_name, change) => {
    const { backend, context } = setUp();
    expect(await replyTo(askVote(change), context)).toMatchObject({ kind: 'signed-vote' });
    const vote = { ...precommit, ...change };
    const expected = voteSignBytes({ ...vote, type: vote.type === 1 ? 'prevote' : 'precommit' }, CHAIN_ID);
    expect(toHex(backend.requests[0]?.signBytes ?? NO_BYTES)).toBe(toHex(expected));
  });

  it.each([-1, 0, 7])('a proposal with pol_round %i, over the bytes that a node checks', async (polRound) => {
    const { backend, context } = setUp();
    const reply = await replyTo(askProposal({ polRound }), context);
    expect(reply).toMatchObject({ kind: 'signed-proposal', timestamp: TIME });
    const expected = proposalSignBytes({ ...proposal, blockId: BLOCK, polRound }, CHAIN_ID);
    expect(toHex(backend.requests[0]?.signBytes ?? NO_BYTES)).toBe(toHex(expected));
  });

  it('the timestamp of the outcome is answered, not that of the request', async () => {
    const timestamp = { seconds: 1n, nanos: 2 };
    const outcome: SignOutcome = {
      kind: 'signed',
      signature: new Uint8Array(64),
      timestamp,
      extensionSignature: new Uint8Array(64),
    };
    expect(await replyTo(askVote({}), setUp(outcome).context)).toMatchObject({ timestamp });
  });
});

describe('vote extensions', () => {
  const extension = new Uint8Array([1, 2, 3]);

  it.each([
    ['a precommit with an extension', { extension }, {}, {}, true],
    ['a precommit with an empty extension', {}, {}, {}, true],
    ['a precommit that says to skip it', { extension }, { skipExtensionSigning: true }, {}, false],
    ['a precommit on a chain set to never', { extension }, {}, { signExtensions: 'never' }, false],
    ['a precommit for nil', { blockId: undefined }, {}, {}, false],
    ['a prevote', { type: 1 }, {}, {}, false],
  ] satisfies [string, Partial<NodeVote>, object, Partial<RequestContext>, boolean][])(
    'of %s',
    async (_name, vote, request, changes, wanted) => {
      const { backend, context } = setUp(undefined, changes);
      const reply = await replyTo(askVote(vote, request), context);
      if (reply.kind !== 'signed-vote') throw new Error('refused');
      expect(reply.extensionSignature !== undefined).toBe(wanted);
      const signed = backend.requests[0]?.extensionSignBytes;
      const expected = extensionSignBytes({ ...precommit, ...vote, blockId: BLOCK, type: 'precommit' }, CHAIN_ID);
      expect(signed && toHex(signed)).toBe(wanted ? toHex(expected) : undefined);
    },
  );

  it('of the largest size are signed, and the reply stays far below what nodes read', async () => {
    const vote = { ...precommit, type: 'precommit', extension: new Uint8Array(EXTENSION_BYTES_MAX).fill(7) } as const;
    const bytes = signVoteRequest(vote, {
      chainId: CHAIN_ID,
      validatorAddress: precommit.validatorAddress,
      skipExtensionSigning: false,
    });
    const { backend, context } = setUp();
    const handled = await handleMessage(bytes, context, NEVER);
    if (handled.kind !== 'reply') throw new Error(handled.reason);
    expect(backend.requests[0]?.extensionSignBytes?.length).toBeGreaterThan(EXTENSION_BYTES_MAX);
    expect(handled.bytes.length).toBeLessThan(400);
  });
});

describe('what is refused in-band, without asking the backend', () => {
  it.each([
    ['a vote of unknown type', askVote({ type: 0 }), 'vote type must be 1'],
    ['a vote of type proposal', askVote({ type: 32 }), 'vote type must be 1'],
    ['a vote for another chain', askVote({}, { chainId: 'other' }), 'answers for chain "test-chain"'],
    ['a vote for no chain', askVote({}, { chainId: '' }), 'the request is for ""'],
    ['a negative height', askVote({ height: -1n }), 'height'],
    ['a negative round', askVote({ round: -1 }), 'round'],
    ['a block hash of 31 bytes', askVote({ blockId: { ...BLOCK, hash: HASH.subarray(1) } }), '0 or 32'],
    ['a block hash of 33 bytes', askVote({ blockId: { ...BLOCK, hash: new Uint8Array(33) } }), '0 or 32'],
    ['a part set hash of 1 byte', askVote({ blockId: { ...BLOCK, partSetHash: new Uint8Array(1) } }), '0 or 32'],
    ['negative nanos', askVote({ timestamp: { seconds: 0n, nanos: -1 } }), 'nanos'],
    ['nanos of a second', askVote({ timestamp: { seconds: 0n, nanos: 1_000_000_000 } }), 'nanos'],
    ['a time before year 1', askVote({ timestamp: { seconds: -62135596801n, nanos: 0 } }), 'seconds'],
    ['a time after year 9999', askVote({ timestamp: { seconds: 253402300800n, nanos: 0 } }), 'seconds'],
    ['an extension on a prevote', askVote({ type: 1, extension: HASH }), 'only come with a precommit for a block'],
    ['an extension on a nil precommit', askVote({ blockId: undefined, extension: HASH }), 'precommit for a block'],
    ['an extension over 1 MiB', askVote({ extension: new Uint8Array(EXTENSION_BYTES_MAX + 1) }), 'at most 1048576'],
    ['a non-replay-protected extension', askVote({ nonRpExtension: HASH }), 'non-replay-protected'],
    ['an address that would swell the reply', askVote({ validatorAddress: new Uint8Array(21) }), 'at most 20 bytes'],
    ['a proposal of another type', askProposal({ type: 1 }), 'proposal type must be 32'],
    ['a proposal for another chain', askProposal({}, 'other'), 'the request is for "other"'],
    ['a proposal with pol_round -2', askProposal({ polRound: -2 }), 'pol_round'],
    ['a proposal of negative height', askProposal({ height: -5n }), 'height'],
  ] satisfies [string, NodeRequest, string][])('%s', async (_name, request, words) => {
    const { backend, context } = setUp();
    const reply = await replyTo(request, context);
    expect(reply).toMatchObject({ kind: 'refused', request: request.kind });
    expect(reply.kind === 'refused' ? reply.message : '').toContain(words);
    expect(backend.requests).toEqual([]);
    expect(encodeReply(reply).length).toBeLessThan(REPLY_BYTES_MAX);
  });

  it('a chain id of a megabyte, in words that fit a reply', async () => {
    const reply = await replyTo({ kind: 'pub-key', chainId: '"'.repeat(1_000_000) }, setUp().context);
    expect(reply.kind).toBe('refused');
    expect(encodeReply(reply).length).toBeLessThan(1_000);
  });
});

describe('raw bytes', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const ask = (value: string, rawBytes = '', uniqueId = ''): NodeRequest => ({
    kind: 'sign-bytes',
    value: bytes(value),
    rawBytes: bytes(rawBytes),
    uniqueId,
  });

  it('of CometBFT 1.0 go to the backend as they are, and the signature comes back', async () => {
    const { backend, context } = setUp();
    const reply = await replyTo(ask('oracle/v1:1'), context);
    expect(reply).toMatchObject({ kind: 'signed-bytes' });
    expect(backend.rawRequests).toEqual([{ chainId: CHAIN_ID, kind: 'sign-bytes', bytes: bytes('oracle/v1:1') }]);
    expect(Buffer.from(encodeReply(reply)).toString('hex')).toMatch(/^52420a40[0-9a-f]{128}$/);
  });

  it('of Celestia are wrapped with their domain, where the chain speaks Celestia', async () => {
    const { backend, context } = setUp(undefined, { rawMessages: 'celestia' });
    expect(await replyTo(ask(CHAIN_ID, 'promise', 'fibre-1'), context)).toMatchObject({ kind: 'signed-bytes' });
    const wrapped = encodeCelestiaRawBytes({ chainId: CHAIN_ID, rawBytes: bytes('promise'), uniqueId: 'fibre-1' });
    expect(backend.rawRequests).toEqual([{ chainId: CHAIN_ID, kind: 'celestia', bytes: wrapped }]);
  });

  it('of Celestia for another chain are refused in-band', async () => {
    const { backend, context } = setUp(undefined, { rawMessages: 'celestia' });
    expect(await replyTo(ask('other', 'promise', 'fibre-1'), context)).toMatchObject({
      kind: 'refused',
      request: 'sign-bytes',
    });
    expect(backend.rawRequests).toEqual([]);
  });

  it('that the backend denies are refused in-band; given up they get no answer', async () => {
    const { backend, context } = setUp();
    backend.overrideRaw = () => ({ kind: 'denied', message: 'raw bytes are off' });
    expect(await replyTo(ask('x'), context)).toEqual({
      kind: 'refused',
      request: 'sign-bytes',
      message: 'raw bytes are off',
    });
    backend.overrideRaw = () => ({ kind: 'gave-up', reason: 'no quorum' });
    expect(await handleRequest(ask('x'), context, NEVER)).toEqual({ kind: 'gave-up', reason: 'no quorum' });
  });

  it('with a signature of another length are never answered', async () => {
    const { backend, context } = setUp();
    backend.overrideRaw = () => ({ kind: 'signed', signature: new Uint8Array(63) });
    await expect(handleRequest(ask('x'), context, NEVER)).rejects.toThrow(/BACKEND_OUTCOME_INVALID.*63 bytes/);
  });
});

describe("2.0's second extension", () => {
  const second = { nonRpExtension: new TextEncoder().encode('bridge/v1:1') };

  it.each([
    ['filled', second],
    ['empty', {}],
  ])('%s is signed with a precommit for a block, and never echoed', async (_name, over) => {
    const { backend, context } = setUp(undefined, { secondExtension: true });
    const reply = await replyTo(askVote(over), context);
    if (reply.kind !== 'signed-vote') throw new Error(reply.kind);
    expect(reply.secondExtensionSignature).toHaveLength(64);
    expect(backend.rawRequests).toHaveLength(1);
    const encoded = Buffer.from(encodeReply(reply)).toString('hex');
    expect(encoded).toContain('6240');
    expect(encoded).not.toContain(Buffer.from('bridge').toString('hex'));
  });

  it.each([
    ['a prevote', askVote({ type: 1 })],
    ['a nil precommit', askVote({ blockId: undefined })],
    ['a precommit whose extensions the node skips', askVote({}, { skipExtensionSigning: true })],
  ])('is not signed with %s', async (_name, request) => {
    const { backend, context } = setUp(undefined, { secondExtension: true });
    expect(await replyTo(request, context)).toMatchObject({ kind: 'signed-vote', secondExtensionSignature: undefined });
    expect(backend.rawRequests).toEqual([]);
  });

  it('that is denied refuses the vote, with the reason', async () => {
    const { backend, context } = setUp(undefined, { secondExtension: true });
    backend.overrideRaw = () => ({ kind: 'denied', message: 'no prefix' });
    expect(await replyTo(askVote(second), context)).toEqual({
      kind: 'refused',
      request: 'sign-vote',
      message: 'no prefix',
    });
  });
});

describe('answers', () => {
  it('the public key, from memory', async () => {
    const { backend, context } = setUp();
    const reply = await replyTo({ kind: 'pub-key', chainId: CHAIN_ID }, context);
    expect(reply).toEqual({ kind: 'pub-key', publicKey: backend.publicKey(CHAIN_ID) });
  });

  it('a public key request for another chain is refused', async () => {
    const reply = await replyTo({ kind: 'pub-key', chainId: 'other' }, setUp().context);
    expect(reply).toMatchObject({ kind: 'refused', request: 'pub-key' });
  });

  it('a chain whose key the backend has not is refused', async () => {
    const { context } = setUp(undefined, { chainId: 'unknown-chain' });
    expect(await replyTo({ kind: 'pub-key', chainId: 'unknown-chain' }, context)).toMatchObject({ kind: 'refused' });
  });

  it('a ping without asking the backend', async () => {
    const { backend, context } = setUp();
    expect(await replyTo({ kind: 'ping' }, context)).toEqual({ kind: 'ping' });
    expect(backend.requests).toEqual([]);
  });

  it.each(['', '4200', '5a00'])('what it does not know (%s) with an empty message', async (bytes) => {
    expect(await handleMessage(hex(bytes), setUp().context, NEVER)).toEqual({ kind: 'reply', bytes: NO_BYTES });
  });

  it.each([
    ['sign-vote', askVote({})],
    ['sign-proposal', askProposal({})],
  ])('a denied %s with an error of its type', async (kind, request) => {
    const message = 'height regression: last 7/0/precommit';
    const { context } = setUp({ kind: 'denied', message });
    expect(await replyTo(request, context)).toEqual({ kind: 'refused', request: kind, message });
  });

  it.each([askVote({}), askProposal({})])('nothing when the backend gave up', async (request) => {
    const { context } = setUp({ kind: 'gave-up', reason: 'no quorum' });
    expect(await handleRequest(request, context, NEVER)).toEqual({ kind: 'gave-up', reason: 'no quorum' });
  });
});

describe('a backend that breaks its contract never makes a node panic', () => {
  const sixtyFour = new Uint8Array(64);
  it.each([
    ['a short signature', askVote({}), { signature: new Uint8Array(63), extensionSignature: sixtyFour }],
    ['no extension signature', askVote({}), { signature: sixtyFour, extensionSignature: undefined }],
    ['a short extension signature', askVote({}), { signature: sixtyFour, extensionSignature: new Uint8Array(1) }],
    ['one for a prevote', askVote({ type: 1 }), { signature: sixtyFour, extensionSignature: sixtyFour }],
    [
      'one for a nil precommit',
      askVote({ blockId: undefined }),
      { signature: sixtyFour, extensionSignature: sixtyFour },
    ],
    ['one for a proposal', askProposal({}), { signature: sixtyFour, extensionSignature: sixtyFour }],
  ])('%s', async (_name, request, signatures) => {
    const { context } = setUp({ kind: 'signed', timestamp: TIME, ...signatures });
    await expect(handleRequest(request, context, NEVER)).rejects.toThrow('BACKEND_OUTCOME_INVALID');
  });

  it('a rejection', async () => {
    const { backend, context } = setUp();
    backend.override = () => Promise.reject(new Error('broken'));
    await expect(handleRequest(askVote({}), context, NEVER)).rejects.toThrow('BACKEND_OUTCOME_INVALID');
  });
});

describe('broken messages', () => {
  it.each(['00', '3b', '1aff', '1a030a020801'])('%s is thrown, not answered', async (bytes) => {
    await expect(handleMessage(hex(bytes), setUp().context, NEVER)).rejects.toThrow('MESSAGE_MALFORMED');
  });
});
