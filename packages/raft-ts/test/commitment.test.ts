/** What commits, and what a leader takes on; section numbers are those of Ongaro's dissertation. */
import { describe, expect, it } from 'vitest';
import { ELECTION_TICKS, leaderOfTerm1, of, Solo, text } from './solo.js';

describe('commitment (§3.6.2)', () => {
  const counts = [
    { members: 1, matches: [], commit: 1n },
    { members: 2, matches: [0n], commit: 0n },
    { members: 2, matches: [1n], commit: 1n },
    { members: 3, matches: [0n, 0n], commit: 0n },
    { members: 3, matches: [1n, 0n], commit: 1n },
    { members: 5, matches: [1n, 0n, 0n, 0n], commit: 0n },
    { members: 5, matches: [1n, 1n, 0n, 0n], commit: 1n },
  ];
  it.each(counts)(
    '§3.5: of $members members, acknowledgements $matches beside the own disk commit $commit',
    (count) => {
      const members = ['a', 'b', 'c', 'd', 'e'].slice(0, count.members);
      const solo = new Solo({ members });
      solo.lead(members.slice(1));
      count.matches.forEach((match, i) => {
        if (match > 0n) solo.acknowledge(members[i + 1] ?? '', match);
      });
      expect(solo.raft.status().commit).toBe(count.commit);
    },
  );

  it('§3.6.2, figure 3.7: an entry of an older term does not commit by counting, only behind one of this term', () => {
    const solo = new Solo({ members: ['a', 'b', 'c', 'd', 'e'], term: 3n, log: [1n, 2n] });
    const term = solo.lead(['b', 'c']);
    expect(term).toBe(4n);
    solo.acknowledge('b', 2n);
    solo.acknowledge('c', 2n);
    expect(solo.raft.status().commit).toBe(0n);
    solo.acknowledge('b', 3n);
    expect(solo.raft.status().commit).toBe(0n);
    solo.acknowledge('c', 3n);
    expect(solo.raft.status().commit).toBe(3n);
  });

  it('tells the followers of a new commit index at once', () => {
    const solo = leaderOfTerm1();
    solo.raft.propose(text('x'));
    solo.settle();
    solo.acknowledge('b', 2n);
    expect(of(solo.settle(), 'append')).toMatchObject([
      { to: 'b', previousIndex: 2n, entries: [], commit: 2n },
      { to: 'c', previousIndex: 2n, entries: [], commit: 2n },
    ]);
  });

  it('hands out committed entries in order, each once', () => {
    const solo = leaderOfTerm1();
    for (const value of ['x', 'y']) solo.raft.propose(text(value));
    solo.settle();
    solo.acknowledge('b', 2n);
    expect(solo.take().committed.map(({ index }) => index)).toEqual([2n]);
    solo.acknowledge('c', 3n);
    expect(solo.take().committed.map(({ index }) => index)).toEqual([3n]);
    expect(solo.raft.status().applied).toBe(3n);
    expect(solo.take().committed).toEqual([]);
  });
});

describe('proposals', () => {
  it('are dropped by who does not lead', () => {
    expect(new Solo().raft.propose(text('x'))).toEqual({ kind: 'dropped', reason: 'not-leader' });
    const solo = leaderOfTerm1();
    solo.tick(2 * ELECTION_TICKS);
    expect(solo.raft.propose(text('x'))).toEqual({ kind: 'dropped', reason: 'not-leader' });
  });

  it('are taken up to the uncommitted limit, dropped one byte beyond, and taken again after a commit', () => {
    const solo = leaderOfTerm1({ uncommittedBytesMax: 6 });
    expect(solo.raft.propose(text('xxxx')).kind).toBe('proposed');
    expect(solo.raft.propose(text('yyy'))).toEqual({ kind: 'dropped', reason: 'uncommitted-limit' });
    expect(solo.raft.propose(text('yy')).kind).toBe('proposed');
    expect(solo.raft.propose(text('z')).kind).toBe('dropped');
    solo.settle();
    solo.acknowledge('b', 2n);
    expect(solo.raft.propose(text('zzzz')).kind).toBe('proposed');
    expect(solo.raft.propose(text('z')).kind).toBe('dropped');
  });

  it('count against the limit also when an earlier leader left them uncommitted', () => {
    const solo = new Solo({ term: 1n, log: [1n, 1n], options: { uncommittedBytesMax: 3 } });
    solo.lead();
    expect(solo.raft.propose(text('xx')).kind).toBe('dropped');
    expect(solo.raft.propose(text('x')).kind).toBe('proposed');
  });
});
