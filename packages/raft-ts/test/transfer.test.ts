/** Leadership transfer (dissertation §3.10). */
import { describe, expect, it } from 'vitest';
import { ELECTION_TICKS, of, Solo, text } from './solo.js';

function leader(): Solo {
  const solo = new Solo();
  solo.lead();
  solo.acknowledge('b', 1n);
  solo.acknowledge('c', 1n);
  solo.settle();
  return solo;
}

describe('leadership transfer (§3.10)', () => {
  it('§3.10 step 1: the leader stops taking proposals', () => {
    const solo = leader();
    expect(solo.raft.transferLeadership('b')).toBe(true);
    expect(solo.raft.propose(text('x'))).toEqual({ kind: 'dropped', reason: 'transferring' });
    expect(solo.raft.status().transferTarget).toBe('b');
  });

  it('§3.10 step 3: a target that has everything is told at once', () => {
    const solo = leader();
    solo.raft.transferLeadership('b');
    expect(solo.settle()).toMatchObject([{ type: 'timeout-now', to: 'b', term: 1n }]);
  });

  it('§3.10 step 2: a target that lags is brought up to date first', () => {
    const solo = leader();
    solo.raft.propose(text('x'));
    solo.settle();
    solo.raft.transferLeadership('b');
    expect(of(solo.settle(), 'timeout-now')).toEqual([]);
    solo.acknowledge('c', 2n);
    expect(of(solo.settle(), 'timeout-now')).toEqual([]);
    solo.acknowledge('b', 2n);
    expect(of(solo.settle(), 'timeout-now')).toMatchObject([{ to: 'b' }]);
  });

  it('§3.10: the target campaigns at once, without pre-vote, and says that it was ordered', () => {
    const solo = new Solo({ term: 1n });
    solo.receive('heartbeat', 'b', 1n);
    solo.settle();
    solo.receive('timeout-now', 'b', 1n);
    expect(solo.settle()).toMatchObject([
      { type: 'vote', to: 'b', term: 2n, force: true },
      { type: 'vote', to: 'c', term: 2n, force: true },
    ]);
  });

  it('an order of an older term is void', () => {
    const solo = new Solo({ term: 2n });
    solo.receive('timeout-now', 'b', 1n);
    expect(solo.raft.status()).toMatchObject({ role: 'follower', term: 2n });
  });

  it('§3.10: a transfer that does not end within an election timeout is given up', () => {
    const solo = leader();
    solo.raft.transferLeadership('b');
    for (let i = 0; i < ELECTION_TICKS - 1; i += 1) {
      solo.tick();
      solo.receive('heartbeat-reply', 'c', 1n);
    }
    expect(solo.raft.propose(text('x')).kind).toBe('dropped');
    solo.tick();
    expect(solo.raft.status().transferTarget).toBeUndefined();
    expect(solo.raft.propose(text('x')).kind).toBe('proposed');
  });

  it('a second order for the same target does not extend the first; one for another replaces it', () => {
    const solo = leader();
    solo.raft.transferLeadership('b');
    solo.tick(ELECTION_TICKS - 1);
    expect(solo.raft.transferLeadership('b')).toBe(true);
    solo.receive('heartbeat-reply', 'c', 1n);
    solo.tick();
    expect(solo.raft.status().transferTarget).toBeUndefined();
    solo.raft.transferLeadership('b');
    expect(solo.raft.transferLeadership('c')).toBe(true);
    expect(solo.raft.status().transferTarget).toBe('c');
  });

  it.each([
    ['itself', 'a'],
    ['a stranger', 'z'],
  ])('refuses %s as target', (_, target) => {
    const solo = leader();
    expect(solo.raft.transferLeadership(target)).toBe(false);
    expect(solo.raft.propose(text('x')).kind).toBe('proposed');
  });

  it('refuses when it does not lead', () => {
    expect(new Solo().raft.transferLeadership('b')).toBe(false);
  });
});
