/**
 * The trace checker, rule by rule: the trace of a real cluster is accepted, and refused as soon as one line of it is edited by hand.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createRaft, formatTraceEvent, type Message, type Raft, type TraceEvent } from '../src/index.js';
import { checkTrace, parseTraceEvent, RULES, type Rule, TraceViolation } from '../src/trace-check/index.js';
import { Transcript } from './transcript.js';

type Of<T extends TraceEvent['type']> = Extract<TraceEvent, { readonly type: T }>;

/** A cluster of three with a restart, a change of leader, a read, a learner, a joint change and a snapshot. */
function record(): TraceEvent[] {
  const script = readFileSync(new URL('data/recorded.script', import.meta.url), 'utf8');
  const transcript = new Transcript();
  transcript.run(script.trim().replaceAll(/^/gm, '> '));
  return transcript.trace;
}

const trace = record();

/** Where the first event is that has this member and type, and for which `is` holds. */
function find<T extends TraceEvent['type']>(
  member: string,
  type: T,
  is: (event: Of<T>) => boolean = () => true,
): number {
  // The type was compared in the line before it is believed.
  const at = trace.findIndex((event) => event.member === member && event.type === type && is(event as Of<T>));
  if (at < 0) throw new Error(`the recorded trace has no such ${type} of ${member}`);
  return at;
}

/** The trace with the event at a place changed; the place, as a line number. */
function change<T extends TraceEvent['type']>(at: number, _: T, fields: Partial<Of<T>>): [TraceEvent[], number] {
  return [trace.with(at, { ...trace[at], ...fields } as TraceEvent), at + 1];
}

/** The trace with events put before a place; the last of them is the line that breaks the rule. */
function insert(at: number, ...events: TraceEvent[]): [TraceEvent[], number] {
  return [trace.toSpliced(at, 0, ...events), at + events.length];
}

/** The trace without some events; `broken` is where the rule breaks, in the old trace. */
function drop(places: readonly number[], broken: number): [TraceEvent[], number] {
  const before = places.filter((at) => at < broken).length;
  return [trace.filter((_, at) => !places.includes(at)), broken - before + 1];
}

const granted = (event: Of<'receive'> | Of<'send'>, term: bigint) =>
  event.message.type === 'vote-reply' && event.message.granted && event.message.term === term;
const leads = (term: bigint) => (event: Of<'become'>) => event.role === 'leader' && event.term === term;
const entry = { index: 9n, term: 2n, kind: 'normal', digest: 7 } as const;
const aAsFollower = find('a', 'become', ({ role, term }) => role === 'follower' && term === 2n) + 1;

const EDITS: Record<Rule, () => [TraceEvent[], number]> = {
  'trace-order': () => drop([find('a', 'restart')], find('a', 'restart') + 1),
  'message-sent': () =>
    drop(
      [find('b', 'send', (event) => granted(event, 1n))],
      find('a', 'receive', (event) => granted(event, 1n)),
    ),
  'term-rises': () => insert(aAsFollower, { member: 'a', type: 'become', role: 'follower', term: 1n, leader: 'b' }),
  'election-safety': () =>
    insert(
      find('b', 'become', leads(2n)) + 1,
      { member: 'a', type: 'become', role: 'candidate', term: 2n, leader: undefined },
      { member: 'a', type: 'become', role: 'leader', term: 2n, leader: 'a' },
    ),
  'vote-once': () => {
    const at = find('c', 'vote', ({ term }) => term === 2n);
    return insert(at + 1, { ...trace[at], candidate: 'a' } as TraceEvent);
  },
  'vote-up-to-date': () =>
    change(
      find('c', 'vote', ({ term }) => term === 2n),
      'vote',
      { lastIndex: 1n },
    ),
  'vote-durable': () => {
    const [edited] = change(
      find('b', 'persisted', ({ term }) => term === 1n),
      'persisted',
      { vote: undefined },
    );
    return [edited, find('b', 'send', (event) => granted(event, 1n)) + 1];
  },
  'vote-counted': () => {
    const votes = trace.flatMap((event, at) => {
      return event.member === 'a' && event.type === 'receive' && granted(event, 1n) ? [at] : [];
    });
    return drop(
      votes.filter((at) => at < find('a', 'become', leads(1n))),
      find('a', 'become', leads(1n)),
    );
  },
  'term-durable': () =>
    drop(
      [find('b', 'persisted', ({ term }) => term === 1n)],
      find('b', 'send', (event) => granted(event, 1n)),
    ),
  'acknowledge-durable': () => {
    const [edited] = change(
      find('b', 'persisted', ({ index }) => index === 1n),
      'persisted',
      { index: 0n },
    );
    return [edited, find('b', 'send', ({ message }) => message.type === 'append-reply') + 1];
  },
  'voter-candidacy': () =>
    insert(find('d', 'configuration') + 1, {
      member: 'd',
      type: 'become',
      role: 'pre-candidate',
      term: 2n,
      leader: undefined,
    }),
  'candidate-configuration': () =>
    insert(find('c', 'configuration'), {
      member: 'c',
      type: 'become',
      role: 'pre-candidate',
      term: 2n,
      leader: undefined,
    }),
  'leader-append-only': () =>
    insert(find('b', 'append', ({ entries }) => entries[0]?.term === 2n) + 1, {
      member: 'b',
      type: 'truncate',
      from: 3n,
    }),
  'log-contiguous': () => {
    const at = find('c', 'append');
    return change(at, 'append', {
      entries: (trace[at] as Of<'append'>).entries.map((each) => ({ ...each, index: 2n })),
    });
  },
  'log-matching': () => {
    const at = find('c', 'append');
    return change(at, 'append', {
      entries: (trace[at] as Of<'append'>).entries.map((each) => ({ ...each, digest: 5 })),
    });
  },
  'entry-origin': () => {
    const { index } =
      (trace[find('b', 'append', ({ entries }) => entries[0]?.term === 2n)] as Of<'append'>).entries[0] ?? entry;
    return insert(find('b', 'become', leads(2n)) + 1, { member: 'c', type: 'append', entries: [{ ...entry, index }] });
  },
  'truncate-committed': () => insert(aAsFollower, { member: 'a', type: 'truncate', from: 1n }),
  'persisted-true': () => change(find('a', 'persisted'), 'persisted', { index: 9n }),
  'commit-rises': () => insert(find('c', 'commit') + 1, trace[find('c', 'commit')] as TraceEvent),
  'commit-own-term': () =>
    change(
      find('b', 'commit', ({ term }) => term === 2n),
      'commit',
      { index: 2n, term: 1n },
    ),
  'commit-quorum': () => insert(find('a', 'append') + 1, { member: 'a', type: 'commit', index: 1n, term: 1n }),
  'commit-by-leader': () => insert(find('c', 'append') + 1, { member: 'c', type: 'commit', index: 1n, term: 1n }),
  'state-machine-safety': () => insert(aAsFollower, { member: 'a', type: 'commit', index: 3n, term: 1n }),
  'leader-completeness': () => {
    const at = find('b', 'become', leads(2n));
    const [edited] = insert(at, { member: 'b', type: 'truncate', from: 2n });
    return [edited, at + 2];
  },
  'snapshot-committed': () => insert(aAsFollower, { member: 'a', type: 'compact', index: 3n, term: 1n }),
  'hard-state-kept': () => {
    const at = trace.findLastIndex(({ member, type }) => member === 'b' && type === 'restart');
    return change(at, 'restart', { term: 0n, vote: undefined });
  },
  'log-kept': () => {
    const at = trace.findLastIndex(({ member, type }) => member === 'b' && type === 'restart');
    return change(at, 'restart', { entries: [] });
  },
  'configuration-order': () => {
    const at = find('c', 'configuration');
    return change(at, 'configuration', { index: 1n });
  },
  'configuration-agreed': () => {
    const at = find('c', 'configuration');
    const { configuration } = trace[at] as Of<'configuration'>;
    return change(at, 'configuration', { configuration: { ...configuration, learners: ['z'] } });
  },
  'configuration-overlap': () => {
    const at = find('b', 'configuration');
    const { configuration } = trace[at] as Of<'configuration'>;
    return change(at, 'configuration', { configuration: { ...configuration, voters: ['a', 'x', 'y'] } });
  },
  'read-linearizable': () => change(find('c', 'read-state'), 'read-state', { index: 1n }),
};

describe('the trace checker', () => {
  it('accepts what a real cluster did', () => {
    const summary = checkTrace(trace.map(formatTraceEvent));
    expect(summary).toEqual({ lines: trace.length, leaders: 2, committed: 7n, configurations: 4 });
  });

  // The table has every rule by its type: a rule without an edited trace does not compile.
  it.each(Object.keys(RULES) as Rule[])(
    'refuses a trace that is edited against %s, and names the line and the rule',
    (rule) => {
      const [edited, line] = EDITS[rule]();
      const check = () => checkTrace(edited.map(formatTraceEvent));
      expect(check).toThrow(TraceViolation);
      expect(check).toThrow(new RegExp(`^line ${line}: ${rule} \\(`));
    },
  );

  it.each([
    ['b d', 'refuses', 'a majority of the old voters is missing'],
    ['a b', 'refuses', 'a majority of the new voters is missing'],
    ['a b d', 'accepts', 'both majorities are there'],
  ])('of a commit in (b c d)(a b c) on the disks of %s it %s: %s', (stored, verdict) => {
    const joint = find('b', 'configuration', ({ configuration }) => configuration.votersOutgoing.length > 0);
    const leave = trace.findIndex((event, at) => at > joint && event.member === 'b' && event.type === 'append');
    const { index, term } = (trace[leave] as Of<'append'>).entries[0] ?? entry;
    // The others do nothing more, and nobody hears of a commit.
    const ends = trace.findIndex(({ member, type }, at) => at > leave && member === 'b' && type === 'commit');
    const tail = trace.slice(leave + 1, ends).filter(({ member }) => stored.includes(member));
    const edited = [...trace.slice(0, leave + 1), ...tail.filter(({ type }) => type !== 'receive' && type !== 'send')];
    const check = () =>
      checkTrace([...edited, { member: 'b', type: 'commit', index, term } as const].map(formatTraceEvent));
    if (verdict === 'accepts') expect(check).not.toThrow();
    else expect(check).toThrow(/commit-quorum/);
  });

  it('does not count for a commit what a member has in memory and not on its disk', () => {
    // a has its entry on disk; b has it in memory, and would make a majority with it.
    const at = find('b', 'append') + 1;
    expect(
      trace.slice(0, at).some((event) => event.member === 'a' && event.type === 'persisted' && event.index === 1n),
    ).toBe(true);
    const [edited, line] = insert(at, { member: 'a', type: 'commit', index: 1n, term: 1n });
    const check = () => checkTrace(edited.map(formatTraceEvent));
    expect(check).toThrow(new RegExp(`^line ${line}: commit-quorum .* on the disks of a$`));
  });

  it('reads back what was formatted', () => {
    for (const event of trace)
      expect(parseTraceEvent(formatTraceEvent(event))).toEqual(JSON.parse(JSON.stringify(event, keep), revive));
  });

  it.each([
    ['what is no JSON', 'become a', /^line 2: /],
    ['what is no event', '{"member":"a"}', /^line 2: expected an event/],
    [
      'a number that is no decimal string',
      '{"member":"a","type":"commit","index":1,"term":"1"}',
      /^line 2: expected index/,
    ],
  ])('refuses %s, with its line', (_, line, message) => {
    expect(() => checkTrace([formatTraceEvent(trace[0] as TraceEvent), line])).toThrow(message);
  });

  it('counts empty lines, so that its numbers are those of the file', () => {
    const [edited, line] = EDITS['commit-quorum']();
    const lines = ['', '', ...edited.map(formatTraceEvent)];
    expect(() => checkTrace(lines)).toThrow(new RegExp(`^line ${line + 2}: commit-quorum`));
  });
});

const keep = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value);
const revive = (_: string, value: unknown) =>
  typeof value === 'string' && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;

describe('a late leader', () => {
  it('of an old term is accepted when a newer term has committed entries: it slept with its votes unread', () => {
    const events: TraceEvent[] = [];
    const held: Message[] = [];
    const members = ['a', 'b', 'c'];
    const rafts = new Map<string, Raft>(
      members.map((name) => [
        name,
        createRaft(
          {
            name,
            members,
            electionTicks: 10,
            heartbeatTicks: 1,
            random: () => 0,
            trace: (event) => events.push(event),
          },
          { hardState: { term: 0n, vote: undefined, commit: 0n }, entries: [], snapshot: undefined },
        ),
      ]),
    );
    /** Lets everyone but the sleeper work until nothing moves; what is for the sleeper is held. */
    const settle = (sleeper?: string) => {
      for (let isMoving = true, rounds = 0; isMoving && rounds < 100; rounds += 1) {
        isMoving = false;
        for (const [name, raft] of rafts) {
          if (name === sleeper || !raft.hasReady()) continue;
          isMoving = true;
          const { ticket, messages, messagesAfterPersist } = raft.ready();
          raft.persisted(ticket);
          for (const message of [...messages, ...messagesAfterPersist]) {
            if (message.to === sleeper) held.push(message);
            else rafts.get(message.to)?.step(message);
          }
        }
      }
    };
    const [a, c] = [rafts.get('a'), rafts.get('c')];
    if (a === undefined || c === undefined) throw new Error('no members');
    a.campaign();
    // Its requests for votes leave, and then it sleeps.
    for (let at = 0; a.status().role !== 'candidate' && at < 10; at += 1) {
      for (const [name, raft] of rafts) {
        if (!raft.hasReady()) continue;
        const { ticket, messages, messagesAfterPersist } = raft.ready();
        raft.persisted(ticket);
        for (const message of [...messages, ...messagesAfterPersist]) rafts.get(message.to)?.step(message);
        if (name === 'a' && a.status().role === 'candidate') break;
      }
    }
    const asked = a.ready();
    a.persisted(asked.ticket);
    for (const message of [...asked.messages, ...asked.messagesAfterPersist]) rafts.get(message.to)?.step(message);
    settle('a');
    for (let ticks = 0; c.status().role !== 'leader' && ticks < 100; ticks += 1) {
      c.tick();
      settle('a');
    }
    expect(c.status()).toMatchObject({ role: 'leader', term: 2n });
    expect(c.status().commit).toBeGreaterThan(0n);
    for (const message of held) a.step(message);
    settle();
    const late = events.find((event) => event.type === 'become' && event.role === 'leader' && event.member === 'a');
    expect(late).toMatchObject({ term: 1n });
    checkTrace(events.map(formatTraceEvent));
  });
});
