/** What keeps elections from disturbing a cluster: pre-vote, the lease on votes, check-quorum, and a way out of split votes. */
import { describe, expect, it } from 'vitest';
import { ELECTION_TICKS, of, Solo } from './solo.js';

const role = (solo: Solo) => solo.raft.status().role;

describe('split votes', () => {
  it('a candidate that is refused tries again after a few ticks, not a whole timeout', () => {
    const solo = new Solo({ options: { random: (bound) => bound - 1 } });
    solo.raft.campaign();
    solo.settle();
    solo.receive('pre-vote-reply', 'b', 1n, { granted: true });
    solo.settle();
    solo.receive('vote-reply', 'b', 1n);
    solo.tick(ELECTION_TICKS - 1);
    expect(role(solo)).toBe('pre-candidate');
  });

  it('of two pre-candidates the lower withdraws, grants, and waits a few ticks only', () => {
    const solo = new Solo({ options: { random: (bound) => bound - 1 } });
    solo.raft.campaign();
    solo.settle();
    solo.receive('pre-vote', 'b', 1n);
    expect(role(solo)).toBe('follower');
    expect(solo.settle()).toMatchObject([{ type: 'pre-vote-reply', to: 'b', term: 1n, granted: true }]);
    solo.tick(ELECTION_TICKS - 1);
    expect(role(solo)).toBe('pre-candidate');
  });

  it('of two pre-candidates the higher stays, and asks the rival again instead of answering', () => {
    const solo = new Solo({ term: 1n, log: [1n] });
    solo.raft.campaign();
    solo.settle();
    solo.receive('pre-vote', 'b', 2n);
    expect(role(solo)).toBe('pre-candidate');
    expect(solo.settle()).toMatchObject([{ type: 'pre-vote', to: 'b', term: 2n }]);
  });
});

describe('pre-vote (§9.6)', () => {
  it('§9.6: a pre-vote changes neither term nor vote, on either side', () => {
    const solo = new Solo({ term: 3n });
    solo.receive('pre-vote', 'b', 4n);
    expect(solo.settle()).toMatchObject([{ type: 'pre-vote-reply', term: 4n, granted: true }]);
    solo.raft.campaign();
    expect(solo.settle()).toMatchObject([
      { type: 'pre-vote', term: 4n },
      { type: 'pre-vote', term: 4n },
    ]);
    expect(solo.raft.status()).toMatchObject({ term: 3n, vote: undefined });
  });

  it('§9.6: pre-votes are granted to several in one term', () => {
    const solo = new Solo();
    solo.receive('pre-vote', 'b', 1n);
    solo.receive('pre-vote', 'c', 1n);
    expect(of(solo.settle(), 'pre-vote-reply').map(({ granted }) => granted)).toEqual([true, true]);
  });

  it('§9.6: without a quorum of pre-votes the term stays as it is, however long', () => {
    const solo = new Solo({ term: 3n });
    solo.tick(100 * ELECTION_TICKS);
    solo.settle();
    expect(solo.raft.status()).toMatchObject({ role: 'pre-candidate', term: 3n });
  });

  it('§9.6: a pre-vote for a term that was used up is refused with the newer term', () => {
    const solo = new Solo({ term: 5n, vote: 'c' });
    solo.receive('pre-vote', 'b', 5n);
    expect(solo.settle()).toMatchObject([{ type: 'pre-vote-reply', term: 5n, granted: false }]);
  });

  it('§9.6: a refusal of a newer term is learnt from; of an older term it still counts', () => {
    const newer = new Solo({ term: 3n });
    newer.raft.campaign();
    newer.receive('pre-vote-reply', 'b', 7n);
    expect(newer.raft.status()).toMatchObject({ role: 'follower', term: 7n });
    const older = new Solo({ term: 3n });
    older.raft.campaign();
    older.receive('pre-vote-reply', 'b', 1n);
    older.receive('pre-vote-reply', 'c', 2n);
    expect(older.raft.status()).toMatchObject({ role: 'follower', term: 3n });
  });

  it('§9.6: a late grant for an earlier campaign does not count', () => {
    const solo = new Solo({ term: 3n });
    solo.raft.campaign();
    solo.receive('pre-vote-reply', 'b', 3n, { granted: true });
    expect(role(solo)).toBe('pre-candidate');
    solo.receive('pre-vote-reply', 'b', 4n, { granted: true });
    expect(role(solo)).toBe('candidate');
  });

  it('§9.6: a peer may change a refusal into a grant', () => {
    const solo = new Solo({ members: ['a', 'b', 'c', 'd', 'e'] });
    solo.raft.campaign();
    solo.receive('pre-vote-reply', 'b', 0n);
    solo.receive('pre-vote-reply', 'b', 1n, { granted: true });
    solo.receive('pre-vote-reply', 'b', 0n);
    solo.receive('pre-vote-reply', 'c', 1n, { granted: true });
    expect(role(solo)).toBe('candidate');
  });
});

describe("the leader's lease on votes (§4.2.3, §6.2)", () => {
  const follower = () => {
    const solo = new Solo({ term: 1n });
    solo.receive('heartbeat', 'b', 1n);
    solo.settle();
    return solo;
  };

  it('§4.2.3: within an election timeout of a heartbeat, neither pre-vote nor vote nor term gets through', () => {
    const solo = follower();
    solo.tick(ELECTION_TICKS - 1);
    solo.receive('pre-vote', 'c', 2n);
    solo.receive('vote', 'c', 9n);
    expect(solo.settle()).toEqual([]);
    expect(solo.raft.status()).toMatchObject({ term: 1n, leader: 'b' });
  });

  it('§4.2.3: a leader does not give way to a vote request either', () => {
    const solo = new Solo();
    solo.lead();
    solo.receive('vote', 'c', 9n);
    solo.receive('pre-vote', 'c', 9n);
    expect(solo.settle()).toEqual([]);
    expect(role(solo)).toBe('leader');
  });

  it('§3.10: force overrides the lease', () => {
    const solo = follower();
    solo.receive('pre-vote', 'c', 2n, { force: true });
    solo.receive('vote', 'c', 2n, { force: true });
    expect(solo.settle()).toMatchObject([{ granted: true }, { granted: true }]);
  });

  it('the lease ends with the election timeout', () => {
    const solo = new Solo({ term: 1n, options: { random: (bound) => bound - 1 } });
    solo.receive('heartbeat', 'b', 1n);
    solo.settle();
    solo.tick(ELECTION_TICKS);
    solo.receive('vote', 'c', 2n);
    expect(solo.settle()).toMatchObject([{ type: 'vote-reply', granted: true }]);
  });

  it('a leader that is lost has no lease, and who asked before is answered now', () => {
    const solo = follower();
    solo.receive('pre-vote', 'c', 2n);
    expect(solo.settle()).toEqual([]);
    solo.raft.leaderLost('b');
    expect(solo.settle()).toMatchObject([{ type: 'pre-vote-reply', to: 'c', term: 2n, granted: true }]);
    solo.receive('pre-vote', 'c', 2n);
    expect(solo.settle()).toMatchObject([{ type: 'pre-vote-reply', granted: true }]);
  });

  it('the loss of another member than the leader changes nothing', () => {
    const solo = follower();
    solo.raft.leaderLost('c');
    solo.receive('pre-vote', 'c', 2n);
    expect(solo.settle()).toEqual([]);
    expect(solo.raft.status().leader).toBe('b');
  });

  it('a campaign forgets the leader', () => {
    const solo = follower();
    solo.raft.campaign();
    expect(solo.raft.status()).toMatchObject({ role: 'pre-candidate', leader: undefined, term: 1n });
  });

  it('a campaign is no news to a leader or candidate, and asks the silent again when it is only a pre-candidate', () => {
    const solo = new Solo();
    solo.raft.campaign();
    expect(of(solo.settle(), 'pre-vote')).toHaveLength(2);
    solo.raft.campaign();
    expect(of(solo.settle(), 'pre-vote')).toHaveLength(2);
    solo.receive('pre-vote-reply', 'b', 1n, { granted: true });
    solo.settle();
    solo.raft.campaign();
    expect(solo.settle()).toEqual([]);
    expect(role(solo)).toBe('candidate');
    solo.receive('vote-reply', 'b', 1n, { granted: true });
    solo.settle();
    solo.raft.campaign();
    expect(role(solo)).toBe('leader');
  });

  it('a peer that comes back during a campaign is asked again unless it has granted', () => {
    const solo = new Solo({ members: ['a', 'b', 'c', 'd', 'e'] });
    solo.raft.campaign();
    solo.settle();
    solo.receive('pre-vote-reply', 'b', 1n, { granted: true });
    solo.raft.peerReachable('b');
    solo.raft.peerReachable('c');
    for (const noPeer of ['a', 'z']) solo.raft.peerReachable(noPeer);
    expect(solo.settle()).toMatchObject([{ type: 'pre-vote', to: 'c' }]);
  });
});

describe('check-quorum (§6.2)', () => {
  it('§6.2: a leader that heard no quorum for an election timeout steps down, in its term', () => {
    const solo = new Solo();
    const term = solo.lead();
    solo.tick(ELECTION_TICKS - 1);
    expect(role(solo)).toBe('leader');
    solo.tick();
    expect(solo.raft.status()).toMatchObject({ role: 'follower', leader: undefined, term });
  });

  it('§6.2: a leader that hears a quorum stays', () => {
    const solo = new Solo({ members: ['a', 'b', 'c', 'd', 'e'] });
    const term = solo.lead();
    for (let i = 0; i < 5; i += 1) {
      for (const peer of ['b', 'c']) solo.receive('heartbeat-reply', peer, term);
      solo.tick(ELECTION_TICKS);
    }
    expect(role(solo)).toBe('leader');
    solo.receive('heartbeat-reply', 'b', term);
    solo.tick(ELECTION_TICKS);
    expect(role(solo)).toBe('follower');
  });

  it('a single member is its own quorum', () => {
    const solo = new Solo({ members: ['a'] });
    solo.lead([]);
    solo.tick(5 * ELECTION_TICKS);
    expect(role(solo)).toBe('leader');
  });
});
