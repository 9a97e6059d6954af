/** States that the protocol rules out stop the member, in production too; mistakes of a caller are told from them by their codes. */
import { describe, expect, it } from 'vitest';
import { votersOnly } from '../src/configuration.js';
import { ConfigurationHistory } from '../src/configuration-history.js';
import { createRaft, encodeConfigChange, RaftError, type RestoredState, UINT63_MAX } from '../src/index.js';
import { Journal } from '../src/journal.js';
import { RaftLog } from '../src/log.js';
import { entries, leaderOfTerm1, Solo, text } from './solo.js';

function errorOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof RaftError ? error.message : `${error}`;
  }
  return 'none';
}

describe('two leaders in a term', () => {
  it.each(['append', 'heartbeat', 'snapshot'] as const)('stop a follower that hears the second by its %s', (type) => {
    const solo = new Solo();
    solo.receive('append', 'b', 1n, {});
    const snapshot = { index: 5n, term: 1n, data: text('') };
    expect(errorOf(() => solo.receive(type, 'c', 1n, type === 'snapshot' ? { snapshot } : {}))).toMatch(
      /^TWO_LEADERS: c leads in term 1, which b leads/,
    );
    // It waits for neither: the next term's election decides.
    expect(solo.raft.status()).toMatchObject({ role: 'follower', term: 2n, leader: undefined });
  });

  it('are noticed when the first was forgotten', () => {
    const solo = new Solo();
    solo.receive('append', 'b', 1n, {});
    solo.raft.leaderLost('b');
    expect(errorOf(() => solo.receive('heartbeat', 'c', 1n))).toMatch(/^TWO_LEADERS/);
  });

  it('of different terms are none', () => {
    const solo = new Solo();
    solo.receive('append', 'b', 1n, {});
    solo.receive('append', 'c', 2n, {});
    expect(solo.raft.leader).toBe('c');
  });
});

describe('inside the core', () => {
  const log = () => new RaftLog(undefined, entries(1n, 1n, 1n, 2n));
  const journal = () => new Journal(new RaftLog(undefined, []), { term: 1n, vote: undefined, commit: 0n });

  it.each([
    ['a hole in the log', () => log().append(entries(5n, 2n)), 'entry 5 follows 3'],
    ['a term that falls along the log', () => log().append(entries(4n, 1n)), 'term 1 at 4 is not below 2'],
    ['a cut outside the log', () => log().truncate(4n), 'truncation at 4 is inside the log'],
    ['a compaction outside the log', () => log().compact(4n, text(''), votersOnly(['a'])), 'compaction at 4'],
    ['a slice outside the log', () => log().slice(2n, 4n), 'slice 2..4'],
    [
      'a compaction of what is not on disk',
      () => {
        const undurable = journal();
        undurable.append(entries(1n, 1n));
        undurable.compact(1n, text(''), votersOnly(['a']));
      },
      'compaction at 1 is not above the durable 0',
    ],
    [
      'configurations out of order',
      () => {
        const history = new ConfigurationHistory(5n, votersOnly(['a']));
        history.add(5n, votersOnly(['b']));
      },
      'the configuration of 5 comes after that of 5',
    ],
  ])('%s is impossible', (_, run, message) => {
    expect(errorOf(run)).toMatch(/^INVARIANT_BROKEN: /);
    expect(errorOf(run)).toContain(message);
  });

  it('a committed config entry that cannot be made to the configuration is impossible', () => {
    // Its leader would have refused to propose it: the logs are not of one cluster.
    const change = encodeConfigChange({ changes: [{ kind: 'remove', name: 'z' }], transition: 'auto' });
    const solo = new Solo();
    solo.receive('append', 'b', 1n, { entries: [{ index: 1n, term: 1n, data: change, kind: 'config' }], commit: 1n });
    expect(errorOf(() => solo.settle())).toMatch(
      /^INVARIANT_BROKEN: the change of entry 1 can be made \(unknown-member\)/,
    );
  });
});

describe('arguments', () => {
  const leader = leaderOfTerm1();
  it.each([
    ['a negative ticket', () => leader.raft.persisted(-1n)],
    ['a ticket beyond 2^63-1', () => leader.raft.persisted(UINT63_MAX + 1n)],
    ['a negative index', () => leader.raft.compact(-1n, text(''))],
    // A caller in JavaScript, past the types.
    ['a ticket that is a number', () => leader.raft.persisted(1 as unknown as bigint)],
    ['an index that is a number', () => leader.raft.compact(1 as unknown as bigint, text(''))],
  ])('%s is refused', (_, run) => {
    expect(errorOf(run)).toMatch(/^ARGUMENT_INVALID: /);
  });
});

describe('restored configurations', () => {
  const fresh: RestoredState = {
    hardState: { term: 0n, vote: undefined, commit: 0n },
    entries: [],
    snapshot: undefined,
  };
  const options = { name: 'a', members: ['a'], electionTicks: 3, heartbeatTicks: 1, random: () => 0 };
  const plain = votersOnly(['a', 'b', 'c']);

  it.each([
    ['without voters', votersOnly([]), 'no voters'],
    ['with an empty name', votersOnly(['a', '']), 'a name is empty'],
    ['with a name twice', votersOnly(['a', 'a']), 'a name stands twice'],
    ['with a learner that votes', { ...plain, learners: ['a'] }, 'a learner is a voter'],
    [
      'with a learner that votes in the old set',
      { ...plain, votersOutgoing: ['d'], learners: ['d'] },
      'a learner is a voter',
    ],
    ['with a learner to be that is no outgoing voter', { ...plain, learnersNext: ['d'] }, 'no outgoing voter'],
    ['with a learner to be that stays', { ...plain, votersOutgoing: ['a'], learnersNext: ['a'] }, 'stays a voter'],
    ['to be left and not joint', { ...plain, autoLeave: true }, 'not joint'],
    ['of sixteen voters', votersOnly(Array.from({ length: 16 }, (_, i) => `m${i}`)), 'more than 15 voters'],
    [
      'of sixteen learners',
      { ...plain, learners: Array.from({ length: 16 }, (_, i) => `m${i}`) },
      'more than 15 learners',
    ],
  ])('%s are refused', (_, configuration, message) => {
    expect(errorOf(() => createRaft(options, { ...fresh, configuration }))).toMatch(/^RESTORED_INVALID/);
    expect(errorOf(() => createRaft(options, { ...fresh, configuration }))).toContain(message);
    const snapshot = { index: 3n, term: 1n, data: text(''), configuration };
    expect(errorOf(() => createRaft(options, { ...fresh, snapshot }))).toMatch(/^RESTORED_INVALID/);
    // And a leader that sends such a thing is not listened to.
    const solo = new Solo();
    solo.receive('snapshot', 'b', 1n, { snapshot });
    expect(solo.raft.status()).toMatchObject({ term: 0n, ignored: 1 });
  });

  it('a config entry that cannot be read is refused, on disk and from a leader', () => {
    const entry = { index: 1n, term: 1n, data: text('x'), kind: 'config' } as const;
    const restored = { ...fresh, hardState: { ...fresh.hardState, term: 1n }, entries: [entry] };
    expect(errorOf(() => createRaft(options, restored))).toMatch(/^RESTORED_INVALID/);
    const solo = new Solo();
    solo.receive('append', 'b', 1n, { entries: [entry] });
    expect(solo.raft.status()).toMatchObject({ term: 0n, ignored: 1 });
  });
});
