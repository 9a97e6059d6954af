/** Elections, sentence by sentence; section numbers are those of Ongaro's dissertation. */
import { describe, expect, it } from 'vitest';
import { ELECTION_TICKS, of, Solo } from './solo.js';

const role = (solo: Solo) => solo.raft.status().role;

describe('election (§3.4)', () => {
  it('§3.4: a member starts as a follower', () => {
    expect(role(new Solo())).toBe('follower');
  });

  it('§3.4: a follower that hears nothing for an election timeout campaigns', () => {
    const solo = new Solo();
    solo.tick(ELECTION_TICKS - 1);
    expect(role(solo)).toBe('follower');
    solo.tick();
    expect(role(solo)).toBe('pre-candidate');
  });

  it('§3.4: a follower that hears heartbeats does not campaign', () => {
    const solo = new Solo();
    for (let i = 0; i < 5; i += 1) {
      solo.receive('heartbeat', 'b', 1n);
      solo.tick(ELECTION_TICKS - 1);
    }
    expect(solo.raft.status()).toMatchObject({ role: 'follower', leader: 'b', term: 1n });
  });

  it('§3.4: a candidate enters the next term and asks every other member', () => {
    const solo = new Solo({ term: 4n, log: [2n, 4n] });
    solo.raft.campaign();
    solo.settle();
    solo.receive('pre-vote-reply', 'b', 5n, { granted: true });
    const sent = of(solo.settle(), 'vote');
    expect(sent.map(({ to }) => to)).toEqual(['b', 'c']);
    expect(sent[0]).toMatchObject({ term: 5n, lastIndex: 2n, lastTerm: 4n, force: false });
    expect(solo.raft.status()).toMatchObject({ role: 'candidate', vote: 'a' });
  });

  const tallies = [
    { members: 1, grants: 0, refusals: 0, role: 'leader' },
    { members: 2, grants: 0, refusals: 0, role: 'candidate' },
    { members: 2, grants: 1, refusals: 0, role: 'leader' },
    { members: 3, grants: 0, refusals: 1, role: 'candidate' },
    { members: 3, grants: 0, refusals: 2, role: 'follower' },
    { members: 3, grants: 1, refusals: 0, role: 'leader' },
    { members: 4, grants: 1, refusals: 0, role: 'candidate' },
    { members: 4, grants: 1, refusals: 2, role: 'follower' },
    { members: 5, grants: 1, refusals: 2, role: 'candidate' },
    { members: 5, grants: 2, refusals: 0, role: 'leader' },
    { members: 5, grants: 1, refusals: 3, role: 'follower' },
  ] as const;
  it.each(tallies)('§3.4: of $members members, $grants grant and $refusals refuse: $role', (tally) => {
    const members = ['a', 'b', 'c', 'd', 'e'].slice(0, tally.members);
    const peers = members.slice(1);
    const solo = new Solo({ members });
    solo.raft.campaign();
    solo.settle();
    for (const peer of peers) solo.receive('pre-vote-reply', peer, 1n, { granted: true });
    solo.settle();
    for (const peer of peers.slice(0, tally.grants)) solo.receive('vote-reply', peer, 1n, { granted: true });
    for (const peer of peers.slice(tally.grants, tally.grants + tally.refusals)) solo.receive('vote-reply', peer, 1n);
    expect(role(solo)).toBe(tally.role);
  });

  it('§3.4: the same vote twice counts once', () => {
    const solo = new Solo({ members: ['a', 'b', 'c', 'd', 'e'] });
    solo.raft.campaign();
    solo.settle();
    for (const peer of ['b', 'c']) solo.receive('pre-vote-reply', peer, 1n, { granted: true });
    solo.settle();
    for (let i = 0; i < 3; i += 1) solo.receive('vote-reply', 'b', 1n, { granted: true });
    expect(role(solo)).toBe('candidate');
  });

  it('election safety, §3.4: a member gives one vote in a term, to who asks first, and repeats it', () => {
    const solo = new Solo();
    const ask = (from: string) => {
      solo.receive('vote', from, 1n);
      return of(solo.settle(), 'vote-reply')[0]?.granted;
    };
    expect(ask('b')).toBe(true);
    expect(ask('c')).toBe(false);
    expect(ask('b')).toBe(true);
  });

  it('election safety, §3.8: the vote outlives a restart', () => {
    const solo = new Solo({ term: 1n, vote: 'b' });
    solo.receive('vote', 'c', 1n);
    expect(of(solo.settle(), 'vote-reply')).toMatchObject([{ to: 'c', granted: false }]);
  });

  it('§3.4: a candidate that hears a leader of its term follows it', () => {
    const solo = new Solo();
    solo.raft.campaign();
    solo.settle();
    solo.receive('pre-vote-reply', 'b', 1n, { granted: true });
    solo.receive('heartbeat', 'c', 1n);
    expect(solo.raft.status()).toMatchObject({ role: 'follower', leader: 'c', term: 1n });
  });

  it('§3.3: every role gives way to a newer term', () => {
    const solo = new Solo();
    const term = solo.lead();
    expect(role(solo)).toBe('leader');
    solo.receive('append-reply', 'b', term + 3n);
    expect(solo.raft.status()).toMatchObject({ role: 'follower', leader: undefined, term: term + 3n });
  });

  it('§3.3: a vote request of an older term is refused and told the newer term', () => {
    const solo = new Solo({ term: 5n });
    solo.receive('vote', 'b', 4n);
    expect(solo.settle()).toMatchObject([{ type: 'vote-reply', to: 'b', term: 5n, granted: false }]);
    expect(solo.raft.status().vote).toBeUndefined();
  });

  it.each(['append', 'heartbeat', 'snapshot'] as const)(
    '§3.3: a leader of an older term is answered with the newer term on %s, and not followed',
    (type) => {
      const solo = new Solo({ term: 5n });
      const snapshot = { index: 9n, term: 4n, data: new Uint8Array(0) };
      solo.receive(type, 'b', 4n, type === 'snapshot' ? { snapshot } : {});
      expect(solo.settle()).toMatchObject([{ type: 'append-reply', to: 'b', term: 5n, accepted: false }]);
      expect(solo.raft.status().leader).toBeUndefined();
    },
  );

  // Ours: last index 2, last term 2.
  const logs = [
    { lastTerm: 1n, lastIndex: 1n, granted: false },
    { lastTerm: 1n, lastIndex: 2n, granted: false },
    { lastTerm: 1n, lastIndex: 9n, granted: false },
    { lastTerm: 2n, lastIndex: 1n, granted: false },
    { lastTerm: 2n, lastIndex: 2n, granted: true },
    { lastTerm: 2n, lastIndex: 3n, granted: true },
    { lastTerm: 3n, lastIndex: 1n, granted: true },
  ] as const;
  it.each(logs)(
    'leader completeness, §3.6.1: a log ending at $lastIndex of term $lastTerm gets the vote: $granted',
    ({ granted, ...log }) => {
      const solo = new Solo({ term: 3n, log: [1n, 2n] });
      solo.receive('pre-vote', 'b', 4n, log);
      solo.receive('vote', 'c', 4n, log);
      expect(solo.settle()).toMatchObject([
        { type: 'pre-vote-reply', granted },
        { type: 'vote-reply', granted },
      ]);
    },
  );

  it('throws when a second leader of its own term speaks to a leader', () => {
    const solo = new Solo();
    const term = solo.lead();
    expect(() => solo.receive('heartbeat', 'b', term)).toThrow(/^TWO_LEADERS: b leads in term 1/);
  });
});
