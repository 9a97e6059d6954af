import { status } from '@grpc/grpc-js';
import { encodeVoteSignBytes } from '@quorumsign/sign-state';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PubKeyResponse, SignedVoteResponse, SignVoteRequest, type Vote } from '../src/gen/privval/privval.js';
import type { NodeServer, SignOutcome } from '../src/index.js';
import { CHAIN_ID } from './fakes.js';
import { call, Lab, type Reply, until } from './grpc-lab.js';

const PATH = '/tendermint.privval.PrivValidatorAPI/';
const vote: Vote = {
  type: 1,
  height: 5n,
  round: 0,
  blockId: { hash: new Uint8Array(32).fill(1), partSetHeader: { total: 1, hash: new Uint8Array(32).fill(2) } },
  timestamp: { seconds: 1_700_000_000n, nanos: 3 },
  validatorAddress: new Uint8Array(20),
  validatorIndex: 0,
  signature: new Uint8Array(),
  extension: new Uint8Array(),
  extensionSignature: new Uint8Array(),
  nonRpExtension: new Uint8Array(),
  nonRpExtensionSignature: new Uint8Array(),
};
const signVote = (over: Partial<Vote> = {}, chainId = CHAIN_ID) =>
  SignVoteRequest.encode({ vote: { ...vote, ...over }, chainId, skipExtensionSigning: false }).finish();
const pubKey = (chainId: string) => Uint8Array.of(0x0a, chainId.length, ...new TextEncoder().encode(chainId));

let lab: Lab;
let server: NodeServer;
beforeAll(async () => {
  lab = await Lab.create();
  server = await lab.start(lab.tls('none'));
});
afterAll(() => lab.stop());
beforeEach(() => {
  lab.backend.override = undefined;
});
const ask = (method: string, body: Uint8Array, options = {}): Promise<Reply> =>
  call(lab.client(server), `${PATH}${method}`, body, options);

describe('a call of a node', () => {
  it("for the public key is answered in every family's fields", async () => {
    const reply = await ask('GetPubKey', pubKey(CHAIN_ID));
    if (!('body' in reply)) throw new Error(reply.details);
    const { pubKey: key, pubKeyBytes, pubKeyType, error } = PubKeyResponse.decode(reply.body);
    const expected = lab.backend.publicKey(CHAIN_ID);
    expect({ key: Buffer.from(key?.ed25519 ?? []), bytes: Buffer.from(pubKeyBytes), pubKeyType, error }).toEqual({
      key: Buffer.from(expected ?? []),
      bytes: Buffer.from(expected ?? []),
      pubKeyType: 'ed25519',
      error: undefined,
    });
  });

  it('for a vote is answered with its signature and timestamp', async () => {
    const reply = await ask('SignVote', signVote());
    if (!('body' in reply)) throw new Error(reply.details);
    const signed = SignedVoteResponse.decode(reply.body);
    expect(signed.vote?.signature).toHaveLength(64);
    expect(signed.vote?.timestamp).toEqual(vote.timestamp);
    expect(signed.error).toBeUndefined();
    const { blockId: _, ...at } = vote;
    expect(lab.backend.requests.at(-1)?.signBytes).toEqual(
      encodeVoteSignBytes({
        ...at,
        type: 'prevote',
        blockId: { hash: new Uint8Array(32).fill(1), partSetTotal: 1, partSetHash: new Uint8Array(32).fill(2) },
        timestamp: { seconds: 1_700_000_000n, nanos: 3 },
        chainId: CHAIN_ID,
      }),
    );
  });

  const answers: [string, string, () => Uint8Array, SignOutcome | undefined, number, RegExp][] = [
    [
      'denied by the rule',
      'SignVote',
      signVote,
      { kind: 'denied', message: 'double sign: last signed height 5' },
      status.FAILED_PRECONDITION,
      /height 5/,
    ],
    ['given up', 'SignVote', signVote, { kind: 'gave-up', reason: 'no leader' }, status.UNAVAILABLE, /no leader/],
    ['for another chain', 'SignVote', () => signVote({}, 'other'), undefined, status.INVALID_ARGUMENT, /other/],
    ['for the key of another chain', 'GetPubKey', () => pubKey('other'), undefined, status.NOT_FOUND, /other/],
    [
      'of an unknown vote type',
      'SignVote',
      () => signVote({ type: 32 }),
      undefined,
      status.INVALID_ARGUMENT,
      /vote type/,
    ],
    [
      'that is no protobuf',
      'SignVote',
      () => Uint8Array.of(0xff, 0xff),
      undefined,
      status.INVALID_ARGUMENT,
      /MALFORMED/,
    ],
    ['for a method that is not there', 'SignBytes', () => Uint8Array.of(), undefined, status.UNIMPLEMENTED, /./],
  ];
  it.each(answers)('%s ends with a status', async (_name, method, body, outcome, code, details) => {
    if (outcome !== undefined) lab.backend.override = () => Promise.resolve(outcome);
    expect(await ask(method, body())).toMatchObject({ code, details: expect.stringMatching(details) });
  });

  it('is refused in one bounded line, whatever the reason holds', async () => {
    const message = `naïve – ${'\n\u0000'.repeat(10)}${'x'.repeat(5000)}`;
    lab.backend.override = () => Promise.resolve({ kind: 'denied', message });
    const reply = await ask('SignVote', signVote());
    if (!('details' in reply)) throw new Error('expected a refusal');
    expect(reply.details).toMatch(/^naïve – +x+$/);
    expect(reply.details.length).toBeLessThanOrEqual(1000);
  });

  it('above the size limit is refused, and the next one is answered', async () => {
    const reply = await ask('SignVote', signVote({ type: 2, extension: new Uint8Array(3 * 1024 * 1024) }));
    expect(reply).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    expect(await ask('SignVote', signVote())).toHaveProperty('body');
  });

  it('with an extension of a megabyte is signed', async () => {
    const reply = await ask('SignVote', signVote({ type: 2, extension: new Uint8Array(1024 * 1024).fill(7) }));
    if (!('body' in reply)) throw new Error(reply.details);
    expect(reply.body.length).toBeLessThan(1024);
    expect(SignedVoteResponse.decode(reply.body).vote?.extensionSignature).toHaveLength(64);
  });

  it.each(['its deadline passes', 'the node goes away'])('is withdrawn when %s', async (why) => {
    lab.backend.override = () => new Promise(() => {});
    const before = lab.backend.signals.length;
    let cancel = () => {};
    const reply = ask('SignVote', signVote(), {
      deadlineMs: why === 'its deadline passes' ? 200 : 5000,
      cancelled: (each: () => void) => {
        cancel = each;
      },
    });
    await until(() => lab.backend.signals.length > before);
    expect(lab.backend.signals[before]?.aborted).toBe(false);
    if (why === 'the node goes away') cancel();
    await until(() => lab.backend.signals[before]?.aborted === true);
    expect(await reply).toHaveProperty('code');
  });

  it('that waits is UNAVAILABLE when its server gives up', async () => {
    lab.backend.override = () => new Promise(() => {});
    const before = lab.backend.signals.length;
    const reply = ask('SignVote', signVote());
    await until(() => lab.backend.signals.length > before);
    server.giveUp('no leader for a second');
    expect(await reply).toEqual({ code: status.UNAVAILABLE, details: 'no leader for a second' });
    expect(lab.backend.signals[before]?.aborted).toBe(true);
  });

  it('of several nodes at once are each answered', async () => {
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, at) => ask('SignVote', signVote({ height: BigInt(100 + at) }))),
    );
    expect(replies.every((reply) => 'body' in reply)).toBe(true);
  });
});

describe('the health service', () => {
  const check = (service: string) =>
    call(lab.client(server), '/grpc.health.v1.Health/Check', service === '' ? new Uint8Array() : pubKey(service));

  it('says SERVING for the server and its services, and NOT_FOUND for others', async () => {
    expect(await check('')).toEqual({ body: Buffer.of(8, 1) });
    expect(await check('tendermint.privval.PrivValidatorAPI')).toEqual({ body: Buffer.of(8, 1) });
    expect(await check('other')).toMatchObject({ code: status.NOT_FOUND });
  });
});

describe('a stop', () => {
  it('ends the calls that wait with UNAVAILABLE and closes the port', async () => {
    const other = await lab.start(lab.tls('none'));
    const client = lab.client(other);
    lab.backend.override = () => new Promise(() => {});
    const before = lab.backend.signals.length;
    const reply = call(client, `${PATH}SignVote`, signVote());
    await until(() => lab.backend.signals.length > before);
    await other.stop();
    expect(await reply).toMatchObject({ code: status.UNAVAILABLE });
    expect(await call(client, `${PATH}GetPubKey`, pubKey(CHAIN_ID), { deadlineMs: 500 })).toHaveProperty('code');
    expect(other.status().connections).toBe(0);
  });
});
