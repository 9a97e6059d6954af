import { floorMark } from '@quorumsign/sign-state';
import { describe, expect, it } from 'vitest';
import { foldRecords } from '../src/core/log-records.js';
import { CHAIN, CoreCluster } from './core-cluster.js';
import { readmit } from './readmit.js';

async function running(seed: number, options: { members?: number; threshold?: number } = {}): Promise<CoreCluster> {
  const cluster = await CoreCluster.create({ seed, ...options });
  expect(cluster.run(3000, () => cluster.leader() !== undefined)).toBe(true);
  for (let height = 1n; height <= 10n; height++) cluster.ask(cluster.leader() as string, cluster.vote({ height }));
  cluster.run(500);
  return cluster;
}

/** Puts a follower back on the disk that it had two votes ago. */
function rollBack(cluster: CoreCluster): string {
  const name = cluster.names.find((each) => each !== cluster.leader()) as string;
  const member = cluster.member(name);
  const [disk, batches] = [[...member.disk], member.batches];
  for (let height = 11n; height <= 12n; height++) cluster.ask(cluster.leader() as string, cluster.vote({ height }));
  cluster.run(500);
  cluster.kill(name);
  cluster.run(20);
  [member.disk, member.batches] = [disk, batches];
  cluster.start(name);
  return name;
}

describe('who comes back on an older disk', () => {
  it('is refused by the others and says that it must end, at the word of any one peer', async () => {
    const cluster = await running(1);
    const name = rollBack(cluster);
    expect(cluster.run(1000, () => cluster.member(name).stopped !== undefined)).toBe(true);
    expect(cluster.member(name).stopped).toMatch(/older than it was.*members readmit c\d --floor H/s);
    const [other] = cluster.names.filter((each) => each !== name) as [string];
    expect(cluster.run(1000, () => cluster.core(other).status().fenced.includes(name))).toBe(true);
    expect(cluster.core(other).status().connected).not.toContain(name);
  });

  it('is noticed by a peer that was itself restarted since', async () => {
    const cluster = await running(2);
    for (const each of cluster.names) {
      cluster.kill(each);
      cluster.run(20);
      cluster.start(each);
      cluster.run(1500, () => cluster.leader() !== undefined);
    }
    const name = rollBack(cluster);
    expect(cluster.run(1000, () => cluster.member(name).stopped !== undefined)).toBe(true);
  });

  it('takes part again with a new store, above the floor and the heights that the others know', async () => {
    const cluster = await running(3);
    const name = rollBack(cluster);
    cluster.run(500);
    readmit(cluster, name, 11n);
    expect(cluster.run(3000, () => cluster.core(name).status().isJoining === false)).toBe(true);
    cluster.run(100);
    // The others know of height 12, so its mark went up to it.
    expect(cluster.core(name).status().chains[0]?.mark?.height).toBe(12n);
    const third = cluster.names.find((each) => each !== name && each !== cluster.leader()) as string;
    cluster.kill(third);
    cluster.run(100);
    expect(cluster.ask(cluster.leader() as string, cluster.vote({ height: 13n })).kind).toBe('signed');
    cluster.run(100);
    expect(foldRecords(cluster.member(name).disk).admission).toBe(0);
    cluster.assertNoDoubleSign();
  });

  it('signs nothing with a new store while too few of the others can be heard', async () => {
    const cluster = await running(4);
    const name = rollBack(cluster);
    cluster.run(500);
    const [first, second] = cluster.names.filter((each) => each !== name) as [string, string];
    readmit(cluster, name, 12n);
    cluster.partition(name, second);
    cluster.partition(first, second);
    cluster.run(3000);
    expect(cluster.core(name).status().isJoining).toBe(true);
    expect(cluster.ask(first, cluster.vote({ height: 14n }), undefined, 4000).kind).toBe('gave-up');
  });

  it('neither votes nor signs in 4 of 5 while two of the others are heard: two more may know what its vote would undo', async () => {
    const cluster = await running(6, { members: 5, threshold: 4 });
    const name = cluster.names.find((each) => each !== cluster.leader()) as string;
    const [first, second, third] = cluster.names.filter((each) => each !== name) as [string, string, string];
    const away = cluster.names.filter((each) => ![name, first, second].includes(each));
    for (const each of away) cluster.partition(name, each);
    readmit(cluster, name, 20n);
    cluster.run(3000);
    expect(cluster.core(name).status()).toMatchObject({ isJoining: true });
    expect(cluster.core(name).status().connected).toHaveLength(2);
    cluster.heal();
    expect(cluster.run(3000, () => !cluster.core(name).status().isJoining)).toBe(true);
    expect(cluster.core(name).status().connected).toContain(third);
  });

  it('is told when its floor cannot be right', async () => {
    const cluster = await running(5);
    cluster.ask(cluster.leader() as string, cluster.vote({ height: 40n }));
    const name = rollBack(cluster);
    cluster.run(500);
    for (const each of cluster.names.filter((other) => other !== name)) {
      const chain = cluster.chains.get(each);
      if (chain !== undefined) cluster.core(each).setChain(chain, floorMark(1_000_000n, CHAIN, 1));
    }
    cluster.run(200);
    readmit(cluster, name, 50n);
    expect(cluster.run(3000, () => cluster.member(name).stopped !== undefined)).toBe(true);
    expect(cluster.member(name).stopped).toMatch(/heights far above this store's floor .*height 1000000, floor 50/);
  });
});

describe('an honest cosigner', () => {
  it('is not ended by one liar that claims to remember more', async () => {
    const cluster = await running(6, { members: 4, threshold: 3 });
    const [liar, victim] = ['c4', 'c1'];
    cluster.tamper = (from, to, frame) => {
      if (from !== liar || to !== victim || frame.memory === undefined) return;
      if (frame.memory.position !== undefined) frame.memory.position.batches += 1000n;
      frame.memory.retired.push(cluster.core(victim).status().position.store);
    };
    cluster.kill(victim);
    cluster.run(50);
    cluster.start(victim);
    cluster.run(2000);
    expect(cluster.member(victim).stopped).toBeUndefined();
    expect(cluster.ask(victim, cluster.vote({ height: 20n })).kind).toBe('signed');
  });

  it('comes back after every kind of restart', async () => {
    const cluster = await running(7);
    for (let round = 0; round < 12; round++) {
      const name = cluster.names[round % 3] as string;
      cluster.kill(name);
      cluster.run(round * 7);
      cluster.start(name);
      expect(cluster.run(3000, () => cluster.leader() !== undefined)).toBe(true);
      const vote = cluster.vote({ height: 20n + BigInt(round) });
      expect(cluster.ask(cluster.leader() as string, vote).kind).toBe('signed');
    }
    expect(cluster.members.map(({ stopped }) => stopped)).toEqual([undefined, undefined, undefined]);
    expect(cluster.members.flatMap(({ events }) => events.filter(({ kind }) => kind === 'fenced'))).toEqual([]);
  });
});

describe('a first store', () => {
  it('is taken into use by a whole cluster that begins with empty volumes', async () => {
    const cluster = await CoreCluster.create({ seed: 8 });
    for (const name of cluster.names) cluster.kill(name);
    cluster.run(50);
    for (const name of cluster.names) readmit(cluster, name, 5n, 'first');
    expect(cluster.run(5000, () => cluster.leader() !== undefined)).toBe(true);
    expect(cluster.names.map((name) => cluster.core(name).status().isJoining)).toEqual([false, false, false]);
    expect(cluster.ask('c1', cluster.vote({ height: 6n })).kind).toBe('signed');
  });

  it('waits for the last of them', async () => {
    const cluster = await CoreCluster.create({ seed: 9 });
    for (const name of cluster.names) cluster.kill(name);
    cluster.run(50);
    for (const name of ['c1', 'c2']) readmit(cluster, name, 5n, 'first');
    cluster.run(3000);
    expect(cluster.leader()).toBeUndefined();
    readmit(cluster, 'c3', 5n, 'first');
    expect(cluster.run(5000, () => cluster.leader() !== undefined)).toBe(true);
  });

  it('is refused where a peer remembers an earlier one', async () => {
    const cluster = await running(10);
    const name = cluster.names.find((each) => each !== cluster.leader()) as string;
    readmit(cluster, name, 12n, 'first');
    expect(cluster.run(2000, () => cluster.member(name).stopped !== undefined)).toBe(true);
    expect(cluster.member(name).stopped).toMatch(/remembers another store of this cosigner/);
  });
});
