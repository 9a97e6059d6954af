/** Log compaction and snapshots (dissertation §5.1). */
import { describe, expect, it } from 'vitest';
import { ELECTION_TICKS, entries, of, Solo, text } from './solo.js';

const snapshot = (index: bigint, term: bigint) => ({ index, term, data: text(`state at ${index}`) });

/** Leads term 2 with everything up to 4 committed, and 3 compacted. */
function leader(): Solo {
  const solo = new Solo({ term: 1n, log: [1n, 1n, 1n] });
  solo.lead();
  solo.acknowledge('b', 4n);
  solo.settle();
  solo.raft.compact(3n, text('state at 3'));
  return solo;
}

/** `c` turns out to need what was compacted. */
function behind(): Solo {
  const solo = leader();
  solo.receive('append-reply', 'c', 2n, { index: 3n, hintIndex: 1n, hintTerm: 1n });
  return solo;
}

describe('compaction', () => {
  it('forgets the entries and keeps their last term', () => {
    const { raft } = leader();
    expect(raft.status()).toMatchObject({ firstIndex: 4n, lastIndex: 4n });
    expect([2n, 3n, 4n, 5n].map((index) => raft.termAt(index))).toEqual([undefined, 1n, 2n, undefined]);
    expect(raft.entryAt(3n)).toBeUndefined();
    expect(raft.entryAt(4n)).toMatchObject({ index: 4n });
  });

  it('of what is compacted already changes nothing', () => {
    const { raft } = leader();
    raft.compact(2n, text('older'));
    expect(raft.status().firstIndex).toBe(4n);
  });

  it('of what was not handed out as committed is a mistake of the caller', () => {
    const solo = new Solo({ term: 1n, log: [1n, 1n], commit: 1n });
    solo.take();
    expect(() => solo.raft.compact(2n, text(''))).toThrow(
      /^COMPACT_UNAPPLIED: compact\(2\): expected an index up to 1/,
    );
  });
});

describe('the leader', () => {
  it('§5.1: sends its snapshot when it no longer has the next entry', () => {
    const solo = behind();
    expect(of(solo.settle(), 'snapshot')).toMatchObject([{ to: 'c', snapshot: snapshot(3n, 1n) }]);
    expect(solo.raft.status().progress[1]).toMatchObject({ name: 'c', state: 'snapshot', match: 0n });
  });

  it('sends nothing more until the snapshot is acknowledged, then the entries behind it', () => {
    const solo = behind();
    solo.settle();
    solo.receive('heartbeat-reply', 'c', 2n);
    expect(of(solo.settle(), 'append')).toEqual([]);
    solo.acknowledge('c', 3n);
    expect(of(solo.settle(), 'append')).toMatchObject([{ to: 'c', previousIndex: 3n, entries: [{ index: 4n }] }]);
    expect(solo.raft.status().progress[1]).toMatchObject({ state: 'replicate', match: 3n, next: 5n });
  });

  it.each([0n, 1n, 3n])('a late refusal of %d does not end the wait for a snapshot', (index) => {
    const solo = behind();
    solo.settle();
    const before = solo.raft.status().progress;
    solo.receive('append-reply', 'c', 2n, { index });
    expect(solo.raft.status().progress).toEqual(before);
    expect(solo.settle()).toEqual([]);
  });

  it('a follower that lags far behind the snapshot gets it at once, without probes in between', () => {
    const far = new Solo({ term: 2n, snapshot: snapshot(5n, 1n), log: [2n, 2n, 2n], commit: 8n });
    far.lead();
    far.receive('append-reply', 'c', 3n, { index: 8n, hintIndex: 2n, hintTerm: 1n });
    expect(far.settle().map(({ type }) => type)).toEqual(['snapshot']);
  });

  it('starts from what matched once a probe behind the snapshot was refused', () => {
    const solo = behind();
    solo.settle();
    solo.raft.peerReachable('c');
    solo.settle();
    solo.receive('append-reply', 'c', 2n, { index: 3n, hintIndex: 1n, hintTerm: 1n });
    solo.raft.peerUnreachable('c');
    expect(solo.raft.status().progress[1]).toMatchObject({ state: 'probe', next: 1n });
  });

  it('sends no snapshot to a follower before it has heard it', () => {
    const solo = new Solo({ term: 1n, log: [1n, 1n], snapshot: snapshot(5n, 1n), commit: 7n });
    solo.lead();
    solo.raft.peerReachable('c');
    expect(of(solo.settle(), 'snapshot')).toEqual([]);
    solo.receive('heartbeat-reply', 'c', 2n);
    expect(of(solo.settle(), 'snapshot')).toMatchObject([{ to: 'c' }]);
  });

  it('asks whether the snapshot has arrived when no answer comes for four election timeouts', () => {
    const solo = behind();
    solo.settle();
    for (let i = 0; i < 4 * ELECTION_TICKS - 1; i += 1) {
      solo.tick();
      for (const peer of ['b', 'c']) solo.receive('heartbeat-reply', peer, 2n);
    }
    expect(of(solo.settle(), 'append')).toEqual([]);
    solo.tick();
    expect(of(solo.settle(), 'append')).toMatchObject([{ to: 'c', previousIndex: 3n }]);
    solo.receive('append-reply', 'c', 2n, { index: 3n, hintIndex: 1n, hintTerm: 1n });
    expect(of(solo.settle(), 'snapshot')).toHaveLength(1);
  });

  it('asks at once when the follower can be reached again', () => {
    const solo = behind();
    solo.settle();
    solo.raft.peerUnreachable('c');
    expect(solo.settle()).toEqual([]);
    solo.raft.peerReachable('c');
    expect(of(solo.settle(), 'append')).toMatchObject([{ to: 'c', previousIndex: 3n }]);
  });
});

describe('the follower', () => {
  it('§5.1: replaces its log, and acknowledges when that is on disk', () => {
    const solo = new Solo({ term: 1n, log: [1n, 1n] });
    solo.receive('snapshot', 'b', 2n, { snapshot: snapshot(5n, 2n) });
    solo.receive('append', 'b', 2n, { previousIndex: 5n, previousTerm: 2n, entries: entries(6n, 2n) });
    const ready = solo.take();
    expect(ready).toMatchObject({
      snapshot: snapshot(5n, 2n),
      truncateFrom: undefined,
      entries: [{ index: 6n }],
      committed: [],
    });
    expect(ready.messages).toEqual([]);
    expect(of(ready.messagesAfterPersist, 'append-reply')).toMatchObject([{ index: 5n }, { index: 6n }]);
    expect(solo.raft.status()).toMatchObject({ firstIndex: 6n, commit: 5n, applied: 5n, durable: 0n });
    solo.raft.persisted(ready.ticket);
    expect(solo.raft.status().durable).toBe(6n);
  });

  it('writes under way when the snapshot came make nothing durable', () => {
    const solo = new Solo({ term: 2n, log: [1n] });
    solo.receive('append', 'b', 2n, { previousIndex: 1n, previousTerm: 1n, entries: entries(2n, 2n, 2n) });
    const old = solo.take();
    solo.receive('snapshot', 'c', 3n, { snapshot: snapshot(2n, 3n) });
    const next = solo.take();
    solo.raft.persisted(old.ticket);
    expect(solo.raft.status().durable).toBe(0n);
    solo.raft.persisted(next.ticket);
    expect(solo.raft.status().durable).toBe(2n);
  });

  it('an acknowledgement that has not left is withdrawn with the log', () => {
    const solo = new Solo({ term: 2n, log: [1n] });
    solo.receive('append', 'b', 2n, { previousIndex: 1n, previousTerm: 1n, entries: entries(2n, 2n, 2n) });
    solo.receive('snapshot', 'c', 3n, { snapshot: snapshot(2n, 3n) });
    expect(of(solo.take().messagesAfterPersist, 'append-reply')).toMatchObject([{ to: 'c', index: 2n }]);
  });

  it('§5.1: keeps its log when the snapshot describes a prefix of it', () => {
    const solo = new Solo({ term: 1n, log: [1n, 1n, 1n] });
    solo.receive('snapshot', 'b', 2n, { snapshot: snapshot(2n, 1n) });
    const ready = solo.take();
    expect(ready.snapshot).toBeUndefined();
    expect(of(ready.messagesAfterPersist, 'append-reply')).toMatchObject([{ accepted: true, index: 2n }]);
    expect(solo.terms).toEqual([1n, 1n, 1n]);
    expect(solo.raft.status().commit).toBe(2n);
  });

  it('answers a snapshot of what it has committed with its commit index', () => {
    const solo = new Solo({ term: 1n, log: [1n, 1n, 1n], commit: 3n });
    solo.receive('snapshot', 'b', 1n, { snapshot: snapshot(2n, 1n) });
    expect(of(solo.settle(), 'append-reply')).toMatchObject([{ accepted: true, index: 3n }]);
    expect(solo.raft.status().firstIndex).toBe(1n);
  });

  it('restarts behind a snapshot and applies what comes after it', () => {
    const solo = new Solo({ term: 2n, snapshot: snapshot(5n, 2n), log: [2n, 2n], commit: 6n });
    expect(solo.take().committed).toMatchObject([{ index: 6n }]);
    expect(solo.raft.status()).toMatchObject({ applied: 6n, lastIndex: 7n });
  });
});
