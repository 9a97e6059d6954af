/** What a cosigner that says it leads can have the others put into their logs, and that it does no lasting harm. */

import { describe, expect, it } from 'vitest';
import { encodeRaftMessage } from '../src/core/frame-codec.js';
import { foldRecords } from '../src/core/log-records.js';
import { CoreCluster } from './core-cluster.js';
import { readmit } from './readmit.js';

/** What a member believes at most of how far it is behind (raft-ts, `reach.ts`). */
const INDEX_JUMP_MAX = 1n << 42n;
const LIAR = 'c4';
const HONEST = ['c1', 'c2', 'c3'];

/** The liar leads, and not in the first term: its next frame to everybody is soon there. */
async function running(seed: number): Promise<CoreCluster> {
  const cluster = await CoreCluster.create({ seed, members: 4, threshold: 3 });
  expect(cluster.run(3000, () => cluster.leader() !== undefined)).toBe(true);
  for (let height = 1n; height <= 3n; height++) cluster.ask(cluster.leader() as string, cluster.vote({ height }));
  for (const to of ['c1', LIAR]) {
    cluster.core(cluster.leader() as string).transferLeadership(to);
    expect(cluster.run(1000, () => cluster.leader() === to)).toBe(true);
  }
  cluster.run(500);
  return cluster;
}

/** The liar's next frames say that it leads the next term, and has snapshots with these indexes, of the first term or of that one. */
function sendSnapshots(
  cluster: CoreCluster,
  indexes: Record<string, bigint>,
  data: Uint8Array,
  of: 'first' | 'next' = 'first',
): void {
  const untold = new Map(Object.entries(indexes));
  cluster.tamper = (from, to, frame) => {
    const index = untold.get(to);
    if (from !== LIAR || index === undefined) return;
    untold.delete(to);
    const term = cluster.core(to).status().term + 1n;
    const snapshot = { index, term: of === 'first' ? 1n : term, data };
    frame.raft.push(encodeRaftMessage({ type: 'snapshot', from, to, term, snapshot }));
  };
  expect(cluster.run(2000, () => untold.size === 0)).toBe(true);
  cluster.run(20);
}

describe('a lying leader', () => {
  it('that gave two of three logs of their own, ahead of the true one, costs no height once it has gone', async () => {
    const cluster = await running(1);
    sendSnapshots(cluster, { c1: 1_000_000n, c2: 2_000_000n }, new Uint8Array());
    cluster.kill(LIAR);
    expect(cluster.run(3000, () => cluster.leader() !== undefined)).toBe(true);
    cluster.run(3000);
    for (let height = 10n; height < 14n; height++)
      expect(cluster.ask('c1', cluster.vote({ height })).kind).toBe('signed');
    for (const name of HONEST) {
      cluster.kill(name);
      cluster.start(name);
    }
    expect(cluster.ask('c1', cluster.vote({ height: 20n })).kind).toBe('signed');
    cluster.assertNoDoubleSign();
  });

  it('that brought one to the end of its reach, beyond that of the others, parts nobody for good: not them, nor a new store', async () => {
    const cluster = await running(3);
    // Its reach begins where its log ends now; that of the others began before there was a log.
    cluster.kill('c1');
    cluster.start('c1');
    cluster.run(200);
    sendSnapshots(cluster, { c1: INDEX_JUMP_MAX + 3n }, new Uint8Array(), 'next');
    cluster.kill(LIAR);
    const signs = (height: bigint) =>
      cluster.run(20_000, () => cluster.ask('c1', cluster.vote({ height })).kind === 'signed');
    expect(signs(10n)).toBe(true);
    readmit(cluster, 'c2', 100n);
    expect(signs(101n)).toBe(true);
    for (const name of HONEST) {
      const { snapshot } = foldRecords(cluster.member(name).disk).raft;
      expect(snapshot?.index).toBeGreaterThan(INDEX_JUMP_MAX);
    }
    cluster.assertNoDoubleSign();
  });

  it('is not believed a snapshot that no start could read', async () => {
    const cluster = await running(2);
    sendSnapshots(cluster, { c1: 1000n, c2: 1000n, c3: 1000n }, Uint8Array.of(0xff, 0xff));
    for (const name of HONEST) {
      expect(cluster.member(name).events).toContainEqual(expect.objectContaining({ kind: 'bad-frame', peer: LIAR }));
      expect(foldRecords(cluster.member(name).disk).raft.snapshot?.index).not.toBe(1000n);
      cluster.kill(name);
      cluster.start(name);
    }
    expect(cluster.ask('c1', cluster.vote({ height: 10n })).kind).toBe('signed');
  });
});
