import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallRefusal } from '../src/grpc/call-refusal.js';
import { answerCall } from '../src/grpc/node-service.js';
import { METHODS, type Method } from '../src/grpc/unary-message.js';
import {
  encodeDelimited,
  handleMessage,
  NodeSession,
  NoiseConnection,
  PrivvalError,
  parsePeerId,
  peerIdOf,
  REQUEST_BYTES_MIN,
  SecretConnection,
  type SecurityLayer,
} from '../src/index.js';
import { importSecretKey } from '../src/secret-connection/raw-keys.js';
import { proposalSignBytes, voteSignBytes } from '../src/test-node/node-messages.js';
import { FakeChannel, KeyBackend, ManualClock } from './fakes.js';
import { referenceDecode } from './reference-decoder.js';
import { hex, messageVectors, toHex } from './vectors.js';

/** The same cases in every run. */
const SEED = 20_261;
const identityKey = importSecretKey('ed25519', new Uint8Array(32).fill(3));
const secret = (fill: number) => new Uint8Array(32).fill(fill);

const LAYERS: Record<string, () => SecurityLayer> = {
  SecretConnection: () => new SecretConnection({ identityKey, ephemeralSecret: secret(4) }),
  Noise: () =>
    new NoiseConnection({
      identityKey,
      nodePeerId: parsePeerId(peerIdOf(secret(5))),
      staticSecret: secret(6),
      ephemeralSecret: secret(7),
    }),
};

/** Starts that get past the first look, so that what follows is looked at too. */
const heads = fc.constantFrom('', '220a20', `220a20${'09'}${'00'.repeat(31)}`, '00', '0020', '00c8', 'ffff').map(hex);
const chunks = fc.tuple(heads, fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 12 }));

describe('bytes from somebody who is not believed yet', () => {
  for (const [name, create] of Object.entries(LAYERS)) {
    it(`${name}: are refused or waited for, never anything else, whatever they are`, () => {
      fc.assert(
        fc.property(chunks, ([head, rest]) => {
          const layer = create();
          layer.hello();
          try {
            for (const chunk of [head, ...rest]) expect(layer.receive(chunk).plain).toEqual([]);
          } catch (error) {
            if (!(error instanceof PrivvalError)) throw error;
          }
          expect(layer.secured).toBe(false);
        }),
        { seed: SEED, numRuns: 400 },
      );
    });
  }
});

/** The chain of the vectors. */
const CHAIN_ID = 'test_chain_id';
/** Votes and proposals; the other messages are altered bit by bit in messages.test.ts. */
const golden = messageVectors.derived
  .map(({ message }) => hex(message))
  .filter(([tag]) => tag === 0x1a || tag === 0x2a);

/** One of the vectors, with some bytes replaced, put in or left out. */
const mutated = fc
  .tuple(
    fc.constantFrom(...golden),
    fc.array(fc.tuple(fc.nat(), fc.nat(2), fc.uint8Array({ maxLength: 3 })), { maxLength: 3 }),
  )
  .map(([message, changes]) => {
    let bytes = Buffer.from(message);
    for (const [at, removed, added] of changes) {
      const start = bytes.length === 0 ? 0 : at % bytes.length;
      bytes = Buffer.concat([bytes.subarray(0, start), added, bytes.subarray(start + removed)]);
    }
    return bytes;
  });

/** The sign bytes that a second reading and a second encoder make of a request; undefined when it asks for none. */
function meantSignBytes(message: Uint8Array): string | undefined {
  const request = referenceDecode(message);
  if (request.kind === 'sign-vote') {
    const { type, height, round, blockId, timestamp } = request.vote;
    return toHex(
      voteSignBytes({ type: type === 1 ? 'prevote' : 'precommit', height, round, blockId, timestamp }, CHAIN_ID),
    );
  }
  if (request.kind !== 'sign-proposal' || request.proposal.blockId === undefined) return undefined;
  const { height, round, polRound, blockId, timestamp } = request.proposal;
  return toHex(proposalSignBytes({ height, round, polRound, blockId, timestamp }, CHAIN_ID));
}

describe('requests altered behind the framing', () => {
  it('are answered in order, or end the session by a typed error; what reaches the backend is what the bytes mean', async () => {
    let asked = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(mutated, { maxLength: 6 }),
        fc.integer({ min: 1, max: 300 }),
        async (messages, size) => {
          const backend = new KeyBackend();
          const context = { chainId: CHAIN_ID, backend, signExtensions: 'when-wanted' } as const;
          const ignore = () => undefined;
          const channel = new FakeChannel({
            onConnected: ignore,
            onFirstByte: ignore,
            onSecured: ignore,
            onBytes: ignore,
            onClosed: ignore,
          });
          const failures: PrivvalError[] = [];
          const expected: (string | undefined)[] = [];
          const session = new NodeSession(
            { requestBytesMax: REQUEST_BYTES_MIN, silentMs: undefined },
            {
              channel,
              clock: new ManualClock(),
              handler: async (bytes, signal) => {
                const before = backend.requests.length;
                const handled = await handleMessage(bytes, context, signal);
                if (backend.requests.length > before) expected.push(meantSignBytes(bytes));
                return handled;
              },
              events: { onRequest: ignore, onGaveUp: ignore, onFailed: (error) => failures.push(error) },
            },
          );
          const stream = Buffer.concat(messages.map((message) => encodeDelimited(message)));
          for (let at = 0; at < stream.length; at += size) session.receive(stream.subarray(at, at + size));
          while (session.busy) await new Promise<void>((resolve) => setImmediate(resolve));
          // A typed error is one of the peer's doing: those that name a bug of ours are none.
          for (const { code } of failures) expect(code).toBe('MESSAGE_MALFORMED');
          expect(channel.sent.length + failures.length).toBe(
            failures.length === 0 ? messages.length : channel.sent.length + 1,
          );
          expect(backend.requests.map(({ signBytes }) => toHex(signBytes))).toEqual(expected);
          expect(backend.rawRequests.length).toBeLessThanOrEqual(messages.length);
          asked += backend.requests.length;
        },
      ),
      { seed: SEED, numRuns: 400 },
    );
    // Else nothing reached the backend, and the property would say nothing.
    expect(asked).toBeGreaterThan(100);
  });

  it('over gRPC are answered or refused by a status, never anything else', async () => {
    const methods = Object.keys(METHODS).filter((name): name is Method => name in METHODS);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...methods),
        fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })),
        async (method, body) => {
          const context = { chainId: CHAIN_ID, backend: new KeyBackend(), signExtensions: 'when-wanted' } as const;
          try {
            expect(await answerCall(method, body, context, new AbortController().signal)).toBeInstanceOf(Uint8Array);
          } catch (error) {
            if (!(error instanceof CallRefusal)) throw error;
            // INTERNAL is for bugs of ours.
            expect(error.code).not.toBe(13);
          }
        },
      ),
      { seed: SEED, numRuns: 400 },
    );
  });
});
