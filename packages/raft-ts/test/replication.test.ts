/** Log replication, sentence by sentence; section numbers are those of Ongaro's dissertation. */
import { describe, expect, it } from 'vitest';
import { entries, leaderOfTerm1, of, Solo, text } from './solo.js';

describe('the leader (§3.5)', () => {
  it('§6.4: begins its term with a no-op, in the first append to everybody', () => {
    const solo = new Solo({ term: 1n, log: [1n] });
    solo.raft.campaign();
    solo.settle();
    solo.receive('pre-vote-reply', 'b', 2n, { granted: true });
    solo.settle();
    solo.receive('vote-reply', 'b', 2n, { granted: true });
    const noop = { index: 2n, term: 2n, data: new Uint8Array(0) };
    expect(of(solo.settle(), 'append')).toMatchObject([
      { to: 'b', term: 2n, previousIndex: 1n, previousTerm: 1n, entries: [noop] },
      { to: 'c', term: 2n, previousIndex: 1n, previousTerm: 1n, entries: [noop] },
    ]);
  });

  it('§3.5: appends a proposal and sends it to all, without waiting for its own disk', () => {
    const solo = leaderOfTerm1();
    expect(solo.raft.propose(text('x'))).toEqual({ kind: 'proposed', index: 2n, term: 1n });
    const ready = solo.take();
    expect(of(ready.messages, 'append').map(({ to }) => to)).toEqual(['b', 'c']);
    expect(ready.entries).toMatchObject([{ index: 2n, term: 1n, data: text('x') }]);
    expect(ready.mustPersist).toBe(true);
  });

  it('proposals made together travel together', () => {
    const solo = leaderOfTerm1();
    for (const value of ['x', 'y', 'z']) solo.raft.propose(text(value));
    const appends = of(solo.take().messages, 'append');
    expect(appends.map(({ entries: { length } }) => length)).toEqual([3, 3]);
  });

  it('§10.2.1: sends on without waiting for answers, up to the window', () => {
    const solo = leaderOfTerm1({ inflightMax: 2 });
    for (const value of ['x', 'y', 'z']) {
      solo.raft.propose(text(value));
      solo.settle();
    }
    expect(solo.raft.status().progress[0]).toMatchObject({ state: 'replicate', match: 1n, next: 4n });
    solo.acknowledge('b', 2n);
    expect(of(solo.settle(), 'append').filter(({ to }) => to === 'b')).toMatchObject([{ previousIndex: 3n }]);
  });

  it('keeps each append within its bytes, but always sends one entry', () => {
    const solo = leaderOfTerm1({ appendBytesMax: 4 });
    for (const value of ['xxxxxx', 'yy', 'zz', 'w']) solo.raft.propose(text(value));
    const appends = of(solo.settle(), 'append').filter(({ to }) => to === 'b');
    expect(appends.map((append) => append.entries.length)).toEqual([1, 2, 1]);
  });

  it('leader append-only: what it restored stays as it is', () => {
    const solo = new Solo({ term: 2n, log: [1n, 2n, 2n] });
    solo.lead();
    expect(solo.terms).toEqual([1n, 2n, 2n, 3n]);
  });

  it('§3.5: heartbeats go out every interval and name no commit beyond what matches', () => {
    const solo = leaderOfTerm1({ heartbeatTicks: 2 });
    solo.raft.propose(text('x'));
    solo.settle();
    solo.acknowledge('b', 2n);
    solo.settle();
    solo.tick();
    expect(of(solo.settle(), 'heartbeat')).toEqual([]);
    solo.tick();
    expect(of(solo.settle(), 'heartbeat')).toMatchObject([
      { to: 'b', commit: 2n },
      { to: 'c', commit: 1n },
    ]);
  });

  it('a heartbeat reply brings an append to who lags, so that a lost one is made up for', () => {
    const solo = leaderOfTerm1();
    solo.raft.propose(text('x'));
    solo.settle();
    solo.receive('heartbeat-reply', 'c', 1n);
    expect(of(solo.settle(), 'append')).toMatchObject([{ to: 'c', previousIndex: 2n, entries: [] }]);
    solo.receive('append-reply', 'c', 1n, { index: 2n, hintIndex: 1n, hintTerm: 1n });
    const [append] = of(solo.settle(), 'append');
    expect(append).toMatchObject({ to: 'c', previousIndex: 1n, entries: [{ index: 2n }] });
  });

  it('probes with one append at a time', () => {
    const solo = leaderOfTerm1();
    solo.raft.peerReachable('b');
    solo.raft.propose(text('x'));
    expect(of(solo.settle(), 'append').filter(({ to }) => to === 'b')).toHaveLength(1);
    solo.raft.propose(text('y'));
    expect(of(solo.settle(), 'append').filter(({ to }) => to === 'b')).toHaveLength(0);
    solo.acknowledge('b', 2n);
    expect(of(solo.settle(), 'append').filter(({ to }) => to === 'b')).toMatchObject([{ previousIndex: 2n }]);
  });

  it('sends nothing to a peer that is unreachable until it is heard or reported again', () => {
    for (const comeBack of [
      (solo: Solo) => solo.raft.peerReachable('b'),
      (solo: Solo) => solo.receive('heartbeat-reply', 'b', 1n),
    ]) {
      const solo = leaderOfTerm1();
      solo.raft.peerUnreachable('b');
      solo.raft.propose(text('x'));
      expect(of(solo.settle(), 'append').map(({ to }) => to)).toEqual(['c']);
      comeBack(solo);
      expect(of(solo.settle(), 'append')).toMatchObject([{ to: 'b', previousIndex: 1n, entries: [{ index: 2n }] }]);
    }
  });

  it('gives a follower that has lost its log everything anew, and tells it of no commit that it does not have', () => {
    const solo = leaderOfTerm1();
    solo.raft.propose(text('x'));
    solo.settle();
    solo.acknowledge('b', 2n);
    solo.settle();
    solo.raft.peerReplaced('b');
    expect(solo.raft.status()).toMatchObject({ commit: 2n, progress: [{ name: 'b', state: 'probe', match: 0n }, {}] });
    solo.tick();
    expect(of(solo.settle(), 'heartbeat').filter(({ to }) => to === 'b')).toMatchObject([{ commit: 0n }]);
    solo.receive('heartbeat-reply', 'b', 1n);
    const [probe] = of(solo.settle(), 'append').filter(({ to }) => to === 'b');
    const index = probe?.previousIndex ?? 0n;
    solo.receive('append-reply', 'b', 1n, { accepted: false, index, hintIndex: 0n, hintTerm: 0n });
    expect(of(solo.settle(), 'append')).toMatchObject([{ to: 'b', previousIndex: 0n }]);
  });

  it.each([
    ['beyond its log', 9n],
    ['at the limit of indexes', 2n ** 63n - 1n],
  ])('ignores and counts an acknowledgement %s', (_, index) => {
    const solo = leaderOfTerm1();
    solo.acknowledge('b', index);
    expect(solo.raft.status()).toMatchObject({ commit: 1n, ignored: 1 });
  });

  it.each([
    ['a refusal of what is known to match', { index: 1n, hintIndex: 0n }],
    ['a refusal of what was not probed', { index: 0n, hintIndex: 0n }],
  ])('%s is late and changes nothing', (_, fields) => {
    const solo = leaderOfTerm1();
    const before = solo.raft.status().progress;
    solo.receive('append-reply', 'b', 1n, fields);
    expect(solo.raft.status().progress).toEqual(before);
  });

  it('a late refusal while probing elsewhere changes nothing', () => {
    const solo = new Solo({ term: 1n, log: [1n, 1n, 1n, 1n] });
    solo.lead();
    solo.receive('append-reply', 'b', 2n, { index: 2n, hintIndex: 1n, hintTerm: 1n });
    expect(solo.raft.status().progress[0]).toMatchObject({ state: 'probe', next: 5n });
  });
});

describe('the follower (§3.5)', () => {
  // Ours: terms 1, 1, 4 at 1, 2, 3.
  const cases = [
    { name: 'continues', at: [3n, 4n], add: [4n], terms: [1n, 1n, 4n, 4n], reply: { accepted: true, index: 4n } },
    { name: 'repeats', at: [1n, 1n], add: [1n, 4n], terms: [1n, 1n, 4n], reply: { accepted: true, index: 3n } },
    { name: 'repeats a part', at: [0n, 0n], add: [1n], terms: [1n, 1n, 4n], reply: { accepted: true, index: 1n } },
    { name: 'is empty', at: [2n, 1n], add: [], terms: [1n, 1n, 4n], reply: { accepted: true, index: 2n } },
    { name: 'conflicts', at: [2n, 1n], add: [5n, 5n], terms: [1n, 1n, 5n, 5n], reply: { accepted: true, index: 4n } },
    { name: 'conflicts at once', at: [0n, 0n], add: [5n], terms: [5n], reply: { accepted: true, index: 1n } },
    {
      name: 'leaves a gap',
      at: [5n, 5n],
      add: [5n],
      terms: [1n, 1n, 4n],
      reply: { accepted: false, index: 5n, hintIndex: 3n, hintTerm: 4n },
    },
    {
      name: 'follows another entry',
      at: [3n, 3n],
      add: [5n],
      terms: [1n, 1n, 4n],
      reply: { accepted: false, index: 3n, hintIndex: 2n, hintTerm: 1n },
    },
  ];
  it.each(cases)('log matching, §3.5: an append that $name leaves $terms', ({ at, add, terms, reply }) => {
    const [previousIndex = 0n, previousTerm = 0n] = at;
    const solo = new Solo({ term: 4n, log: [1n, 1n, 4n] });
    solo.receive('append', 'b', 5n, { previousIndex, previousTerm, entries: entries(previousIndex + 1n, ...add) });
    expect(of(solo.settle(), 'append-reply')).toMatchObject([{ to: 'b', term: 5n, ...reply }]);
    expect(solo.terms).toEqual(terms);
  });

  it.each([
    ['the append ends earlier', 9n, 2n],
    ['the leader committed less', 1n, 1n],
  ])('§3.5: commits up to the lesser of both when %s', (_, commit, expected) => {
    const solo = new Solo({ term: 1n, log: [1n, 1n, 1n] });
    solo.receive('append', 'b', 1n, { previousIndex: 2n, previousTerm: 1n, commit });
    expect(solo.raft.status().commit).toBe(expected);
    expect(solo.take().committed.map(({ index }) => index)).toEqual([1n, 2n].slice(0, Number(expected)));
  });

  it('a heartbeat carries the commit index too', () => {
    const solo = new Solo({ term: 1n, log: [1n, 1n] });
    solo.receive('heartbeat', 'b', 1n, { commit: 1n });
    expect(solo.settle()).toMatchObject([{ type: 'heartbeat-reply', to: 'b' }]);
    expect(solo.raft.status().commit).toBe(1n);
  });

  it('an append of old news is answered with the commit index', () => {
    const solo = new Solo({ term: 1n, log: [1n, 1n, 1n], commit: 2n });
    solo.receive('append', 'b', 1n, { entries: entries(1n, 1n) });
    expect(of(solo.settle(), 'append-reply')).toMatchObject([{ accepted: true, index: 2n }]);
  });

  it('a committed entry stays, whatever a leader of a newer term sends', () => {
    const solo = new Solo({ term: 1n, log: [1n, 1n, 1n], commit: 2n });
    for (const [previousIndex, previousTerm] of [
      [0n, 0n],
      [1n, 1n],
      [1n, 2n],
      [2n, 2n],
    ] as const) {
      const append = { previousIndex, previousTerm, entries: entries(previousIndex + 1n, 2n, 2n), commit: 9n };
      expect(() => solo.receive('append', 'c', 2n, append)).toThrow(/^COMMITTED_CONTRADICTED/);
    }
    expect(solo.terms).toEqual([1n, 1n, 1n]);
    expect(solo.raft.status().commit).toBe(2n);
  });

  it('throws when the leader says that it acknowledged what it does not have', () => {
    const solo = new Solo({ term: 1n, log: [1n] });
    expect(() => solo.receive('heartbeat', 'b', 1n, { commit: 2n })).toThrow(
      /^ENTRIES_FORGOTTEN: .* up to 2 .* ends at 1/,
    );
  });
});

describe('where logs part, a term costs one round trip', () => {
  it('the follower skips back over its terms above that of the probe', () => {
    const solo = new Solo({ term: 9n, log: [1n, 2n, 2n, 8n, 8n, 9n] });
    solo.receive('append', 'b', 10n, { previousIndex: 6n, previousTerm: 5n });
    expect(of(solo.settle(), 'append-reply')).toMatchObject([{ accepted: false, hintIndex: 3n, hintTerm: 2n }]);
  });

  it('the leader skips back over its terms above that of the hint', () => {
    const solo = new Solo({ term: 6n, log: [1n, 3n, 5n, 5n, 6n, 6n] });
    solo.lead();
    solo.receive('append-reply', 'b', 7n, { index: 6n, hintIndex: 5n, hintTerm: 4n });
    expect(solo.raft.status().progress[0]).toMatchObject({ state: 'probe', match: 0n, next: 3n });
  });

  it('an empty follower is sent everything at the second attempt', () => {
    const solo = new Solo({ term: 6n, log: [1n, 3n, 5n, 5n, 6n, 6n] });
    solo.lead();
    solo.receive('append-reply', 'b', 7n, { index: 6n, hintIndex: 0n, hintTerm: 0n });
    const [append] = of(solo.settle(), 'append');
    expect(append).toMatchObject({ to: 'b', previousIndex: 0n, previousTerm: 0n });
    expect(append?.entries).toHaveLength(7);
  });
});
