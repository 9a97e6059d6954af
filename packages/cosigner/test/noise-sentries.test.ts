/**
 * Two sentries over `noise://`, each of which lets one peer id in, and a cluster of three: what docs/nodes/noise.md says of the two
 * ways. The nodes' own time limits are the conditions.
 */

import { randomBytes } from 'node:crypto';
import { type NodeDialer, peerIdOf, systemClock, TestNode, type TestVote } from '@quorumsign/privval';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CHAIN, CoreCluster } from './core-cluster.js';
import { backendOf, dial } from './core-signer.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

function vote(height: bigint): TestVote {
  const blockId = { hash: new Uint8Array(32).fill(1), partSetTotal: 1, partSetHash: new Uint8Array(32).fill(2) };
  return { type: 'prevote', height, round: 0, blockId, timestamp: { seconds: 1_700_000_000n, nanos: 5 } };
}

/** A sentry that lets in the signer of this identity alone. */
async function sentry(identityKeySeed: Uint8Array): Promise<TestNode> {
  const listen = `noise://${peerIdOf(identityKeySeed)}@127.0.0.1:0`;
  const node = new TestNode({ listen, chainId: CHAIN, pingMs: 0, retries: 0 }, { clock: systemClock, randomBytes });
  await node.start();
  ends.push(() => node.stop());
  return node;
}

async function readyCluster(): Promise<CoreCluster> {
  const cluster = await CoreCluster.create({ seed: 81 });
  expect(cluster.run(3000, () => cluster.leader() !== undefined)).toBe(true);
  cluster.run(300);
  return cluster;
}

function started(...args: Parameters<typeof dial>): NodeDialer {
  const dialer = dial(...args);
  ends.push(() => dialer.stop());
  return dialer;
}

describe('two sentries over noise', () => {
  it('that pin a cosigner each are both served; one whose cosigner dies is served by nobody, the other goes on', async () => {
    const cluster = await readyCluster();
    const [first, second] = cluster.names as [string, string];
    const [one, two] = [randomBytes(32), randomBytes(32)];
    const [a, b] = [await sentry(one), await sentry(two)];
    const served = started(a.address, backendOf(cluster, first), { identityKeySeed: one });
    started(b.address, backendOf(cluster, second), { identityKeySeed: two });
    expect(await a.signVote(vote(1n))).toMatchObject({ kind: 'signed' });
    expect(await b.signVote(vote(1n))).toMatchObject({ kind: 'signed' });
    served.stop();
    cluster.kill(first);
    await expect(a.signVote(vote(2n))).rejects.toThrow('CONNECTION_LOST'); // By which the node finds out.
    // Another cosigner that dials the first sentry too is no help: it is told why.
    const refused = started(a.address, backendOf(cluster, second), { identityKeySeed: two });
    await vi.waitUntil(() => refused.status().failures.handshake > 0, { timeout: 10_000 });
    expect(refused.status().lastFailure?.error).toContain('SIGNER_NOT_PINNED');
    expect(refused.status().lastFailure?.error).toContain(peerIdOf(two));
    expect(await b.signVote(vote(2n))).toMatchObject({ kind: 'signed' });
    await expect(a.signVote(vote(2n))).rejects.toThrow('NO_CONNECTION');
  });

  it('that pin one identity of all cosigners are both served on by another when the one that serves them dies', async () => {
    const cluster = await readyCluster();
    const [first, second] = cluster.names as [string, string];
    const identityKeySeed = randomBytes(32);
    const [a, b] = [await sentry(identityKeySeed), await sentry(identityKeySeed)];
    const serving = [a, b].map(({ address }) => started(address, backendOf(cluster, first), { identityKeySeed }));
    expect(await a.signVote(vote(1n))).toMatchObject({ kind: 'signed' });
    expect(await b.signVote(vote(1n))).toMatchObject({ kind: 'signed' });
    const standby = [a, b].map(({ address }) => started(address, backendOf(cluster, second), { identityKeySeed }));
    await vi.waitUntil(() => standby.every((each) => each.status().state === 'standby'), { timeout: 10_000 });
    for (const dialer of serving) dialer.stop();
    cluster.kill(first);
    // The node finds out at its next request that the connection is gone; the one after finds the standby.
    for (const node of [a, b]) {
      await vi.waitFor(async () => expect(await node.signVote(vote(2n))).toMatchObject({ kind: 'signed' }), 10_000);
    }
  });
});
