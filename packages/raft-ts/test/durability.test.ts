/** What may leave when: the ordering promises of the Ready, with several of them under way. */
import { describe, expect, it } from 'vitest';
import { ELECTION_TICKS, entries, of, Solo, text } from './solo.js';

describe('messages and the disk', () => {
  it('a vote request waits for own term and vote; the own vote counts only then', () => {
    const solo = new Solo();
    solo.raft.campaign();
    solo.settle();
    solo.receive('pre-vote-reply', 'b', 1n, { granted: true });
    const ready = solo.take();
    expect(ready).toMatchObject({ mustPersist: true, hardState: { term: 1n, vote: 'a' }, messages: [] });
    expect(of(ready.messagesAfterPersist, 'vote')).toHaveLength(2);
    solo.receive('vote-reply', 'b', 1n, { granted: true });
    solo.receive('vote-reply', 'c', 1n, { granted: true });
    expect(solo.raft.status().role).toBe('candidate');
    solo.raft.persisted(ready.ticket);
    expect(solo.raft.status().role).toBe('leader');
  });

  it('a granted vote and an acknowledgement wait, a refusal does not once the term is on disk', () => {
    const solo = new Solo({ term: 1n, log: [1n] });
    solo.receive('vote', 'b', 2n, { lastIndex: 1n, lastTerm: 1n });
    const first = solo.take();
    expect(first).toMatchObject({ hardState: { term: 2n, vote: 'b' }, messages: [] });
    expect(first.messagesAfterPersist).toMatchObject([{ type: 'vote-reply', granted: true }]);
    solo.raft.persisted(first.ticket);
    solo.receive('vote', 'c', 2n, { lastIndex: 1n, lastTerm: 1n });
    const second = solo.take();
    expect(second).toMatchObject({ mustPersist: false, messages: [{ type: 'vote-reply', granted: false }] });
    solo.receive('append', 'b', 2n, { previousIndex: 1n, previousTerm: 1n, entries: entries(2n, 2n) });
    expect(solo.take().messagesAfterPersist).toMatchObject([{ type: 'append-reply', accepted: true, index: 2n }]);
  });

  it('an acknowledgement of what is on disk already needs no write; once an overwrite is under way it does', () => {
    const solo = new Solo({ term: 2n, log: [1n, 2n] });
    solo.receive('append', 'b', 2n, { previousIndex: 2n, previousTerm: 2n });
    expect(solo.take()).toMatchObject({ mustPersist: false, messages: [{ type: 'append-reply', index: 2n }] });
    solo.receive('heartbeat', 'c', 3n);
    solo.settle();
    solo.receive('append', 'c', 3n, { previousIndex: 1n, previousTerm: 1n, entries: entries(2n, 3n) });
    const overwriting = solo.take();
    solo.receive('append', 'c', 3n, { previousIndex: 2n, previousTerm: 3n });
    expect(solo.take()).toMatchObject({ messages: [], messagesAfterPersist: [{ index: 2n }] });
    solo.receive('append', 'c', 3n, { previousIndex: 1n, previousTerm: 1n });
    expect(solo.take()).toMatchObject({ mustPersist: false, messages: [{ index: 1n }] });
    solo.raft.persisted(overwriting.ticket);
    solo.receive('append', 'c', 3n, { previousIndex: 2n, previousTerm: 3n });
    expect(solo.take()).toMatchObject({ mustPersist: false, messages: [{ index: 2n }] });
  });

  it('no message of a term leaves before the term is on disk', () => {
    const solo = new Solo({ term: 1n });
    solo.receive('heartbeat', 'b', 5n);
    const ready = solo.take();
    expect(ready.messages).toEqual([]);
    expect(ready.messagesAfterPersist).toMatchObject([{ type: 'heartbeat-reply', term: 5n }]);
    solo.receive('heartbeat', 'b', 5n);
    expect(solo.take().messages).toEqual([]);
    solo.raft.persisted(ready.ticket);
    solo.receive('heartbeat', 'b', 5n);
    expect(solo.take().messages).toMatchObject([{ type: 'heartbeat-reply', term: 5n }]);
  });

  it('the leader counts itself only once its own write is done', () => {
    const solo = new Solo({ members: ['a', 'b'] });
    solo.lead(['b']);
    solo.acknowledge('b', 1n);
    solo.settle();
    solo.raft.propose(text('x'));
    const ready = solo.take();
    solo.acknowledge('b', 2n);
    expect(solo.raft.status()).toMatchObject({ commit: 1n, durable: 1n });
    solo.raft.persisted(ready.ticket);
    expect(solo.raft.status()).toMatchObject({ commit: 2n, durable: 2n });
  });

  it('§10.2.1: an entry commits by the followers alone, but is handed out when the own disk has it', () => {
    const solo = new Solo();
    solo.lead();
    solo.acknowledge('b', 1n);
    solo.acknowledge('c', 1n);
    solo.settle();
    solo.raft.propose(text('x'));
    const written = solo.take();
    solo.acknowledge('b', 2n);
    solo.acknowledge('c', 2n);
    expect(solo.raft.status().commit).toBe(2n);
    expect(solo.take().committed).toEqual([]);
    solo.raft.persisted(written.ticket);
    expect(solo.take().committed).toMatchObject([{ index: 2n }]);
  });

  it('a single member commits what it has written', () => {
    const solo = new Solo({ members: ['a'] });
    solo.lead([]);
    solo.raft.propose(text('x'));
    const ready = solo.take();
    expect(solo.raft.status().commit).toBe(1n);
    solo.raft.persisted(ready.ticket);
    expect(solo.take().committed).toMatchObject([{ index: 2n }]);
  });

  it('a commit index that moves alone is not written, and rides along with the next write', () => {
    const solo = new Solo({ term: 1n, log: [1n, 1n] });
    solo.receive('heartbeat', 'b', 1n, { commit: 2n });
    expect(solo.take()).toMatchObject({ mustPersist: false, hardState: undefined });
    solo.receive('append', 'b', 1n, { previousIndex: 2n, previousTerm: 1n, entries: entries(3n, 1n) });
    expect(solo.take()).toMatchObject({ mustPersist: true, hardState: { term: 1n, commit: 2n } });
  });

  it('says nothing when there is nothing to say', () => {
    const solo = new Solo({ term: 1n, log: [1n], commit: 0n });
    expect(solo.raft.hasReady()).toBe(false);
    expect(solo.take()).toMatchObject({ mustPersist: false, entries: [], messages: [], committed: [] });
  });

  it('reports role, leader and term when one of them moved', () => {
    const solo = new Solo();
    solo.receive('heartbeat', 'b', 1n);
    expect(solo.take().softState).toEqual({ role: 'follower', term: 1n, leader: 'b' });
    expect(solo.take().softState).toBeUndefined();
    solo.tick(ELECTION_TICKS);
    expect(solo.take().softState).toEqual({ role: 'pre-candidate', term: 1n, leader: undefined });
  });
});

describe('a newer leader overwrites what is still being written', () => {
  /** Entries 2 and 3 of term 2 are on their way to disk. */
  const writing = () => {
    const solo = new Solo({ term: 2n, log: [1n] });
    solo.receive('append', 'b', 2n, { previousIndex: 1n, previousTerm: 1n, entries: entries(2n, 2n, 2n) });
    return { solo, old: solo.take() };
  };
  const overwrite = (solo: Solo, term: bigint, from = 'c') =>
    solo.receive('append', from, term, { previousIndex: 1n, previousTerm: 1n, entries: entries(2n, term) });

  it('the next Ready cuts the stored log and the old ticket makes nothing durable that differs', () => {
    const { solo, old } = writing();
    overwrite(solo, 3n);
    const next = solo.take();
    expect(next).toMatchObject({ truncateFrom: 2n, entries: [{ index: 2n, term: 3n }] });
    solo.raft.persisted(old.ticket);
    expect(solo.raft.status().durable).toBe(1n);
    solo.raft.persisted(next.ticket);
    expect(solo.raft.status()).toMatchObject({ durable: 2n, lastIndex: 2n });
  });

  it('an old entry that a third leader brings back is durable only when it was written again', () => {
    const { solo, old } = writing();
    overwrite(solo, 3n);
    const second = solo.take();
    // Entry 2 of term 2 again: index and term are those of the first write, but the disk will have lost it in between.
    solo.receive('append', 'b', 4n, { previousIndex: 1n, previousTerm: 1n, entries: entries(2n, 2n) });
    const third = solo.take();
    expect(third).toMatchObject({ truncateFrom: 2n, entries: [{ index: 2n, term: 2n }] });
    for (const { ticket } of [old, second]) {
      solo.raft.persisted(ticket);
      expect(solo.raft.status().durable).toBe(1n);
    }
    solo.raft.persisted(third.ticket);
    expect(solo.raft.status().durable).toBe(2n);
  });

  it('two cuts in one Ready make one, at the lower place', () => {
    const solo = new Solo({ term: 2n, log: [1n, 1n, 1n, 2n] });
    const cut = (from: string, term: bigint, previousIndex: bigint) =>
      solo.receive('append', from, term, {
        previousIndex,
        previousTerm: 1n,
        entries: entries(previousIndex + 1n, term),
      });
    cut('b', 3n, 1n);
    solo.receive('append', 'b', 3n, { previousIndex: 2n, previousTerm: 3n, entries: entries(3n, 3n, 3n) });
    solo.receive('append', 'c', 4n, { previousIndex: 3n, previousTerm: 3n, entries: entries(4n, 4n) });
    expect(solo.take()).toMatchObject({ truncateFrom: 2n, entries: [{ term: 3n }, { term: 3n }, { term: 4n }] });
  });

  it('a cut below entries that no Ready carried yet lies where the stored log ends', () => {
    const { solo } = writing();
    solo.receive('append', 'b', 2n, { previousIndex: 3n, previousTerm: 2n, entries: entries(4n, 2n, 2n) });
    solo.receive('append', 'c', 3n, { previousIndex: 4n, previousTerm: 2n, entries: entries(5n, 3n) });
    expect(solo.take()).toMatchObject({
      truncateFrom: undefined,
      entries: [
        { index: 4n, term: 2n },
        { index: 5n, term: 3n },
      ],
    });
  });

  it('an acknowledgement that has not left is withdrawn with its entries', () => {
    const solo = new Solo({ term: 2n, log: [1n] });
    solo.receive('append', 'b', 2n, { previousIndex: 1n, previousTerm: 1n, entries: entries(2n, 2n, 2n) });
    overwrite(solo, 3n);
    const acknowledged = of(solo.take().messagesAfterPersist, 'append-reply');
    expect(acknowledged).toMatchObject([{ to: 'c', term: 3n, index: 2n }]);
  });
});

describe('tickets', () => {
  it('rise strictly, and one acknowledges all before it', () => {
    const solo = new Solo({ term: 1n });
    solo.receive('append', 'b', 1n, { entries: entries(1n, 1n) });
    const first = solo.take();
    solo.receive('append', 'b', 1n, { previousIndex: 1n, previousTerm: 1n, entries: entries(2n, 1n) });
    const second = solo.take();
    expect(second.ticket).toBeGreaterThan(first.ticket);
    solo.raft.persisted(second.ticket);
    expect(solo.raft.status().durable).toBe(2n);
    solo.raft.persisted(first.ticket);
    expect(solo.raft.status().durable).toBe(2n);
  });

  it('that were not handed out are a mistake of the caller', () => {
    const solo = new Solo();
    expect(() => solo.raft.persisted(1n)).toThrow(/^TICKET_UNKNOWN: persisted\(1\): expected a ticket up to 0/);
  });
});
