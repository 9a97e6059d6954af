/**
 * Nodes that ask for more than votes, against real cores: a test node over loopback, a dialer, and three cores in memory that sign.
 * The node is written from the protocol and verifies every signature itself.
 */

import { randomBytes } from 'node:crypto';
import {
  type NodeDialerOptions,
  type SignerBackend,
  systemClock,
  TestNode,
  type TestNodeFamily,
  type TestVote,
} from '@quorumsign/privval';
import type { RawBytesPolicy } from '@quorumsign/sign-state';
import { afterEach, describe, expect, it } from 'vitest';
import { CHAIN, CoreCluster } from './core-cluster.js';
import { backendOf, dial } from './core-signer.js';

const PRECOMMIT: TestVote = {
  type: 'precommit',
  height: 7n,
  round: 0,
  blockId: { hash: new Uint8Array(32).fill(1), partSetTotal: 1, partSetHash: new Uint8Array(32).fill(2) },
  timestamp: { seconds: 1_700_000_000n, nanos: 5 },
};

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** Three cores with this policy. */
async function signer(policy: RawBytesPolicy): Promise<SignerBackend> {
  const cluster = await CoreCluster.create({ seed: 71 });
  for (const name of cluster.names) cluster.rawBytes.set(name, policy);
  cluster.restartAll();
  expect(cluster.run(3000, () => cluster.leader() !== undefined)).toBe(true);
  cluster.run(300);
  return backendOf(cluster, cluster.names[0] as string);
}

/** A node of a family, served by a dialer that signs with `backend`. */
async function served(
  family: TestNodeFamily,
  backend: SignerBackend,
  options: Pick<NodeDialerOptions, 'rawMessages' | 'secondExtension'>,
): Promise<TestNode> {
  const node = new TestNode(
    { listen: 'tcp://127.0.0.1:0', chainId: CHAIN, family, extensionsEnabled: family === '2.0', retries: 0 },
    { clock: systemClock, randomBytes },
  );
  await node.start();
  const dialer = dial(node.address, backend, options);
  ends.push(
    () => dialer.stop(),
    () => node.stop(),
  );
  return node;
}

describe('a node of CometBFT 2.0', () => {
  const policy = { 'second-extension': ['example::price/'] };

  it('gets both extensions of its precommit signed, and none of a prevote or for nil', async () => {
    const node = await served('2.0', await signer(policy), { secondExtension: true });
    expect(await node.signVote({ ...PRECOMMIT, type: 'prevote' })).toMatchObject({
      kind: 'signed',
      extensionSignature: undefined,
      secondExtensionSignature: undefined,
    });
    const secondExtension = Buffer.from('example::price/3');
    const vote = { ...PRECOMMIT, extension: Buffer.from('anything'), secondExtension };
    const both = {
      kind: 'signed',
      extensionSignature: expect.any(Buffer),
      secondExtensionSignature: expect.any(Buffer),
    };
    expect(await node.signVote(vote)).toMatchObject(both);
    expect(await node.signVote({ ...PRECOMMIT, height: 8n })).toMatchObject(both); // Empty ones are signed too.
    expect(await node.signVote({ ...PRECOMMIT, height: 9n, blockId: undefined })).toMatchObject({
      kind: 'signed',
      extensionSignature: undefined,
      secondExtensionSignature: undefined,
    });
  });

  it('gets no vote whose second extension has another prefix than the policy', async () => {
    const node = await served('2.0', await signer(policy), { secondExtension: true });
    expect(await node.signVote({ ...PRECOMMIT, secondExtension: Buffer.from('another::price/3') })).toMatchObject({
      kind: 'refused',
      description: expect.stringContaining('example::price/'),
    });
  });

  it('panics where its signer leaves the second extension out, as one does that has it off', async () => {
    const node = await served('2.0', await signer({}), {});
    await expect(node.signVote(PRECOMMIT)).rejects.toThrow('NODE_PANIC: no extension signature');
  });

  it('gets bytes signed that begin as the policy says, and no others', async () => {
    const node = await served('2.0', await signer({ 'sign-bytes': ['example::oracle/v1'] }), {});
    expect(await node.signBytes(Buffer.from('example::oracle/v1 3'))).toMatchObject({ kind: 'signed' });
    expect(await node.signBytes(Buffer.from('something else'))).toMatchObject({
      kind: 'refused',
      description: expect.stringContaining('example::oracle/v1'),
    });
  });
});

describe('a node of Celestia', () => {
  const policy = { celestia: ['fibre'] };
  const raw = { rawBytes: Uint8Array.of(1, 2, 3), uniqueId: 'fibre-1' };

  it('gets its raw bytes and its votes signed', async () => {
    const node = await served('celestia', await signer(policy), { rawMessages: 'celestia' });
    expect(await node.signRawBytes(raw)).toMatchObject({ kind: 'signed' });
    expect(await node.signVote(PRECOMMIT)).toMatchObject({ kind: 'signed' });
  });

  it('is refused another unique id and another chain, and goes on', async () => {
    const node = await served('celestia', await signer(policy), { rawMessages: 'celestia' });
    expect(await node.signRawBytes({ ...raw, uniqueId: 'other-1' })).toMatchObject({ kind: 'refused' });
    expect(await node.signRawBytes(raw, { chainId: 'other' })).toMatchObject({ kind: 'refused' });
    expect(await node.signRawBytes(raw)).toMatchObject({ kind: 'signed' });
  });

  it('is refused by a signer that takes the same message numbers for SignBytes', async () => {
    const node = await served('celestia', await signer({ 'sign-bytes': ['example::oracle/v1'] }), {});
    expect(await node.signRawBytes(raw)).toMatchObject({ kind: 'refused' });
  });
});
