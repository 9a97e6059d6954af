import { type Frost, loadFrost, type NonceCommitment, type PreparedCommitment } from '@quorumsign/frost';
import { beforeEach, describe, expect, it } from 'vitest';
import { CommitmentStock } from '../src/core/commitment-stock.js';
import { DEFAULT_LIMITS } from '../src/core/limits.js';
import { NonceDesk } from '../src/core/nonce-desk.js';
import { Outbox } from '../src/core/outbox.js';
import type { CoreDeps, CoreOptions } from '../src/core/types.js';

const loaded = await loadFrost();
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const { group, shares } = loaded.deal({
  secret: loaded.randomSecret(random),
  threshold: 2,
  identifiers: [1, 2],
  epoch: 1,
  random,
});
const [leaderShare, ownShare] = shares;
if (leaderShare === undefined || ownShare === undefined) throw new Error('no shares');
const CHAIN = 'chain-a';
const LEADER = { peer: 'leader', connectionId: 'connection-1' };
const members = [
  { name: 'leader', identifier: 1 },
  { name: 'self', identifier: 2 },
];

describe('commitments that a leader hands on', () => {
  let prepared: PreparedCommitment[];
  let parsed: number;
  let desk: NonceDesk;
  let nowMs: number;

  beforeEach(() => {
    nowMs = 0;
    prepared = [];
    parsed = 0;
    const frost: Frost = {
      ...loaded,
      parseCommitment: (bytes, identifier) => {
        parsed++;
        return loaded.parseCommitment(bytes, identifier);
      },
      prepareCommitment: (commitment) => {
        const made = loaded.prepareCommitment(commitment);
        if (made !== undefined) prepared.push(made);
        return made;
      },
    };
    const chain = { chainId: CHAIN, group, share: ownShare, limits: DEFAULT_LIMITS, rawBytes: {} };
    desk = new NonceDesk(
      {
        options: { name: 'self', members, threshold: 2, chains: [chain] } as unknown as CoreOptions,
        deps: { frost, monotonicMs: () => nowMs, effects: { event: () => {} } } as unknown as CoreDeps,
        self: { name: 'self', identifier: 2 },
        stock: new CommitmentStock(),
        outbox: new Outbox(new Uint8Array()),
        chain: () => chain,
        isConnection: () => true,
        isConnected: () => true,
        isLeader: () => false,
        stocked: () => {},
      },
      { peer: 'self', connectionId: 'self' },
    );
  });

  function handOn(): Uint8Array {
    const { commitment }: { commitment: NonceCommitment } = loaded.generateNonces(leaderShare as never, random);
    const bytes = Uint8Array.of(...commitment.hiding, ...commitment.binding);
    desk.published(
      LEADER,
      { name: 'leader', identifier: 1 },
      {
        chainId: CHAIN,
        signerSet: [1, 2],
        commitments: [{ identifier: 1, number: 1n, commitment: bytes }],
        handedOn: true,
      },
      false,
    );
    return bytes;
  }

  function work(): void {
    for (let piece = 0; desk.hasWork() && piece < 100; piece++) desk.workOnce();
  }

  it('are checked and prepared before their session, and serve it alone', () => {
    const bytes = handOn();
    work();
    expect(parsed).toBe(1);
    expect(desk.points(bytes, 1)).toBe(prepared[0]);
    expect(parsed).toBe(1);
    expect(desk.points(bytes, 1)).not.toBe(prepared[0]);
    expect(parsed).toBe(2);
  });

  it('are as good when their session comes before they are prepared', () => {
    const bytes = handOn();
    desk.workOnce();
    expect(desk.points(bytes, 1).hiding).toEqual(bytes.slice(0, 32));
    work();
    expect(prepared).toEqual([]);
  });

  it('are not put off for longer than 10 ms by signatures that follow each other without a pause', () => {
    handOn();
    expect(desk.isPressing()).toBe(false);
    nowMs = 11;
    expect(desk.isPressing()).toBe(true);
    desk.workOnce();
    expect(desk.isPressing()).toBe(false);
  });

  it('are let go with the leader’s connection', () => {
    handOn();
    handOn();
    work();
    expect(prepared.map(({ released }) => released)).toEqual([false, false]);
    desk.connectionLost('another');
    expect(prepared.map(({ released }) => released)).toEqual([false, false]);
    desk.connectionLost('leader');
    expect(prepared.map(({ released }) => released)).toEqual([true, true]);
  });

  it('that no session uses are let go when there are too many', () => {
    handOn();
    work();
    for (let more = 0; more < 1100; more++) {
      handOn();
      desk.workOnce();
    }
    expect(prepared[0]?.released).toBe(true);
  }, 60_000);
});
