/**
 * The dialer against the test node over real sockets on loopback. The node's own time limits are the assertions: where a
 * vote must come within half a second, the node waits no longer. Nothing sleeps.
 */

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type ConnectionFault,
  createNodeDialer,
  type DialerState,
  EXTENSION_BYTES_MAX,
  type NodeDialer,
  type NodeDialerOptions,
  type RequestFault,
  systemClock,
  TestNode,
  type TestNodeOptions,
  type TestVote,
} from '../src/index.js';
import { CHAIN_ID, KeyBackend, recordingLogger } from './fakes.js';
import { toHex } from './vectors.js';

const BLOCK = { hash: randomBytes(32), partSetTotal: 3, partSetHash: randomBytes(32) };
const TIMESTAMP = { seconds: 1_700_000_000n, nanos: 5 };
const precommit: TestVote = { type: 'precommit', height: 7n, round: 0, blockId: BLOCK, timestamp: TIMESTAMP };
const prevote: TestVote = { ...precommit, type: 'prevote' };
const transports = ['tcp', 'tcp over IPv6', 'unix'] as const;
type Transport = (typeof transports)[number];

let folder = '';
let cleanups: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'privval-'));
});
afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  cleanups = [];
  rmSync(folder, { recursive: true });
});

async function startNode(transport: Transport, options: Partial<TestNodeOptions> = {}): Promise<TestNode> {
  const listen = {
    tcp: 'tcp://127.0.0.1:0',
    'tcp over IPv6': 'tcp://[::1]:0',
    unix: `unix://${join(folder, 'privval.sock')}`,
  }[transport];
  const node = new TestNode(
    { listen, chainId: CHAIN_ID, pingMs: 0, retries: 0, ...options },
    { clock: systemClock, randomBytes },
  );
  await node.start();
  cleanups.push(() => node.stop());
  return node;
}

/** A started dialer, what it signs with, and a wait for its states. */
function startDialer(address: string, options: Partial<NodeDialerOptions> = {}) {
  const backend = new KeyBackend();
  const logger = recordingLogger();
  let waiting: { states: readonly DialerState[]; resolve: () => void }[] = [];
  const dialer: NodeDialer = createNodeDialer(
    { address, chainId: CHAIN_ID, identityKeySeed: randomBytes(32), backend, ...options },
    {
      clock: systemClock,
      logger,
      randomBytes,
      onStateChange: ({ state }) => {
        for (const { states, resolve } of waiting) if (states.includes(state)) resolve();
        waiting = waiting.filter(({ states }) => !states.includes(state));
      },
    },
  );
  const reaches = (...states: DialerState[]) =>
    new Promise<void>((resolve) => {
      if (states.includes(dialer.status().state)) resolve();
      else waiting.push({ states, resolve });
    });
  dialer.start();
  cleanups.push(() => dialer.stop());
  return { dialer, backend, logger, reaches };
}

describe.each(transports)('over %s', (transport) => {
  it.each(['0.34', '0.38', '1.0', 'celestia'] as const)(
    'a node %s gets its key, votes and proposals',
    async (family) => {
      const node = await startNode(transport, { family, extensionsEnabled: family !== '0.34' });
      const { backend, dialer } = startDialer(node.address);
      expect(await node.getPublicKey()).toEqual(backend.publicKey(CHAIN_ID));
      await node.ping();
      expect(await node.signVote(prevote)).toMatchObject({ kind: 'signed', extensionSignature: undefined });
      expect(await node.signVote(precommit)).toMatchObject({ kind: 'signed', timestamp: TIMESTAMP });
      expect(await node.signVote({ ...precommit, blockId: undefined })).toMatchObject({
        extensionSignature: undefined,
      });
      const proposal = { height: 8n, round: 0, polRound: -1, blockId: BLOCK, timestamp: TIMESTAMP };
      expect(await node.signProposal(proposal)).toMatchObject({ kind: 'signed' });
      expect(dialer.status()).toMatchObject({ state: 'serving', requests: 6, connections: 1, lastFailure: undefined });
    },
  );

  it('an extension of 1 MiB is signed, and no reply exceeds what nodes read', async () => {
    const node = await startNode(transport, { extensionsEnabled: true });
    startDialer(node.address);
    const extension = new Uint8Array(randomBytes(EXTENSION_BYTES_MAX));
    // The node verifies both signatures, and reads at most 10240 bytes.
    const result = await node.signVote({ ...precommit, extension });
    expect(result.kind === 'signed' ? result.extensionSignature : undefined).toHaveLength(64);
  });

  it('a refusal arrives in-band and the connection stays', async () => {
    const node = await startNode(transport);
    const { backend, dialer } = startDialer(node.address);
    backend.override = () => Promise.resolve({ kind: 'denied', message: 'double sign at 7/0/precommit' });
    const refused = { kind: 'refused', code: 0, description: 'double sign at 7/0/precommit' };
    for (let i = 0; i < 14; i++) expect(await node.signVote(precommit)).toEqual(refused);
    expect(await node.signVote(precommit, { chainId: 'other' })).toMatchObject({ kind: 'refused' });
    backend.override = undefined;
    expect(await node.signVote(precommit)).toMatchObject({ kind: 'signed' });
    expect(dialer.status().connections).toBe(1);
  });

  it('a request that is given up gets no answer, and a new connection', async () => {
    const node = await startNode(transport, { retries: 1 });
    const { backend, dialer } = startDialer(node.address);
    let first = true;
    backend.override = () => {
      if (!first) return undefined;
      first = false;
      return Promise.resolve({ kind: 'gave-up', reason: 'no quorum' });
    };
    expect(await node.signVote(precommit)).toMatchObject({ kind: 'signed' });
    expect(dialer.status().connections).toBe(2);
    expect(node.connections.accepted).toBe(2);
  });

  it('a node that restarts finds its signer within its 3 s', async () => {
    const node = await startNode(transport);
    const { dialer, reaches } = startDialer(node.address);
    await node.getPublicKey();
    const { address } = node;
    await node.stop();
    await reaches('backoff');
    const again = new TestNode(
      { listen: address, chainId: CHAIN_ID, pingMs: 0, retries: 0 },
      { clock: systemClock, randomBytes },
    );
    await again.start();
    cleanups.push(() => again.stop());
    // The first request of a node is tried once.
    expect(await again.getPublicKey()).toHaveLength(32);
    expect(dialer.status().state).toBe('serving');
  });

  const faults: RequestFault[] = [
    'half-request',
    'close-after-request',
    'oversize-request',
    'broken-protobuf',
    'altered-request',
  ];
  it.each(faults)('a node that sends %s is served on a new connection', async (fault) => {
    const node = await startNode(transport, { readTimeoutMs: 300, retries: 2 });
    const { dialer, logger } = startDialer(node.address);
    await node.getPublicKey();
    node.failNextRequest(fault);
    expect(await node.signVote(precommit)).toMatchObject({ kind: 'signed' });
    expect(dialer.status().connections).toBeGreaterThan(1);
    expect(dialer.status().lastFailure?.error).toMatch(
      /^(CONNECTION_CLOSED|MESSAGE_(TOO_LARGE|MALFORMED)|FRAME_TAG_INVALID)/,
    );
    expect(logger.lines.length).toBeLessThan(6);
  });
});

describe('a handshake', () => {
  it.each([
    ['garbage-handshake', 'HANDSHAKE_MALFORMED'],
    ['low-order-key', 'HANDSHAKE_LOW_ORDER_KEY'],
    ['reflected-key', 'HANDSHAKE_REFLECTED'],
    ['half-handshake', 'HANDSHAKE_TIMEOUT'],
    ['no-handshake', 'CONNECTION_CLOSED'],
  ] satisfies [ConnectionFault, string][])('that goes wrong (%s) is ended and begun anew', async (fault, code) => {
    const node = await startNode('tcp', { readTimeoutMs: 400 });
    node.failNextConnection(fault);
    const { dialer, reaches } = startDialer(node.address, { handshakeTimeoutMs: 100 });
    await reaches('backoff');
    expect(dialer.status().lastFailure?.error).toContain(code);
    expect(await node.signVote(precommit)).toMatchObject({ kind: 'signed' });
    expect(dialer.status().connections).toBe(2);
  });

  it('shows the node the same identity at every connection', async () => {
    const node = await startNode('tcp', { retries: 2 });
    startDialer(node.address, { identityKeySeed: new Uint8Array(32).fill(3) });
    await node.getPublicKey();
    const { peerKey } = node.connections;
    node.dropConnection();
    await node.getPublicKey();
    expect(toHex(node.connections.peerKey ?? new Uint8Array())).toBe(toHex(peerKey ?? new Uint8Array([0])));
  });
});

describe('two signers and one node', () => {
  /** Where the node, and only the node, decides how long is too long: a lost request, 100 ms, and 400 ms to be served. */
  const withinHalfASecond = { retries: 1, retryPauseMs: 100, connectionWaitMs: 400 };

  async function setUp() {
    const node = await startNode('tcp', withinHalfASecond);
    const first = startDialer(node.address);
    await first.reaches('serving');
    const second = startDialer(node.address);
    await second.reaches('standby');
    await node.getPublicKey();
    return { node, first, second };
  }

  it('the second waits without a byte while the first is served', async () => {
    const { node, first, second } = await setUp();
    for (let round = 0; round < 20; round++) await node.signVote({ ...precommit, round });
    expect(first.dialer.status()).toMatchObject({ state: 'serving', requests: 21 });
    expect(second.dialer.status()).toMatchObject({ state: 'standby', connected: true, requests: 0, connections: 1 });
  });

  it('the second is served within half a second of the death of the first', async () => {
    const { node, first, second } = await setUp();
    first.dialer.stop();
    expect(await node.signVote(precommit)).toMatchObject({ kind: 'signed' });
    expect(second.dialer.status()).toMatchObject({ state: 'serving', connections: 1 });
    expect(second.backend.requests).toHaveLength(1);
  });

  it('the second is served when the first dies under the request', async () => {
    const { node, first, second } = await setUp();
    first.backend.override = () => {
      first.dialer.stop();
      return new Promise(() => undefined);
    };
    expect(await node.signVote(precommit)).toMatchObject({ kind: 'signed' });
    expect(first.backend.signals[0]?.aborted).toBe(true);
    expect(second.backend.requests).toHaveLength(1);
  });

  it('one that stops resets its tcp connection: a node notices that earlier than an end of stream', async () => {
    const errors: unknown[] = [];
    let received = 0;
    const server = createServer((socket) =>
      socket
        .on('data', ({ length }) => {
          received += length;
        })
        .on('error', (error) => errors.push(error)),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const { dialer } = startDialer(`tcp://127.0.0.1:${port}`);
    await vi.waitUntil(() => received > 0, { timeout: 5_000 });
    dialer.stop();
    await vi.waitUntil(() => errors.length > 0, { timeout: 5_000 });
    expect(errors).toMatchObject([{ code: 'ECONNRESET' }]);
  });

  it('giving up puts the first behind the second, and back when the second gives up', async () => {
    const { node, first, second } = await setUp();
    first.dialer.giveUp('no leader');
    expect(await node.signVote(precommit)).toMatchObject({ kind: 'signed' });
    await first.reaches('standby');
    expect(second.dialer.status().state).toBe('serving');
    second.dialer.giveUp('no leader');
    expect(await node.signVote({ ...precommit, height: 8n })).toMatchObject({ kind: 'signed' });
    expect(first.dialer.status()).toMatchObject({ state: 'serving', connections: 2 });
    expect(first.backend.requests).toHaveLength(1);
  });

  it('a standby that went away costs the node nothing', async () => {
    const { node, first, second } = await setUp();
    const third = startDialer(node.address);
    await third.reaches('standby');
    second.dialer.stop();
    first.dialer.stop();
    expect(await node.signVote(precommit)).toMatchObject({ kind: 'signed' });
    expect(third.backend.requests).toHaveLength(1);
  });

  it('over unix the second is served too, from the queue of the kernel', async () => {
    const node = await startNode('unix', withinHalfASecond);
    const first = startDialer(node.address);
    await node.getPublicKey();
    const second = startDialer(node.address);
    await second.reaches('serving');
    first.dialer.stop();
    expect(await node.signVote(precommit)).toMatchObject({ kind: 'signed' });
    expect(second.backend.requests).toHaveLength(1);
  });
});

describe('without a node', () => {
  it.each(['tcp', 'unix'] as const)('a dialer over %s waits for one to start', async (transport) => {
    const probe = await startNode(transport);
    const { address } = probe;
    await probe.stop();
    const { reaches, dialer, logger } = startDialer(address);
    await reaches('backoff');
    expect(dialer.status().lastFailure?.error).toMatch(/CONNECT_FAILED.*(ECONNREFUSED|ENOENT)/);
    const node = new TestNode(
      { listen: address, chainId: CHAIN_ID, pingMs: 0, retries: 0 },
      { clock: systemClock, randomBytes },
    );
    await node.start();
    cleanups.push(() => node.stop());
    expect(await node.getPublicKey()).toHaveLength(32);
    expect(logger.lines.filter(({ message }) => message === 'cannot reach the node')).toHaveLength(1);
  });
});

describe('the test node', () => {
  it('pings when idle', async () => {
    const node = await startNode('tcp', { pingMs: 20 });
    const { dialer, reaches } = startDialer(node.address);
    await reaches('serving');
    await node.ping();
    const before = dialer.status().requests;
    // Asked again and again until the node itself has pinged.
    while (dialer.status().requests < before + 3) await new Promise((resolve) => setImmediate(resolve));
    expect(dialer.status().connections).toBe(1);
  });

  it('notices a signature over anything but what it asked', async () => {
    const node = await startNode('tcp');
    const { backend } = startDialer(node.address);
    backend.override = (request) => {
      const signed = backend.signNow(request);
      return Promise.resolve({ ...signed, timestamp: { seconds: 1n, nanos: 0 } });
    };
    await expect(node.signVote(precommit)).rejects.toThrow('SIGNATURE_INVALID');
  });

  it('panics where a real node would, without an extension signature', async () => {
    const node = await startNode('tcp', { extensionsEnabled: true });
    startDialer(node.address, { signExtensions: 'never' });
    await expect(node.signVote(precommit)).rejects.toThrow('NODE_PANIC');
  });

  it('fails without a signer, and when it is stopped', async () => {
    const node = await startNode('tcp', { connectionWaitMs: 20 });
    await expect(node.ping()).rejects.toThrow('NO_CONNECTION');
    await node.stop();
    await expect(node.ping()).rejects.toThrow('STOPPED');
  });

  it('reports a signer that does not answer in time', async () => {
    const node = await startNode('tcp', { readTimeoutMs: 50 });
    const { backend } = startDialer(node.address);
    await node.getPublicKey();
    backend.override = () => new Promise(() => undefined);
    await expect(node.signVote(precommit)).rejects.toThrow('READ_TIMEOUT');
  });

  it('gives out raw answers: nothing known, nothing said', async () => {
    const node = await startNode('tcp');
    startDialer(node.address);
    expect(await node.exchange(Buffer.from('5a00', 'hex'))).toHaveLength(0);
    expect(toHex(await node.exchange(Buffer.from('4a050a03616263', 'hex')))).toMatch(/^52/);
  });
});
