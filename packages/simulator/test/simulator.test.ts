import { describe, expect, it } from 'vitest';
import { EventQueue } from '../src/event-queue.js';
import { fastFrost, verifyFast } from '../src/fast-frost.js';
import { drawPlan, type Happening, type Plan, runPlan, shrink } from '../src/index.js';
import { Random } from '../src/random.js';
import { readSignBytes } from '../src/read-sign-bytes.js';
import { extensionOf, signBytesOf } from '../src/votes.js';

async function historyOf(plan: Plan): Promise<string> {
  const lines: string[] = [];
  await runPlan(plan, (happening, atMs) => lines.push(`${atMs} ${print(happening)}`));
  return lines.join('\n');
}

function print(happening: Happening): string {
  return JSON.stringify(happening, (_key, value) => (typeof value === 'bigint' ? `${value}` : value));
}

describe('a schedule', () => {
  it.each([
    ['records', 'fast'],
    ['store', 'ed25519'],
  ] as const)('of one seed is the same every time, %s and %s', async (disk, curve) => {
    const plan = { ...drawPlan(11, { disk, curve }), durationMs: 1000 };
    const first = await historyOf(plan);
    expect(first.split('\n').length).toBeGreaterThan(50);
    expect(await historyOf(plan)).toBe(first);
  });

  it('breaks no rule, from seed 1 to 40', async () => {
    let signed = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const report = await runPlan(drawPlan(seed));
      expect(report.violation, `seed ${seed}`).toBeUndefined();
      signed += report.signed;
    }
    expect(signed).toBeGreaterThan(300);
  });

  it('breaks no rule of safety with Raft broken on purpose, from seed 1 to 20', async () => {
    const leaders = new Map<string, Set<string>>();
    for (let seed = 1; seed <= 20; seed++) {
      const { violation } = await runPlan(drawPlan(seed, { raft: 'broken' }), (happening) => {
        if (happening.kind !== 'event' || happening.event.kind !== 'role' || happening.event.role !== 'leader') return;
        const key = `${seed}/${happening.event.term}`;
        leaders.set(key, (leaders.get(key) ?? new Set()).add(happening.cosigner));
      });
      expect(violation, `seed ${seed}`).toBeUndefined();
    }
    // It is broken indeed.
    expect([...leaders.values()].some((names) => names.size > 1)).toBe(true);
  });

  it('that fails is shrunk to one that breaks the same rule', async () => {
    // Two cosigners of three that may fall back are more than two of three can bear: their disks forget what they signed.
    const base = drawPlan(1, { disk: 'records', curve: 'fast' });
    const members = ['c1', 'c2', 'c3'];
    const forget = (name: string, atMs: number) => [
      { atMs: 1, kind: 'keep-image', name } as const,
      { atMs, kind: 'restore-image', name, forMs: 10 } as const,
    ];
    const plan: Plan = {
      ...base,
      members,
      threshold: 2,
      clockRates: [1, 1, 1],
      chains: ['chain-1'],
      durationMs: 1500,
      liars: [],
      faulty: [],
      network: { latencyMs: 0.2, jitterMs: 0.2, datagrams: false },
      nodes: base.nodes.slice(0, 1).map((node) => ({ ...node, chainId: 'chain-1', home: 'c1' })),
      faults: [...forget('c1', 1200), ...forget('c2', 1300), { atMs: 700, kind: 'clock-jump', name: 'c3', byMs: 5 }],
    };
    const { violation } = await runPlan(plan);
    expect(violation?.rule).toBe('marks never fall');
    const small = await shrink(plan);
    expect((await runPlan(small)).violation?.rule).toBe('marks never fall');
    expect(small.faults.length).toBeLessThan(plan.faults.length);
  });
});

describe('the arithmetic without a curve', () => {
  it('makes signatures that verify, and names who sent a wrong share', () => {
    const random = new Random(3);
    const bytes = (length: number) => random.bytes(length);
    const frost = fastFrost();
    const identifiers = [1, 2, 3];
    const secret = frost.randomSecret(bytes);
    const { group, shares } = frost.deal({ secret, threshold: 2, identifiers, epoch: 1, random: bytes });
    const pairs = shares.slice(0, 2).map((share) => ({ share, pair: frost.generateNonces(share, bytes) }));
    const commitments = pairs.map(({ share, pair }) => ({ identifier: share.identifier, commitment: pair.commitment }));
    const message = Uint8Array.of(1, 2, 3);
    const bound = frost.openSession(group, commitments).bind(message);
    const made = new Map(pairs.map(({ share, pair }) => [share.identifier, bound.signShare(share, pair)]));
    const signature = bound.aggregate(made);
    expect(verifyFast(group.groupKey, message, signature)).toBe(true);
    expect(verifyFast(group.groupKey, Uint8Array.of(1, 2, 4), signature)).toBe(false);
    expect(bound.culprits(made)).toEqual([]);
    made.get(2)?.set([7], 3);
    expect(bound.culprits(made)).toEqual([2]);
    expect(verifyFast(group.groupKey, message, bound.aggregate(made))).toBe(false);
    const [first] = pairs;
    if (first === undefined) throw new Error('no pair');
    expect(() => bound.signShare(first.share, first.pair)).toThrow(/NONCE_USED/);
  });
});

describe('the reader of sign bytes', () => {
  it('finds height, round, step and chain of votes, proposals and extensions', () => {
    const asked = { chainId: 'chain-1', height: 7n, round: 2, block: 1, timeMs: 1234 } as const;
    const places = (['proposal', 'prevote', 'precommit'] as const).map((step) =>
      readSignBytes(signBytesOf({ ...asked, step })),
    );
    expect(places.map((read) => [read?.chainId, read?.height, read?.round, read?.step])).toEqual(
      [1, 2, 3].map((step) => ['chain-1', 7n, 2n, step]),
    );
    expect(readSignBytes(extensionOf({ ...asked, step: 'precommit' }, 1))?.isExtension).toBe(true);
    const later = readSignBytes(signBytesOf({ ...asked, step: 'prevote', timeMs: 99_999 }));
    expect(later?.content).toBe(places[1]?.content);
    expect(readSignBytes(signBytesOf({ ...asked, step: 'prevote', block: 2 }))?.content).not.toBe(places[1]?.content);
  });
});

describe('the queue of events', () => {
  it('gives them in the order of their times, and those of one time as they were planned', () => {
    const queue = new EventQueue();
    const random = new Random(1);
    const planned = Array.from({ length: 500 }, (_, at) => ({ atMs: random.below(50), at }));
    const seen: { atMs: number; at: number }[] = [];
    for (const each of planned) queue.at(each.atMs, () => seen.push(each));
    for (let next = queue.next(1000); next !== undefined; next = queue.next(1000)) next();
    expect(seen).toEqual([...planned].sort((a, b) => a.atMs - b.atMs || a.at - b.at));
  });
});
