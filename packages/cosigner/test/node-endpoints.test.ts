import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { loadFrost } from '@quorumsign/frost';
import { type SignerBackend, systemClock, TestNode } from '@quorumsign/privval';
import { floorMark } from '@quorumsign/sign-state';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type CosignerConfig, DEFAULT_LIMITS, type NodeEndpoint } from '../src/index.js';
import { NodeEndpoints } from '../src/shell/node-endpoints.js';
import { chainChanges, reloadProblems } from '../src/shell/reload.js';

type Chain = CosignerConfig['chains'][number];

const frost = await loadFrost();
const random = (length: number) => Uint8Array.from(randomBytes(length));
const deal = () =>
  frost.deal({ secret: frost.randomSecret(random), threshold: 2, identifiers: [1, 2, 3], epoch: 1, random });
const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const backend: SignerBackend = {
  publicKey: () => new Uint8Array(32).fill(1),
  sign: async () => ({ kind: 'denied', message: 'no' }),
  signRaw: async () => ({ kind: 'denied', message: 'no' }),
};

function chain(chainId: string, nodes: readonly NodeEndpoint[], dealt = deal()): Chain {
  const [share] = dealt.shares;
  if (share === undefined) throw new Error('expected a share');
  const rest = { limits: DEFAULT_LIMITS, signExtensions: 'when-wanted', rawBytes: {}, floor: undefined } as const;
  return { chainId, group: dealt.group, share, nodes, ...rest };
}

const dial = (address: string): NodeEndpoint => ({ kind: 'dial', address });
const listen: NodeEndpoint = { kind: 'listen', listen: 'grpc://127.0.0.1:0', tls: { mode: 'none' } };

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function endpoints({ hasPeer = false } = {}): NodeEndpoints {
  const deps = { logger, identityKeySeed: random(32), backendOf: () => backend, hasPeer: () => hasPeer };
  const made = new NodeEndpoints(deps);
  stops.push(() => made.stop());
  return made;
}

async function node(chainId: string): Promise<TestNode> {
  const made = new TestNode({ listen: 'tcp://127.0.0.1:0', chainId }, { clock: systemClock, randomBytes: random });
  await made.start();
  stops.push(() => made.stop());
  return made;
}

describe('the endpoints of nodes', () => {
  it('follow the configuration: what is new starts, what is gone stops, what stays goes on', async () => {
    const [a, b] = [await node('c'), await node('c')];
    const made = endpoints();
    expect(await made.set([chain('c', [dial(a.address)])])).toEqual([`node ${a.address} of c added`]);
    await a.getPublicKey();
    const failures = { refused: 0, timeout: 0, handshake: 0, closed: 0, protocol: 0, internal: 0 };
    expect(made.status('c')).toEqual([{ address: a.address, connected: true, failures }]);
    expect(await made.set([chain('c', [dial(a.address), dial(b.address)])])).toEqual([`node ${b.address} of c added`]);
    await b.getPublicKey();
    expect(made.status('c').map(({ connected }) => connected)).toEqual([true, true]);
    expect(await made.set([chain('c', [dial(b.address)])])).toEqual([`node ${a.address} of c left`]);
    expect(made.status('c')).toEqual([{ address: b.address, connected: true, failures }]);
    expect(await made.set([chain('c', [dial(b.address)])])).toEqual([]);
  });

  it('go to two cosigners where one had taken both', async () => {
    const [a, b] = [await node('c'), await node('c')];
    const nodes = [dial(a.address), dial(b.address)];
    const connected = (made: NodeEndpoints) => made.status('c').filter((each) => each.connected).length;
    const [first, second] = [endpoints({ hasPeer: true }), endpoints({ hasPeer: true })];
    await first.set([chain('c', nodes)]);
    await Promise.all([a.getPublicKey(), b.getPublicKey()]);
    await second.set([chain('c', nodes)]);
    expect([connected(first), connected(second)]).toEqual([2, 0]);
    await vi.waitUntil(() => connected(first) === 1 && connected(second) === 1, { timeout: 20_000 });
    await Promise.all([a.getPublicKey(), b.getPublicKey()]);
    expect([connected(first), connected(second)]).toEqual([1, 1]);
  }, 30_000);

  it('tell why a node is away', async () => {
    const made = endpoints();
    const away = await node('c');
    const { address } = away;
    await away.stop();
    await made.set([chain('c', [dial(address)])]);
    await vi.waitUntil(() => made.status('c')[0]?.lastFailure !== undefined, { timeout: 10_000 });
    const [status] = made.status('c');
    expect(status?.lastFailure).toMatchObject({ cause: 'refused', error: expect.stringContaining('ECONNREFUSED') });
    expect(status?.failures?.refused).toBeGreaterThan(0);
  });

  it('serve nodes that dial', async () => {
    const made = endpoints();
    await made.set([chain('c', [listen])]);
    const address = expect.stringMatching(/^grpc:\/\/127\.0\.0\.1:\d+$/);
    expect(made.status('c')).toEqual([{ address, connected: false, failures: { 'not-admitted': 0 } }]);
  });

  it('tell of a node that dials in a way that is not let in', async () => {
    const made = endpoints();
    await made.set([chain('c', [listen])]);
    const { port } = new URL(made.status('c')[0]?.address.replace('grpc:', 'http:') ?? '');
    const stranger = connect(Number(port), '127.0.0.1', () => stranger.end('GET / HTTP/1.1\r\n\r\n'));
    await vi.waitUntil(() => made.status('c')[0]?.lastFailure !== undefined, { timeout: 10_000 });
    expect(made.status('c')[0]).toMatchObject({
      failures: { 'not-admitted': 1 },
      lastFailure: { cause: 'not-admitted', error: 'no HTTP/2 (gRPC) client' },
    });
  });

  it('with a server that cannot start are refused in words, and those before go on or run again', async () => {
    const [a, b] = [await node('c'), await node('c')];
    const made = endpoints();
    await made.set([chain('c', [listen, dial(a.address)])]);
    const [{ address } = { address: '' }] = made.status('c');
    const taken: NodeEndpoint = { kind: 'listen', listen: address, tls: { mode: 'none' } };
    await expect(made.set([chain('c', [dial(b.address), listen, taken])])).rejects.toThrow(/LISTEN_FAILED/);
    expect(made.status('c').map((each) => each.address)).toEqual([address, a.address]);
    await a.getPublicKey();
  });
});

describe('a reload', () => {
  const dealt = deal();
  const config: CosignerConfig = {
    cluster: 'c',
    cosigner: 'alpha',
    threshold: 2,
    members: [{ name: 'alpha', identifier: 1, address: '127.0.0.1:1' }],
    peerListen: '127.0.0.1:0',
    chains: [chain('one', [], dealt)],
    heartbeatMs: 50,
    electionMs: 300,
    deadlineMs: 2500,
    storeDirectory: 'store',
    tls: { caPem: '', certificatePem: '', keyPem: '' },
    nodeIdentitySeed: new Uint8Array(32),
  };

  it('takes over chains that are new, nodes, limits, floors and certificates', () => {
    const limits = { ...DEFAULT_LIMITS, heightJump: 5 };
    const chains = [{ ...chain('one', [listen], dealt), limits }, chain('two', [])];
    expect(reloadProblems(config, { ...config, chains, tls: { ...config.tls, caPem: 'x' } })).toEqual([]);
  });

  it('names limits and floors that changed, and chains that are new', () => {
    const limits = { ...DEFAULT_LIMITS, heightJump: 5 };
    const floor = floorMark(7n, 'one', 0);
    const one = { ...chain('one', [], dealt), limits, floor };
    const changed = { ...config, chains: [one, chain('two', [])] };
    expect(chainChanges(config, changed)).toEqual([
      'limits of one changed',
      'floor of one: nothing at or below height 7 is signed',
      'chain two added',
    ]);
    expect(chainChanges(changed, { ...changed, chains: [{ ...one, floor: floorMark(7n, 'one', 9) }] })).toEqual([]);
  });

  const refused: [string, Partial<CosignerConfig>, string][] = [
    ['another cluster', { cluster: 'd' }, 'cluster changed'],
    ['another cosigner', { cosigner: 'beta' }, 'cosigner changed'],
    ['another threshold', { threshold: 3 }, 'threshold changed'],
    ['other cosigners', { members: [] }, 'cosigners changed'],
    ['another peer address', { peerListen: '127.0.0.1:2' }, 'peer.listen changed'],
    ['other Raft times', { electionMs: 500 }, 'raft changed'],
    ['another deadline', { deadlineMs: 1 }, 'signing.deadline changed'],
    ['a chain that is gone', { chains: [] }, 'chain one is gone'],
    ['another key', { chains: [chain('one', [])] }, 'chain one has another key'],
  ];
  it.each(refused)('refuses %s', (_name, change, problem) => {
    expect(reloadProblems(config, { ...config, ...change })).toEqual([problem]);
  });
});
