/** A leader whose log differs from what is committed here: a state that the paper rules out, and what a caller may do about it. */
import { describe, expect, it } from 'vitest';
import { entries, of, Solo, text } from './solo.js';

/** Entries 1 to 3 of term 1 are committed; `compacted` of them stand in a snapshot. */
function committed(compacted = 0n): Solo {
  const solo = new Solo();
  solo.receive('append', 'b', 1n, { entries: entries(1n, 1n, 1n, 1n), commit: 3n });
  solo.settle();
  if (compacted > 0n) solo.raft.compact(compacted, text('state'));
  return solo;
}

describe('a leader contradicts what is committed', () => {
  it.each([
    ['by the entry before its own', 0n, { previousIndex: 2n, previousTerm: 2n }],
    ['by the entry before its own, at the commit index', 0n, { previousIndex: 3n, previousTerm: 2n }],
    ['by an entry', 0n, { previousIndex: 1n, previousTerm: 1n, entries: entries(2n, 1n, 2n) }],
    [
      'by an entry where a snapshot stands, of a term above its own',
      3n,
      { previousIndex: 1n, previousTerm: 1n, entries: entries(2n, 2n) },
    ],
  ])('%s', (_, compacted, append) => {
    const solo = committed(compacted);
    expect(() => solo.receive('append', 'c', 2n, append)).toThrow(
      /^COMMITTED_CONTRADICTED: c leads with an entry \d of term 2/,
    );
    expect(solo.raft.status()).toMatchObject({ commit: 3n, lastIndex: 3n });
  });

  it('by its snapshot', () => {
    const solo = committed();
    const snapshot = { index: 3n, term: 2n, data: text('') };
    expect(() => solo.receive('snapshot', 'c', 2n, { snapshot })).toThrow(/^COMMITTED_CONTRADICTED/);
  });

  it('by none of the entries that are the same, nor by those behind what is committed', () => {
    const solo = committed();
    solo.receive('append', 'c', 2n, { entries: entries(1n, 1n, 1n, 1n, 2n) });
    solo.receive('append', 'c', 2n, { previousIndex: 3n, previousTerm: 1n, entries: entries(4n, 2n) });
    solo.settle();
    expect(solo.terms).toEqual([1n, 1n, 1n, 2n]);
  });

  it('by none where a snapshot stands, of a term that may have been', () => {
    const solo = committed(3n);
    solo.receive('append', 'c', 2n, { previousIndex: 1n, previousTerm: 1n, entries: entries(2n, 1n, 1n) });
    expect(of(solo.settle(), 'append-reply')).toMatchObject([{ accepted: true, index: 3n }]);
  });
});

describe('a member that starts over', () => {
  it('has an empty log, on its disk too, and is in the next term without a leader or a vote', () => {
    const solo = committed(2n);
    solo.raft.startOver();
    const ready = solo.take();
    expect(ready).toMatchObject({
      hardState: { term: 2n, vote: undefined, commit: 0n },
      snapshot: { index: 0n, term: 0n },
      entries: [],
      softState: { role: 'follower', term: 2n, leader: undefined },
    });
    expect(solo.raft.status()).toMatchObject({ commit: 0n, applied: 0n, firstIndex: 1n, lastIndex: 0n, durable: 0n });
  });

  it('acknowledges nothing of its old log any more', () => {
    const solo = committed();
    solo.receive('append', 'b', 1n, { previousIndex: 3n, previousTerm: 1n, entries: entries(4n, 1n) });
    const ready = solo.take();
    solo.raft.startOver();
    solo.raft.persisted(ready.ticket);
    expect(solo.raft.durableIndex).toBe(0n);
    expect(of(solo.settle(), 'append-reply')).toEqual([]);
  });

  it("takes a later leader's log, by entries and by snapshot", () => {
    const solo = committed();
    solo.raft.startOver();
    solo.settle();
    solo.receive('append', 'c', 3n, { entries: entries(1n, 3n), commit: 1n });
    expect(of(solo.settle(), 'append-reply')).toMatchObject([{ accepted: true, index: 1n }]);
    solo.raft.startOver();
    solo.receive('snapshot', 'b', 5n, { snapshot: { index: 9n, term: 4n, data: text('state') } });
    solo.settle();
    expect(solo.raft.status()).toMatchObject({ commit: 9n, durable: 9n, term: 5n });
  });

  it('has that state again after a restart', () => {
    const solo = committed(3n);
    solo.raft.startOver();
    const { hardState, snapshot, entries: none } = solo.take();
    expect(hardState?.term).toBe(2n);
    expect(none).toEqual([]);
    const again = new Solo({ term: 2n, ...(snapshot === undefined ? {} : { snapshot }) });
    again.receive('append', 'c', 3n, { entries: entries(1n, 3n) });
    again.settle();
    expect(again.terms).toEqual([3n]);
  });
});
