/** Changes of membership, sentence by sentence; section numbers are those of Ongaro's dissertation. */
import { describe, expect, it } from 'vitest';
import { votersOnly } from '../src/configuration.js';
import { type ConfigChange, type Entry, encodeConfigChange, type MemberChange, RaftError } from '../src/index.js';
import { ELECTION_TICKS, entries, leaderOfTerm1, of, Solo, text } from './solo.js';

const one = (kind: MemberChange['kind'], name: string): ConfigChange => ({
  changes: [{ kind, name }],
  transition: 'auto',
});
const LEAVE: ConfigChange = { changes: [], transition: 'auto' };
const REPLACE_C: ConfigChange = {
  changes: [
    { kind: 'remove', name: 'c' },
    { kind: 'add-voter', name: 'd' },
  ],
  transition: 'joint-explicit',
};

function configEntry(index: bigint, term: bigint, change: ConfigChange): Entry {
  return { index, term, data: encodeConfigChange(change), kind: 'config' };
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof RaftError ? error.detail.code : `${error}`;
  }
  return 'none';
}

describe('one change at a time (§4.1)', () => {
  it('§4.1: is refused while an earlier one is not committed', () => {
    const solo = leaderOfTerm1();
    expect(solo.raft.proposeConfigChange(one('add-voter', 'd'))).toMatchObject({ kind: 'proposed', index: 2n });
    expect(solo.raft.proposeConfigChange(one('add-voter', 'e'))).toEqual({ kind: 'dropped', reason: 'change-pending' });
  });

  it('§4.1: is refused while an earlier one is committed and not in effect here', () => {
    const solo = leaderOfTerm1();
    solo.isLazy = true;
    solo.change(one('add-voter', 'd'));
    expect(solo.raft.proposeConfigChange(one('add-voter', 'e'))).toMatchObject({ reason: 'change-pending' });
    solo.apply();
    expect(solo.raft.proposeConfigChange(one('add-voter', 'e'))).toMatchObject({ kind: 'proposed' });
  });

  it('§4.1: is refused by a new leader for a change that its predecessor left in its log', () => {
    const solo = new Solo({ term: 1n, log: [1n] });
    solo.receive('append', 'b', 1n, {
      previousIndex: 1n,
      previousTerm: 1n,
      entries: [configEntry(2n, 1n, one('add-voter', 'd'))],
    });
    solo.raft.leaderLost('b');
    solo.lead();
    expect(solo.raft.proposeConfigChange(one('add-voter', 'e'))).toMatchObject({ reason: 'change-pending' });
    solo.acknowledge('c', 3n);
    solo.settle();
    expect(solo.raft.status()).toMatchObject({
      configurationIndex: 2n,
      configuration: { voters: ['a', 'b', 'c', 'd'] },
    });
    expect(solo.raft.proposeConfigChange(one('add-voter', 'e'))).toMatchObject({ kind: 'proposed' });
  });

  it.each([
    ['by a follower', new Solo(), { kind: 'dropped', reason: 'not-leader' }],
    ['that cannot be made', leaderOfTerm1(), { kind: 'dropped', reason: 'change-invalid', problem: 'already-voter' }],
    [
      'beyond the limit on uncommitted data',
      leaderOfTerm1({ uncommittedBytesMax: 8 }),
      { kind: 'dropped', reason: 'uncommitted-limit' },
    ],
  ])('is refused %s', (_, solo, result) => {
    const before = solo.raft.lastIndex;
    const change = result.reason === 'uncommitted-limit' ? one('add-voter', 'd') : one('add-voter', 'b');
    expect(solo.raft.proposeConfigChange(change)).toEqual(result);
    expect(solo.raft.lastIndex).toBe(before);
  });

  it('is refused while leadership is handed over', () => {
    const solo = leaderOfTerm1();
    solo.raft.transferLeadership('b');
    expect(solo.raft.proposeConfigChange(one('add-voter', 'd'))).toEqual({ kind: 'dropped', reason: 'transferring' });
  });
});

describe('a configuration in effect (§4.1)', () => {
  it('is the old one until the entry is applied: what commits meanwhile needs the old majority only', () => {
    const solo = leaderOfTerm1();
    solo.isLazy = true;
    solo.change(one('add-voter', 'd'));
    solo.raft.propose(text('x'));
    solo.settle();
    solo.acknowledge('b', 3n);
    expect(solo.raft.status()).toMatchObject({ commit: 3n, configuration: { voters: ['a', 'b', 'c'] } });
  });

  it('§4.1: with four voters two are no majority', () => {
    const solo = leaderOfTerm1();
    solo.change(one('add-voter', 'd'));
    solo.raft.propose(text('x'));
    solo.settle();
    solo.acknowledge('b', 3n);
    expect(solo.raft.status().commit).toBe(2n);
    solo.acknowledge('d', 3n);
    expect(solo.raft.status().commit).toBe(3n);
  });

  it('a smaller quorum commits at once what it has', () => {
    const solo = leaderOfTerm1({ electionTicks: 10 });
    solo.change(one('add-voter', 'd'));
    solo.raft.proposeConfigChange(one('remove', 'd'));
    solo.raft.propose(text('x'));
    solo.settle();
    solo.acknowledge('b', 4n);
    solo.acknowledge('c', 3n);
    solo.settle();
    // Three of four had 3, which is the removal; of three voters two have 4.
    expect(solo.raft.status()).toMatchObject({ commit: 4n, configuration: { voters: ['a', 'b', 'c'] } });
  });

  it('§4.1: the new member is sent the log, from what may match on', () => {
    const solo = leaderOfTerm1();
    solo.change(one('add-learner', 'x'));
    expect(solo.raft.status().progress.map(({ name }) => name)).toEqual(['b', 'c', 'x']);
    solo.receive('append-reply', 'x', 1n, { index: 2n });
    expect(of(solo.settle(), 'append')).toMatchObject([
      { to: 'x', previousIndex: 0n, entries: [{}, { kind: 'config' }] },
    ]);
  });

  it('a removed member is sent nothing more, and its answers are ignored and counted', () => {
    const solo = leaderOfTerm1();
    solo.change(one('remove', 'c'));
    solo.raft.propose(text('x'));
    expect(solo.settle().filter(({ to }) => to === 'c')).toEqual([]);
    solo.acknowledge('c', 3n);
    expect(solo.raft.status()).toMatchObject({ commit: 2n, ignored: 1 });
  });

  it('a transfer to a member that is removed is given up', () => {
    const solo = leaderOfTerm1();
    solo.raft.proposeConfigChange(one('remove', 'c'));
    solo.settle();
    solo.raft.transferLeadership('c');
    solo.acknowledge('b', 2n);
    solo.settle();
    expect(solo.raft.status().transferTarget).toBeUndefined();
  });

  it('a new voter gets an election timeout before its silence counts (§6.2)', () => {
    const solo = new Solo({ members: ['a'] });
    solo.lead([]);
    solo.change(one('add-voter', 'b'), []);
    expect(solo.raft.status().configuration.voters).toEqual(['a', 'b']);
    solo.tick(ELECTION_TICKS);
    expect(solo.raft.status().role).toBe('leader');
    solo.tick(ELECTION_TICKS);
    expect(solo.raft.status().role).toBe('follower');
  });
});

describe('who calls applyConfigChange', () => {
  const committed = () => {
    const solo = leaderOfTerm1();
    solo.isLazy = true;
    solo.change(one('add-voter', 'd'));
    return solo;
  };

  it('may apply an entry again: it changes nothing', () => {
    const solo = committed();
    const [entry] = solo.unapplied;
    solo.apply();
    expect(solo.raft.applyConfigChange(entry as Entry).voters).toEqual(['a', 'b', 'c', 'd']);
  });

  it.each([
    ['a normal entry', { index: 2n, term: 1n, data: text('x') }],
    ['one that is not committed', configEntry(9n, 1n, one('add-voter', 'd'))],
    ['one of another term', configEntry(2n, 9n, one('add-voter', 'd'))],
  ])('is refused %s', (_, entry) => {
    expect(codeOf(() => committed().raft.applyConfigChange(entry))).toBe('CONFIG_CHANGE_UNEXPECTED');
  });

  it('is refused a second config entry before the first', () => {
    const log = [configEntry(2n, 1n, one('add-voter', 'd')), configEntry(3n, 1n, one('add-voter', 'e'))];
    const solo = new Solo({ term: 1n, log: [1n] });
    solo.isLazy = true;
    solo.receive('append', 'b', 1n, { previousIndex: 1n, previousTerm: 1n, entries: log, commit: 3n });
    solo.settle();
    expect(codeOf(() => solo.raft.applyConfigChange(log[1] as Entry))).toBe('CONFIG_CHANGE_UNEXPECTED');
    solo.apply();
    expect(solo.raft.status().configuration.voters).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('does not compact a config entry that is not in effect', () => {
    const solo = committed();
    expect(codeOf(() => solo.raft.compact(2n, text('')))).toBe('COMPACT_UNAPPLIED');
    solo.apply();
    expect(solo.raft.compact(2n, text(''))).toMatchObject({
      index: 2n,
      configuration: { voters: ['a', 'b', 'c', 'd'] },
    });
  });
});

describe('the configuration of a snapshot', () => {
  it('is that of its index, which may be older than the newest', () => {
    const solo = leaderOfTerm1();
    solo.change(one('add-learner', 'x'));
    solo.change(one('add-learner', 'y'));
    const learnersAt = (index: bigint) => solo.raft.compact(index, text('')).configuration?.learners;
    expect([1n, 2n, 3n].map(learnersAt)).toEqual([[], ['x'], ['x', 'y']]);
    expect(solo.raft.status().configuration.learners).toEqual(['x', 'y']);
  });

  it('goes with it to a follower, also when it was restored beside it', () => {
    const configuration = { ...votersOnly(['a', 'b', 'c']), learners: ['x'] };
    const solo = new Solo({ term: 1n, configuration, snapshot: { index: 5n, term: 1n, data: text('') } });
    solo.lead();
    solo.receive('append-reply', 'b', 2n, { index: 5n });
    expect(of(solo.settle(), 'snapshot')).toMatchObject([{ snapshot: { index: 5n, configuration } }]);
  });

  it('is in effect where the snapshot is taken', () => {
    const configuration = { ...votersOnly(['b', 'c']), learners: ['a'] };
    const solo = new Solo();
    solo.receive('snapshot', 'b', 1n, { snapshot: { index: 5n, term: 1n, data: text(''), configuration } });
    expect(solo.raft.status()).toMatchObject({ configuration, configurationIndex: 5n });
  });

  it('absent, as from a version that knows none, leaves what the log began with', () => {
    const solo = new Solo();
    solo.receive('snapshot', 'b', 1n, { snapshot: { index: 5n, term: 1n, data: text('') } });
    expect(solo.raft.status()).toMatchObject({ configuration: votersOnly(['a', 'b', 'c']), configurationIndex: 5n });
  });
});

describe('campaigns and configurations (docs/adr/0008)', () => {
  const follower = (commit: bigint) => {
    const solo = new Solo({ term: 1n, log: [1n] });
    solo.isLazy = true;
    const change = configEntry(2n, 1n, one('add-voter', 'd'));
    solo.receive('append', 'b', 1n, { previousIndex: 1n, previousTerm: 1n, entries: [change], commit });
    solo.settle();
    solo.raft.leaderLost('b');
    return solo;
  };
  const campaigns: [string, (solo: Solo) => void][] = [
    ['after a timeout', (solo) => solo.tick(3 * ELECTION_TICKS)],
    ['when it is told to', (solo) => solo.raft.campaign()],
    ['when the leader orders it', (solo) => solo.receive('timeout-now', 'b', 1n)],
  ];

  it.each(campaigns)('a member does not campaign %s while a committed config entry is not in effect', (_, campaign) => {
    const solo = follower(2n);
    campaign(solo);
    expect(solo.raft.status()).toMatchObject({ role: 'follower', term: 1n });
    solo.apply();
    campaign(solo);
    expect(solo.raft.status().role).not.toBe('follower');
  });

  it('it does with one that it does not know to be committed, in the old configuration', () => {
    const solo = follower(1n);
    solo.raft.campaign();
    expect(of(solo.settle(), 'pre-vote').map(({ to }) => to)).toEqual(['b', 'c']);
  });

  it('the commit index is written with the entries that come after it, so that a restart knows as much', () => {
    const solo = new Solo({ term: 1n, log: [1n] });
    const [first, second] = [one('add-voter', 'd'), one('add-voter', 'e')];
    solo.receive('append', 'b', 1n, { previousIndex: 1n, previousTerm: 1n, entries: [configEntry(2n, 1n, first)] });
    solo.take();
    solo.receive('append', 'b', 1n, {
      previousIndex: 2n,
      previousTerm: 1n,
      entries: [configEntry(3n, 1n, second)],
      commit: 2n,
    });
    expect(solo.take()).toMatchObject({ entries: [{ index: 3n }], hardState: { commit: 2n } });
  });

  it('a restored member has the configuration of its snapshot, and goes on from there by its log', () => {
    const configuration = { ...votersOnly(['a', 'b']), learners: ['x'] };
    const solo = new Solo({
      members: [],
      term: 2n,
      snapshot: { index: 5n, term: 1n, data: text(''), configuration },
    });
    expect(solo.raft.status()).toMatchObject({ configuration, configurationIndex: 5n });
  });

  it('a member that joins starts in a configuration that it is not part of, and waits', () => {
    const solo = new Solo({ members: [], configuration: votersOnly(['b', 'c']) });
    solo.tick(5 * ELECTION_TICKS);
    solo.raft.campaign();
    expect(solo.settle()).toEqual([]);
    solo.receive('append', 'b', 1n, { entries: [configEntry(1n, 1n, one('add-voter', 'a'))], commit: 1n });
    solo.settle();
    expect(solo.raft.status().configuration.voters).toEqual(['b', 'c', 'a']);
  });
});

describe('learners (§4.2.1)', () => {
  const learner = () => new Solo({ configuration: { ...votersOnly(['b', 'c']), learners: ['a'] } });

  it('§4.2.1: a learner does not campaign', () => {
    const solo = learner();
    solo.tick(5 * ELECTION_TICKS);
    solo.raft.campaign();
    solo.receive('timeout-now', 'b', 0n);
    expect(solo.raft.status()).toMatchObject({ role: 'follower', term: 0n });
  });

  it('it takes entries and acknowledges them', () => {
    const solo = learner();
    solo.receive('append', 'b', 1n, { entries: entries(1n, 1n), commit: 1n });
    expect(of(solo.settle(), 'append-reply')).toMatchObject([{ accepted: true, index: 1n }]);
  });

  it('it answers for its vote, since it may be a voter already and not know; the candidate counts voters only', () => {
    const solo = learner();
    solo.receive('vote', 'b', 1n, { lastIndex: 0n, lastTerm: 0n });
    expect(of(solo.settle(), 'vote-reply')).toMatchObject([{ granted: true }]);
    const candidate = new Solo({ configuration: { ...votersOnly(['a', 'b', 'c']), learners: ['x', 'y'] } });
    candidate.raft.campaign();
    candidate.settle();
    for (const name of ['x', 'y']) candidate.receive('pre-vote-reply', name, 1n, { granted: true });
    expect(candidate.raft.status().role).toBe('pre-candidate');
    expect(of(candidate.settle(), 'pre-vote')).toEqual([]);
  });

  it('it counts neither for commitment nor for the quorum that a leader has to hear', () => {
    const solo = new Solo({ configuration: { ...votersOnly(['a', 'b', 'c']), learners: ['x', 'y'] } });
    solo.lead();
    for (const name of ['x', 'y']) solo.acknowledge(name, 1n);
    expect(solo.raft.status().commit).toBe(0n);
    solo.tick(ELECTION_TICKS);
    expect(solo.raft.status().role).toBe('follower');
  });

  it('it is not asked for its vote, before and in the election proper', () => {
    const solo = new Solo({ configuration: { ...votersOnly(['a', 'b', 'c']), learners: ['x'] } });
    solo.raft.campaign();
    expect(solo.settle().map(({ to }) => to)).toEqual(['b', 'c']);
    solo.receive('pre-vote-reply', 'b', 1n, { granted: true });
    expect(of(solo.settle(), 'vote').map(({ to }) => to)).toEqual(['b', 'c']);
  });

  it('leadership is not handed to it', () => {
    const solo = leaderOfTerm1();
    solo.change(one('add-learner', 'x'));
    expect(solo.raft.transferLeadership('x')).toBe(false);
  });

  it('a leader that is made a learner steps down', () => {
    const solo = leaderOfTerm1();
    solo.change(one('add-learner', 'a'));
    expect(solo.raft.status()).toMatchObject({ role: 'follower', configuration: { learners: ['a'] } });
  });
});

describe('the leader removes itself (§4.2.2)', () => {
  it('§4.2.2: it leads until the change is committed and in effect, tells the others, and steps down', () => {
    const solo = leaderOfTerm1();
    solo.raft.proposeConfigChange(one('remove', 'a'));
    solo.settle();
    expect(solo.raft.status().role).toBe('leader');
    solo.acknowledge('b', 2n);
    const sent = of(solo.settle(), 'append');
    expect(sent.map(({ to, commit }) => [to, commit])).toEqual([
      ['b', 2n],
      ['c', 2n],
    ]);
    expect(solo.raft.status()).toMatchObject({ role: 'follower', leader: undefined, term: 1n });
    solo.tick(5 * ELECTION_TICKS);
    expect(solo.raft.status().role).toBe('follower');
  });
});

describe('members that were removed (§4.2.3)', () => {
  const withoutC = () => {
    const solo = new Solo({ term: 2n, log: [1n, 2n], configuration: votersOnly(['a', 'b']) });
    return solo;
  };

  it.each(['vote', 'pre-vote'] as const)('§4.2.3: a %s of one that has nothing new is ignored and counted', (type) => {
    const solo = withoutC();
    solo.receive(type, 'c', 9n, { lastIndex: 2n, lastTerm: 2n });
    expect(solo.settle()).toEqual([]);
    expect(solo.raft.status()).toMatchObject({ term: 2n, ignored: 1 });
  });

  it('§4.1: a vote is given to a candidate that this member does not know, when its log goes on where this one ends', () => {
    const solo = withoutC();
    solo.receive('vote', 'd', 3n, { lastIndex: 3n, lastTerm: 2n });
    expect(of(solo.settle(), 'vote-reply')).toMatchObject([{ to: 'd', granted: true }]);
  });

  it('§4.1: and to one with an equal log that has the entry which adds it', () => {
    const solo = withoutC();
    solo.receive('append', 'b', 2n, {
      previousIndex: 2n,
      previousTerm: 2n,
      entries: [configEntry(3n, 2n, one('add-voter', 'd'))],
    });
    solo.settle();
    solo.raft.leaderLost('b');
    solo.receive('vote', 'd', 3n, { lastIndex: 3n, lastTerm: 2n });
    expect(of(solo.settle(), 'vote-reply')).toMatchObject([{ to: 'd', granted: true }]);
  });

  it('§4.1: entries are taken from a leader that this member does not know', () => {
    const solo = withoutC();
    solo.receive('append', 'd', 3n, { previousIndex: 2n, previousTerm: 2n, entries: entries(3n, 3n) });
    expect(of(solo.settle(), 'append-reply')).toMatchObject([{ to: 'd', accepted: true, index: 3n }]);
    expect(solo.raft.leader).toBe('d');
  });
});

describe('joint consensus (§4.3)', () => {
  const joint = () => {
    const solo = leaderOfTerm1();
    solo.change(REPLACE_C);
    return solo;
  };

  it.each([
    [['b'], 3n],
    [['c'], 2n],
    [['d'], 2n],
    [['c', 'd'], 3n],
  ])('§4.3: an entry that %s acknowledge commits only with both majorities: up to %i', (names, commit) => {
    // Old voters a, b, c; new voters a, b, d. a and b are a majority of each.
    const solo = joint();
    solo.raft.propose(text('x'));
    solo.settle();
    for (const name of names) solo.acknowledge(name, 3n);
    expect(solo.raft.status().commit).toBe(commit);
  });

  it('§4.3: an election is won only with both majorities', () => {
    const configuration = { ...votersOnly(['a', 'd', 'e']), votersOutgoing: ['a', 'b', 'c'] };
    for (const [names, role] of [
      [['b', 'c'], 'pre-candidate'],
      [['d', 'e'], 'pre-candidate'],
      [['b', 'd'], 'candidate'],
    ] as const) {
      const solo = new Solo({ configuration });
      solo.raft.campaign();
      expect(of(solo.settle(), 'pre-vote').map(({ to }) => to)).toEqual(['d', 'e', 'b', 'c']);
      for (const name of names) solo.receive('pre-vote-reply', name, 1n, { granted: true });
      expect(solo.raft.status().role).toBe(role);
    }
  });

  it.each([
    [['b', 'c'], 'follower'],
    [['d', 'e'], 'follower'],
    [['b', 'd'], 'leader'],
  ])('§4.3: a leader stays only while it hears both majorities: hearing %s it is %s', (names, role) => {
    const solo = new Solo({ configuration: { ...votersOnly(['a', 'd', 'e']), votersOutgoing: ['a', 'b', 'c'] } });
    solo.lead(['b', 'd']);
    for (const name of names) solo.receive('heartbeat-reply', name, 1n);
    solo.tick(ELECTION_TICKS);
    expect(solo.raft.status().role).toBe(role);
  });

  it('no other change is made before it is left; leaving it is one', () => {
    const solo = joint();
    expect(solo.raft.proposeConfigChange(one('add-voter', 'e'))).toMatchObject({ problem: 'joint' });
    solo.change(LEAVE, ['b', 'd']);
    expect(solo.raft.status().configuration).toEqual(votersOnly(['a', 'b', 'd']));
    expect(solo.raft.proposeConfigChange(LEAVE)).toMatchObject({ problem: 'not-joint' });
  });

  it('is left by itself if that was asked for, and by a new leader too', () => {
    const configuration = { ...votersOnly(['a', 'b', 'd']), votersOutgoing: ['a', 'b', 'c'], autoLeave: true };
    const solo = new Solo({ configuration });
    solo.lead();
    solo.tick();
    expect(solo.raft.entryAt(2n)).toMatchObject({ kind: 'config', data: encodeConfigChange(LEAVE) });
    solo.tick();
    expect(solo.raft.lastIndex).toBe(2n);
  });

  it('is left by itself after a transfer that was in the way', () => {
    const configuration = { ...votersOnly(['a', 'b', 'd']), votersOutgoing: ['a', 'b', 'c'], autoLeave: true };
    const solo = new Solo({ configuration });
    solo.lead();
    solo.raft.transferLeadership('b');
    solo.tick(ELECTION_TICKS - 1);
    expect(solo.raft.lastIndex).toBe(1n);
    solo.receive('heartbeat-reply', 'b', 1n);
    solo.tick(2);
    expect(solo.raft.lastIndex).toBe(2n);
  });
});
