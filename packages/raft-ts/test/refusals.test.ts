/** Options, restored states and messages that are refused, each by its code or its count. */
import { describe, expect, it } from 'vitest';
import { createRaft, type Message, RaftError, type RaftOptions, type RestoredState, UINT63_MAX } from '../src/index.js';
import { entries, Solo, text } from './solo.js';

const OPTIONS: RaftOptions = {
  name: 'a',
  members: ['a', 'b', 'c'],
  electionTicks: 10,
  heartbeatTicks: 1,
  random: () => 0,
};
const FRESH: RestoredState = { hardState: { term: 0n, vote: undefined, commit: 0n }, entries: [], snapshot: undefined };
const MEMBERS_15 = Array.from({ length: 15 }, (_, i) => `m${i}`);

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof RaftError) return error.detail.code;
    throw error;
  }
  return 'none';
}

describe('options', () => {
  it.each<[string, Partial<RaftOptions>]>([
    ['15 members', { name: 'm0', members: MEMBERS_15 }],
    ['one member', { members: ['a'] }],
    ['an election timeout of three heartbeats', { electionTicks: 30, heartbeatTicks: 10 }],
    ['limits of 1', { appendBytesMax: 1, inflightMax: 1, uncommittedBytesMax: 1 }],
  ])('accepts %s', (_, options) => {
    expect(codeOf(() => createRaft({ ...OPTIONS, ...options }, FRESH))).toBe('none');
  });

  it.each<[string, Partial<RaftOptions>]>([
    ['no members', { members: [] }],
    ['16 members', { name: 'm0', members: [...MEMBERS_15, 'x'] }],
    ['a member twice', { members: ['a', 'b', 'b'] }],
    ['an empty name', { members: ['a', ''] }],
    ['a name that is no member', { name: 'z' }],
    ['no heartbeat', { heartbeatTicks: 0 }],
    ['half a tick', { heartbeatTicks: 1.5 }],
    ['an election timeout below three heartbeats', { electionTicks: 29, heartbeatTicks: 10 }],
    ['an endless election timeout', { electionTicks: Number.POSITIVE_INFINITY }],
    ['appends of no bytes', { appendBytesMax: 0 }],
    ['an empty window', { inflightMax: 0 }],
    ['a window that is too wide', { inflightMax: 4097 }],
    ['no uncommitted bytes', { uncommittedBytesMax: -1 }],
  ])('refuses %s', (_, options) => {
    expect(codeOf(() => createRaft({ ...OPTIONS, ...options }, FRESH))).toBe('OPTIONS_INVALID');
  });

  it.each([-1, 10, 0.5, Number.NaN])('refuses %d from random(10)', (value) => {
    expect(codeOf(() => createRaft({ ...OPTIONS, random: () => value }, FRESH))).toBe('RANDOM_INVALID');
  });
});

describe('restored state', () => {
  const data = text('');
  const hardState = { term: 3n, vote: undefined, commit: 0n };
  it.each<[string, Partial<RestoredState>]>([
    ['entries behind a snapshot', { snapshot: { index: 4n, term: 2n, data }, entries: entries(5n, 2n, 3n) }],
    ['an empty snapshot', { snapshot: { index: 0n, term: 0n, data } }],
    ['a commit index behind the snapshot', { snapshot: { index: 4n, term: 2n, data } }],
    ['a vote for a peer', { hardState: { ...hardState, vote: 'c' } }],
  ])('accepts %s', (_, restored) => {
    expect(codeOf(() => createRaft(OPTIONS, { ...FRESH, hardState, ...restored }))).toBe('none');
  });

  it.each<[string, Partial<RestoredState>]>([
    ['a hole in the log', { entries: [...entries(1n, 1n), ...entries(3n, 1n)] }],
    ['a hole behind the snapshot', { snapshot: { index: 4n, term: 2n, data }, entries: entries(6n, 2n) }],
    ['a log that begins late', { entries: entries(2n, 1n) }],
    ['terms that fall', { entries: entries(1n, 2n, 1n) }],
    ['an entry of term 0', { entries: entries(1n, 0n) }],
    ['an entry of a later term', { entries: entries(1n, 4n) }],
    ['a snapshot of a later term', { snapshot: { index: 4n, term: 4n, data } }],
    ['a snapshot without a term', { snapshot: { index: 4n, term: 0n, data } }],
    ['a commit index behind the log', { hardState: { ...hardState, commit: 2n }, entries: entries(1n, 1n) }],
    ['a vote for nobody with a name', { hardState: { ...hardState, vote: '' } }],
    ['a vote in term 0', { hardState: { term: 0n, vote: 'b', commit: 0n } }],
    ['a negative term', { hardState: { ...hardState, term: -1n } }],
    ['a term beyond 2^63-1', { hardState: { ...hardState, term: UINT63_MAX + 1n } }],
  ])('refuses %s', (_, restored) => {
    expect(codeOf(() => createRaft(OPTIONS, { ...FRESH, hardState, ...restored }))).toBe('RESTORED_INVALID');
  });
});

describe('limits', () => {
  it('refuses to go beyond the last term', () => {
    const solo = new Solo({ term: UINT63_MAX });
    expect(codeOf(() => solo.raft.campaign())).toBe('LIMIT_REACHED');
  });

  it('refuses to go beyond the last index', () => {
    const solo = new Solo({ members: ['a'], term: 1n, snapshot: { index: UINT63_MAX - 1n, term: 1n, data: text('') } });
    solo.lead([]);
    expect(solo.raft.status().lastIndex).toBe(UINT63_MAX);
    expect(codeOf(() => solo.raft.propose(text('x')))).toBe('LIMIT_REACHED');
  });

  it('refuses to pile up messages when no Ready is taken', () => {
    const solo = new Solo({ term: 1n });
    const flood = () => {
      for (let i = 0; i <= 65_536; i += 1) solo.receive('heartbeat', 'b', 1n);
    };
    expect(codeOf(flood)).toBe('READY_BACKLOG');
  });

  it('refuses to pile up Readys that are not acknowledged', () => {
    const solo = new Solo({ term: 1n });
    const flood = () => {
      for (let i = 0; i <= 65_536; i += 1) {
        const previousTerm = i === 0 ? 0n : 1n;
        solo.receive('append', 'b', 1n, {
          previousIndex: BigInt(i),
          previousTerm,
          entries: entries(BigInt(i + 1), 1n),
        });
        solo.take();
      }
    };
    expect(codeOf(flood)).toBe('READY_BACKLOG');
  });
});

describe('messages', () => {
  const append = {
    type: 'append',
    from: 'b',
    to: 'a',
    term: 3n,
    previousIndex: 2n,
    previousTerm: 2n,
    entries: [],
    commit: 0n,
  } as const;
  const data = text('');
  const refused: [string, Message][] = [
    ['for another member', { type: 'timeout-now', from: 'b', to: 'c', term: 3n }],
    ['from a stranger', { type: 'timeout-now', from: 'z', to: 'a', term: 3n }],
    ['from itself', { type: 'heartbeat', from: 'a', to: 'a', term: 3n, commit: 0n }],
    ['of a negative term', { type: 'timeout-now', from: 'b', to: 'a', term: -1n }],
    ['of a term beyond 2^63-1', { type: 'timeout-now', from: 'b', to: 'a', term: UINT63_MAX + 1n }],
    [
      'of a term that no election reaches',
      { type: 'vote-reply', from: 'b', to: 'a', term: 4n + (1n << 24n), granted: false },
    ],
    ['with entries that do not follow', { ...append, entries: entries(4n, 3n) }],
    ['with a hole in the entries', { ...append, entries: [...entries(3n, 3n), ...entries(5n, 3n)] }],
    ['with terms that fall', { ...append, entries: entries(3n, 1n) }],
    ['with entries of a later term', { ...append, entries: entries(3n, 4n) }],
    ['with a term before the log', { ...append, previousIndex: 0n }],
    ['with no term inside the log', { ...append, previousTerm: 0n }],
    ['with a negative commit index', { ...append, commit: -1n }],
    ['with a negative commit in a heartbeat', { type: 'heartbeat', from: 'b', to: 'a', term: 3n, commit: -1n }],
    [
      'with a snapshot at 0',
      { type: 'snapshot', from: 'b', to: 'a', term: 3n, snapshot: { index: 0n, term: 1n, data } },
    ],
    [
      'with a snapshot of a later term',
      { type: 'snapshot', from: 'b', to: 'a', term: 3n, snapshot: { index: 9n, term: 4n, data } },
    ],
    [
      'with a log of its own term',
      { type: 'vote', from: 'b', to: 'a', term: 4n, lastIndex: 3n, lastTerm: 4n, force: false },
    ],
    [
      'with a negative hint',
      { type: 'append-reply', from: 'b', to: 'a', term: 9n, index: 0n, accepted: false, hintIndex: -1n, hintTerm: 0n },
    ],
  ];
  it.each(refused)('%s are ignored and counted', (_, message) => {
    const solo = new Solo({ term: 3n, log: [1n, 2n] });
    solo.raft.step(message);
    expect(solo.raft.hasReady()).toBe(false);
    expect(solo.raft.status()).toMatchObject({ role: 'follower', term: 3n, lastIndex: 2n, ignored: 1 });
  });

  it('of a term far ahead are taken, as long as elections could have reached it', () => {
    const solo = new Solo({ term: 3n, log: [1n, 2n] });
    solo.raft.step({ type: 'vote-reply', from: 'b', to: 'a', term: 3n + (1n << 24n), granted: false });
    expect(solo.raft.status()).toMatchObject({ term: 3n + (1n << 24n), ignored: 0 });
  });

  it('that make sense are not counted', () => {
    const solo = new Solo({ term: 3n, log: [1n, 2n] });
    solo.raft.step({ ...append, entries: entries(3n, 2n, 3n) });
    expect(solo.raft.status()).toMatchObject({ lastIndex: 4n, ignored: 0 });
  });

  it.each(['append-reply', 'heartbeat-reply', 'vote-reply', 'pre-vote-reply'] as const)(
    'a late %s changes nothing',
    (type) => {
      const solo = new Solo({ term: 3n, log: [1n, 2n] });
      solo.receive(type, 'b', 3n);
      solo.receive(type, 'b', 2n);
      expect(solo.raft.hasReady()).toBe(false);
      expect(solo.raft.status()).toMatchObject({ role: 'follower', term: 3n });
    },
  );
});
