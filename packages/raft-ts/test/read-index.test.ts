/** Reads that bypass the log, sentence by sentence (§6.4). */
import { describe, expect, it } from 'vitest';
import { votersOnly } from '../src/configuration.js';
import { type Message, RaftError, type ReadState } from '../src/index.js';
import { leaderOfTerm1, of, Solo, text } from './solo.js';

/** Settles, and says what may be read. */
function reads(solo: Solo): { readonly states: ReadState[]; readonly sent: Message[] } {
  const states: ReadState[] = [];
  const sent: Message[] = [];
  for (let turn = 0; turn < 10 && solo.raft.hasReady(); turn += 1) {
    const ready = solo.take();
    states.push(...ready.readStates);
    sent.push(...ready.messages);
    if (ready.mustPersist) solo.raft.persisted(ready.ticket);
  }
  return { states, sent };
}

describe('a read at the leader (§6.4)', () => {
  it('§6.4: waits until a quorum has confirmed that it still leads', () => {
    const solo = leaderOfTerm1();
    expect(solo.raft.readIndex('r')).toBe(true);
    const { states, sent } = reads(solo);
    expect(states).toEqual([]);
    expect(of(sent, 'heartbeat')).toMatchObject([
      { to: 'b', readSequence: 1n },
      { to: 'c', readSequence: 1n },
    ]);
    solo.receive('heartbeat-reply', 'b', 1n, { readSequence: 1n });
    expect(reads(solo).states).toEqual([{ context: 'r', index: 1n }]);
  });

  it('§6.4: has the commit index of when it was asked, not of when it is answered', () => {
    const solo = leaderOfTerm1();
    solo.raft.readIndex('r');
    solo.raft.propose(text('x'));
    solo.settle();
    solo.acknowledge('b', 2n);
    solo.receive('heartbeat-reply', 'b', 1n, { readSequence: 1n });
    expect(reads(solo).states).toEqual([{ context: 'r', index: 1n }]);
  });

  it('§6.4: is held until an entry of its own term is committed', () => {
    const solo = new Solo({ term: 1n, log: [1n, 1n], commit: 1n });
    solo.lead();
    expect(solo.raft.readIndex('r')).toBe(true);
    expect(of(reads(solo).sent, 'heartbeat')).toEqual([]);
    solo.acknowledge('b', 3n);
    expect(of(reads(solo).sent, 'heartbeat')).toHaveLength(2);
    solo.receive('heartbeat-reply', 'c', 2n, { readSequence: 1n });
    expect(reads(solo).states).toEqual([{ context: 'r', index: 3n }]);
  });

  it('is not confirmed by an answer to an earlier heartbeat', () => {
    const solo = leaderOfTerm1();
    solo.receive('heartbeat-reply', 'b', 1n);
    solo.raft.readIndex('first');
    solo.settle();
    solo.raft.readIndex('second');
    solo.settle();
    solo.receive('heartbeat-reply', 'b', 1n);
    expect(reads(solo).states).toEqual([]);
    solo.receive('heartbeat-reply', 'b', 1n, { readSequence: 1n });
    expect(reads(solo).states).toMatchObject([{ context: 'first' }]);
  });

  it('§6.4: one round confirms every read before it', () => {
    const solo = leaderOfTerm1();
    for (const context of ['one', 'two', 'three']) solo.raft.readIndex(context);
    expect(of(reads(solo).sent, 'heartbeat')).toHaveLength(2);
    solo.receive('heartbeat-reply', 'c', 1n, { readSequence: 3n });
    expect(reads(solo).states.map(({ context }) => context)).toEqual(['one', 'two', 'three']);
  });

  it('goes with the next heartbeats when the first were lost', () => {
    const solo = leaderOfTerm1();
    solo.raft.readIndex('r');
    solo.settle();
    solo.tick();
    expect(of(reads(solo).sent, 'heartbeat')).toMatchObject([{ readSequence: 1n }, { readSequence: 1n }]);
    solo.receive('heartbeat-reply', 'b', 1n, { readSequence: 1n });
    solo.tick();
    for (const heartbeat of of(reads(solo).sent, 'heartbeat')) expect(heartbeat).not.toHaveProperty('readSequence');
  });

  it('alone, it is its own quorum', () => {
    const solo = new Solo({ members: ['a'] });
    solo.lead([]);
    solo.raft.readIndex('r');
    expect(reads(solo).states).toEqual([{ context: 'r', index: 1n }]);
  });

  it('§4.3: needs both majorities in a joint configuration, and no learner', () => {
    const solo = new Solo({
      configuration: { ...votersOnly(['a', 'd', 'e']), votersOutgoing: ['a', 'b', 'c'], learners: ['x'] },
    });
    solo.lead(['b', 'd']);
    for (const name of ['b', 'd']) solo.acknowledge(name, 1n);
    solo.raft.readIndex('r');
    solo.settle();
    for (const name of ['x', 'b', 'c']) solo.receive('heartbeat-reply', name, 1n, { readSequence: 1n });
    expect(reads(solo).states).toEqual([]);
    solo.receive('heartbeat-reply', 'e', 1n, { readSequence: 1n });
    expect(reads(solo).states).toEqual([{ context: 'r', index: 1n }]);
  });

  it('is forgotten when the leader steps down', () => {
    const solo = leaderOfTerm1();
    solo.raft.readIndex('r');
    solo.settle();
    solo.receive('append', 'b', 2n, { previousIndex: 1n, previousTerm: 1n });
    solo.receive('heartbeat-reply', 'c', 2n, { readSequence: 1n });
    expect(reads(solo).states).toEqual([]);
  });

  it('an answer that confirms more than was asked changes nothing', () => {
    const solo = leaderOfTerm1();
    solo.raft.readIndex('r');
    solo.settle();
    solo.receive('heartbeat-reply', 'b', 1n, { readSequence: 9n });
    expect(reads(solo).states).toEqual([]);
  });
});

describe('a read at a follower (§6.4)', () => {
  const follower = () => {
    const solo = new Solo();
    solo.receive('append', 'b', 1n, {});
    solo.settle();
    return solo;
  };

  it('§6.4: asks the leader, and hands on its answer', () => {
    const solo = follower();
    expect(solo.raft.readIndex('r')).toBe(true);
    expect(reads(solo).sent).toMatchObject([{ type: 'read-index', to: 'b', context: 'r' }]);
    solo.receive('read-index-reply', 'b', 1n, { context: 'r', index: 7n });
    expect(reads(solo).states).toEqual([{ context: 'r', index: 7n }]);
  });

  it('the leader answers it when the read is confirmed', () => {
    const solo = leaderOfTerm1();
    solo.receive('read-index', 'b', 1n, { context: 'r' });
    expect(of(reads(solo).sent, 'read-index-reply')).toEqual([]);
    solo.receive('heartbeat-reply', 'c', 1n, { readSequence: 1n });
    expect(of(reads(solo).sent, 'read-index-reply')).toMatchObject([{ to: 'b', context: 'r', index: 1n }]);
  });

  it('an answer of who is not the leader is no answer', () => {
    const solo = follower();
    solo.receive('read-index-reply', 'c', 1n, { context: 'r', index: 7n });
    expect(reads(solo).states).toEqual([]);
  });

  it('is refused when nobody is known to lead', () => {
    expect(new Solo().raft.readIndex('r')).toBe(false);
  });

  it('comes to nothing at a member that leads no more', () => {
    const solo = follower();
    solo.receive('read-index', 'c', 1n, { context: 'r' });
    expect(reads(solo).sent).toEqual([]);
  });
});

describe('limits of reads', () => {
  it('a context of 1,024 characters is taken, one of 1,025 is not', () => {
    const solo = leaderOfTerm1();
    expect(solo.raft.readIndex('x'.repeat(1024))).toBe(true);
    expect(() => solo.raft.readIndex('x'.repeat(1025))).toThrow(RaftError);
    solo.receive('read-index', 'b', 1n, { context: 'x'.repeat(1025) });
    expect(solo.raft.status().ignored).toBe(1);
  });

  it('65,536 reads wait, one more is refused, or ignored and counted', () => {
    const solo = leaderOfTerm1();
    for (let i = 0; i < 65_536; i += 1) solo.raft.readIndex(`${i}`);
    expect(solo.raft.readIndex('one more')).toBe(false);
    solo.receive('read-index', 'b', 1n, { context: 'another' });
    expect(solo.raft.status().ignored).toBe(1);
  });
});
