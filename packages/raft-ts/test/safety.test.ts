/** What the other files leave of the dissertation's rules on safety and timing: §3.2, §3.3, §3.7, §3.8, §3.9. */
import { describe, expect, it } from 'vitest';
import { ELECTION_TICKS, entries, leaderOfTerm1, of, Solo, text } from './solo.js';

describe('§3.2, the properties', () => {
  it('§3.2 leader append-only: a leader that steps down keeps its uncommitted entries, until a leader overwrites them', () => {
    const solo = leaderOfTerm1();
    solo.raft.propose(text('x'));
    solo.receive('heartbeat', 'b', 2n);
    expect(solo.terms).toEqual([1n, 1n]);
    solo.receive('append', 'b', 2n, { previousIndex: 1n, previousTerm: 1n, entries: entries(2n, 2n) });
    expect(solo.terms).toEqual([1n, 2n]);
  });

  it('§3.2 state machine safety: what was handed out as committed is not handed out again, nor replaced', () => {
    const solo = new Solo();
    solo.receive('append', 'b', 1n, { entries: entries(1n, 1n), commit: 1n });
    solo.settle();
    const other = { entries: entries(1n, 2n, 2n), commit: 2n };
    expect(() => solo.receive('append', 'c', 2n, other)).toThrow(
      /^COMMITTED_CONTRADICTED: c leads with an entry 1 of term 2/,
    );
    expect(solo.terms).toEqual([1n]);
    expect(solo.raft.status()).toMatchObject({ commit: 1n, applied: 1n });
  });
});

describe('§3.3, terms', () => {
  it('§3.3: a term rises by one with each campaign, and with what is heard', () => {
    const solo = new Solo({ term: 3n, options: { preVote: false } });
    solo.raft.campaign();
    expect(solo.raft.term).toBe(4n);
    solo.receive('vote-reply', 'b', 9n);
    expect(solo.raft.status()).toMatchObject({ role: 'follower', term: 9n, vote: undefined });
  });

  it.each(['append-reply', 'vote-reply', 'heartbeat-reply', 'timeout-now', 'read-index'] as const)(
    '§3.3: a %s of an older term is void',
    (type) => {
      const solo = new Solo({ term: 3n, log: [1n] });
      solo.receive(type, 'b', 2n);
      expect(solo.raft.hasReady()).toBe(false);
    },
  );
});

describe('§3.7, followers that crash', () => {
  it('§3.7: an append that arrives twice changes nothing the second time', () => {
    const solo = new Solo();
    const append = () => solo.receive('append', 'b', 1n, { entries: entries(1n, 1n, 1n) });
    append();
    const first = of(solo.settle(), 'append-reply');
    append();
    expect(of(solo.settle(), 'append-reply')).toEqual(first);
    expect(solo.terms).toEqual([1n, 1n]);
  });

  it('§3.7: a leader goes on trying a member that does not answer, without flooding it', () => {
    const solo = new Solo({ members: ['a', 'b', 'c'], options: { inflightMax: 4 } });
    solo.lead();
    let appends = 0;
    for (let tick = 0; tick < 50; tick += 1) {
      solo.receive('heartbeat-reply', 'b', 1n);
      solo.raft.propose(text('x'));
      const sent = solo.settle().filter(({ to }) => to === 'c');
      appends += of(sent, 'append').length;
      solo.tick();
      expect(of(solo.settle(), 'heartbeat').map(({ to }) => to)).toContain('c');
    }
    // It never answered the probe of the beginning, which went out in `lead`.
    expect(appends).toBe(0);
  });
});

describe('§3.8, what is on disk', () => {
  it('§3.8: term and vote are in the first write after they moved, and with nothing else to write too', () => {
    const solo = new Solo();
    solo.receive('vote', 'b', 4n);
    const ready = solo.take();
    expect(ready).toMatchObject({ mustPersist: true, hardState: { term: 4n, vote: 'b' }, entries: [] });
  });

  it('§3.8: a vote in a term that is on disk already waits for its own write all the same', () => {
    const solo = new Solo({ term: 4n });
    solo.receive('vote', 'b', 4n);
    const { messages, messagesAfterPersist, hardState } = solo.take();
    expect(messages).toEqual([]);
    expect(messagesAfterPersist).toMatchObject([{ type: 'vote-reply', granted: true }]);
    expect(hardState).toMatchObject({ term: 4n, vote: 'b' });
  });

  it('§3.8: an own vote counts when it is on disk, not with an earlier write of the same term', () => {
    const solo = new Solo({ options: { preVote: false } });
    solo.receive('append', 'b', 1n, { entries: entries(1n, 1n) });
    const early = solo.take();
    solo.raft.leaderLost('b');
    solo.raft.campaign();
    const own = solo.take();
    solo.receive('vote-reply', 'c', 2n, { granted: true });
    solo.raft.persisted(early.ticket);
    expect(solo.raft.status().role).toBe('candidate');
    solo.raft.persisted(own.ticket);
    expect(solo.raft.status().role).toBe('leader');
  });

  it('§3.8: a commit index that was lost is found again by hearing from the leader', () => {
    const solo = new Solo({ term: 1n, log: [1n, 1n], commit: 0n });
    expect(solo.raft.status()).toMatchObject({ commit: 0n, applied: 0n });
    solo.receive('heartbeat', 'b', 1n, { commit: 2n });
    expect(solo.take().committed.map(({ index }) => index)).toEqual([1n, 2n]);
  });
});

describe('§3.9, timing', () => {
  it.each([
    [0, ELECTION_TICKS],
    [ELECTION_TICKS - 1, 2 * ELECTION_TICKS - 1],
  ])('§3.9: with random %i a follower campaigns after %i ticks, not before', (random, ticks) => {
    const solo = new Solo({ options: { random: () => random } });
    solo.tick(ticks - 1);
    expect(solo.raft.status().role).toBe('follower');
    solo.tick();
    expect(solo.raft.status().role).toBe('pre-candidate');
  });

  it('§3.9: every wait is drawn anew', () => {
    const bounds: number[] = [];
    const solo = new Solo({
      options: {
        random: (bound) => {
          bounds.push(bound);
          return 0;
        },
      },
    });
    solo.tick(3 * ELECTION_TICKS);
    expect(bounds).toEqual([ELECTION_TICKS, ELECTION_TICKS, ELECTION_TICKS, ELECTION_TICKS]);
  });
});
