/** What options and reports of the caller change. */
import { describe, expect, it } from 'vitest';
import { formatTraceEvent, type TraceEvent } from '../src/index.js';
import { entries, leaderOfTerm1, of, Solo, text } from './solo.js';

describe('committedBytesMax', () => {
  const committedIn = (committedBytesMax: number) => {
    const solo = new Solo({ term: 1n, log: [1n, 1n, 1n, 1n, 1n], options: { committedBytesMax } });
    solo.receive('heartbeat', 'b', 1n, { commit: 5n });
    const batches: number[] = [];
    for (let turn = 0; turn < 10 && solo.raft.hasReady(); turn += 1) batches.push(solo.take().committed.length);
    expect(solo.raft.status().applied).toBe(5n);
    return batches;
  };

  it.each([
    [2, [2, 2, 1]],
    [1, [1, 1, 1, 1, 1]],
    [5, [5]],
    [1000, [5]],
  ])('of entries of one byte, with %i bytes, hands out %j at a time', (bytes, batches) => {
    expect(committedIn(bytes)).toEqual(batches);
  });

  it('one entry always goes, however large', () => {
    const solo = new Solo({ term: 1n, options: { committedBytesMax: 1 } });
    const large = [{ index: 1n, term: 1n, data: text('large') }];
    solo.receive('append', 'b', 1n, { entries: large, commit: 1n });
    solo.raft.persisted(solo.take().ticket);
    expect(solo.take().committed).toEqual(large);
  });
});

describe('preVote', () => {
  it('false: a campaign enters its term at once, after a timeout and when told to', () => {
    for (const campaign of [(solo: Solo) => solo.tick(10), (solo: Solo) => solo.raft.campaign()]) {
      const solo = new Solo({ options: { preVote: false } });
      campaign(solo);
      expect(solo.raft.status()).toMatchObject({ role: 'candidate', term: 1n, vote: 'a' });
    }
  });

  it('false: pre-votes of others are answered all the same', () => {
    const solo = new Solo({ options: { preVote: false } });
    solo.receive('pre-vote', 'b', 1n);
    expect(of(solo.settle(), 'pre-vote-reply')).toMatchObject([{ granted: true }]);
  });
});

describe('snapshotFailed', () => {
  const sending = () => {
    const solo = new Solo({ term: 1n, snapshot: { index: 5n, term: 1n, data: text('') } });
    solo.lead();
    solo.receive('append-reply', 'b', 2n, { index: 5n });
    solo.settle();
    return solo;
  };

  it('goes back to what is known to match, and sends again when the follower is heard', () => {
    const solo = sending();
    expect(solo.raft.status().progress[0]).toMatchObject({ state: 'snapshot' });
    solo.raft.snapshotFailed('b');
    expect(solo.raft.status().progress[0]).toMatchObject({ state: 'probe', next: 1n });
    expect(of(solo.settle(), 'snapshot')).toEqual([]);
    solo.receive('heartbeat-reply', 'b', 2n);
    expect(of(solo.settle(), 'snapshot')).toMatchObject([{ to: 'b', snapshot: { index: 5n } }]);
  });

  it('says nothing of a follower that is sent none, of a stranger, or to who does not lead', () => {
    const solo = leaderOfTerm1();
    const before = solo.raft.status();
    solo.raft.snapshotFailed('b');
    solo.raft.snapshotFailed('z');
    expect(solo.raft.status()).toEqual(before);
    expect(() => new Solo().raft.snapshotFailed('b')).not.toThrow();
  });
});

describe('refused votes', () => {
  const candidate = (commit: bigint) => {
    const solo = new Solo({ term: 2n, log: [1n, 2n, 2n], commit });
    solo.raft.campaign();
    solo.settle();
    return solo;
  };

  it('say what is committed, and its term', () => {
    const solo = new Solo({ term: 2n, log: [1n, 2n, 2n], commit: 2n });
    solo.receive('pre-vote', 'b', 3n, { lastIndex: 1n, lastTerm: 1n });
    solo.receive('vote', 'b', 2n, { lastIndex: 1n, lastTerm: 1n });
    expect(solo.settle()).toMatchObject([
      { type: 'pre-vote-reply', granted: false, commit: 2n, commitTerm: 2n },
      { type: 'vote-reply', granted: false, commit: 2n, commitTerm: 2n },
    ]);
  });

  it('say nothing when nothing is', () => {
    const solo = new Solo({ term: 2n, log: [1n, 2n] });
    solo.receive('pre-vote', 'b', 3n, { lastIndex: 1n, lastTerm: 1n });
    expect(solo.settle()[0]).not.toHaveProperty('commit');
  });

  it.each([
    ['is raised to it where the entry is the same', 3n, 2n, 3n],
    ['stays where the term is another', 3n, 1n, 1n],
    ['stays where the log is shorter', 4n, 2n, 1n],
    ['stays where it is old news', 1n, 1n, 1n],
  ])("the candidate's commit index %s", (_, commit, commitTerm, expected) => {
    const solo = candidate(1n);
    solo.receive('pre-vote-reply', 'b', 2n, { granted: false, commit, commitTerm });
    expect(solo.raft.status().commit).toBe(expected);
  });

  it('are not read when they grant', () => {
    const solo = candidate(1n);
    solo.receive('pre-vote-reply', 'b', 3n, { granted: true, commit: 3n, commitTerm: 2n });
    expect(solo.raft.status().commit).toBe(1n);
  });
});

describe('trace', () => {
  const run = (trace?: (event: TraceEvent) => void) => {
    const solo = new Solo(trace === undefined ? {} : { options: { trace } });
    solo.lead();
    solo.raft.propose(text('secret'));
    solo.acknowledge('b', 2n);
    solo.settle();
    solo.acknowledge('b', 2n);
    solo.settle();
    return solo;
  };

  it('tells every change of state, in order, each with its member', () => {
    const events: TraceEvent[] = [];
    run((event) => events.push(event));
    expect(events.every(({ member }) => member === 'a')).toBe(true);
    const kinds = events.map((event) => (event.type === 'become' ? event.role : event.type));
    expect(kinds.filter((kind) => kind !== 'send' && kind !== 'receive')).toEqual([
      'restart',
      'pre-candidate',
      'candidate',
      'persisted',
      'leader',
      'append',
      'persisted',
      'append',
      // The other has both entries, the own disk one.
      'commit',
      'persisted',
      'commit',
    ]);
  });

  it('is lines of JSON with counters as decimal strings, and without data', () => {
    const lines: string[] = [];
    run((event) => lines.push(formatTraceEvent(event)));
    expect(lines.find((line) => line.includes('"commit"'))).toContain('"commit":"0"');
    expect(lines.at(-1)).not.toContain('\n');
    for (const line of lines) {
      expect(() => JSON.parse(line)).not.toThrow();
      expect(line).not.toMatch(/secret|"data"/);
    }
  });

  it('changes nothing that the member does', () => {
    expect(run(() => {}).raft.status()).toEqual(run().raft.status());
  });

  it('an append that arrives shows its entries, so that a follower can be checked alone', () => {
    const events: TraceEvent[] = [];
    const solo = new Solo({ options: { trace: (event) => events.push(event) } });
    solo.receive('append', 'b', 1n, { entries: entries(1n, 1n) });
    const received = events.find(({ type }) => type === 'receive');
    expect(received).toMatchObject({ message: { entries: [{ index: 1n, term: 1n, kind: 'normal' }] } });
  });
});
