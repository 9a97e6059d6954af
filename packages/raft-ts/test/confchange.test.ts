/** Config changes as pure arithmetic: examples, and properties over sequences of changes against a naive model. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConfigChange, type MemberChange, nextConfiguration } from '../src/confchange.js';
import { decodeConfigChange, encodeConfigChange } from '../src/config-codec.js';
import { type Configuration, configurationProblem, isJoint, membersOf, votersOnly } from '../src/configuration.js';
import { isQuorum } from '../src/quorum.js';

const ABC = votersOnly(['a', 'b', 'c']);
const WITH_LEARNER: Configuration = { ...ABC, learners: ['x'] };
const JOINT: Configuration = { ...ABC, votersOutgoing: ['a', 'b'], learnersNext: [], autoLeave: true };

/** `+d` adds a voter, `?d` a learner, `-d` removes. */
function changeOf(text: string, transition: ConfigChange['transition'] = 'auto'): ConfigChange {
  const kinds = { '+': 'add-voter', '?': 'add-learner', '-': 'remove' } as const;
  const words = text === '' ? [] : text.split(' ');
  const changes = words.map((word): MemberChange => ({ kind: kinds[word[0] as '+' | '?' | '-'], name: word.slice(1) }));
  return { changes, transition };
}

function show({ voters, votersOutgoing, learners, learnersNext, autoLeave }: Configuration): string {
  return `${voters.join(' ')} | ${votersOutgoing.join(' ')} | ${learners.join(' ')} | ${learnersNext.join(' ')} | ${autoLeave}`;
}

describe('a change of one member (§4.1)', () => {
  it.each([
    ['+d', ABC, 'a b c d |  |  |  | false'],
    ['?d', ABC, 'a b c |  | d |  | false'],
    ['-c', ABC, 'a b |  |  |  | false'],
    ['+x', WITH_LEARNER, 'a b c x |  |  |  | false'],
    ['?c', ABC, 'a b |  | c |  | false'],
    ['-x', WITH_LEARNER, 'a b c |  |  |  | false'],
  ])('%s is simple', (text, before, after) => {
    const { configuration } = nextConfiguration(before, changeOf(text)) as { configuration: Configuration };
    expect(show(configuration)).toBe(after);
  });
});

describe('a joint configuration (§4.3)', () => {
  it.each([
    ['+d -a', 'auto', 'b c d | a b c |  |  | true'],
    ['+d', 'joint-implicit', 'a b c d | a b c |  |  | true'],
    ['+d', 'joint-explicit', 'a b c d | a b c |  |  | false'],
    ['?a +d', 'auto', 'b c d | a b c |  | a | true'],
    ['?d ?e', 'auto', 'a b c | a b c | d e |  | true'],
  ] as const)('is entered by %s, %s', (text, transition, after) => {
    const { configuration } = nextConfiguration(ABC, changeOf(text, transition)) as { configuration: Configuration };
    expect(show(configuration)).toBe(after);
  });

  it('keeps a demoted voter voting in the old set, and makes it a learner when it is left', () => {
    const joint = nextConfiguration(ABC, changeOf('?a +d')) as { configuration: Configuration };
    const left = nextConfiguration(joint.configuration, changeOf('')) as { configuration: Configuration };
    expect(show(left.configuration)).toBe('b c d |  | a |  | false');
  });
});

describe('refusals', () => {
  it.each([
    ['a change while joint', JOINT, '+d', 'joint'],
    ['leaving what is not joint', ABC, '', 'not-joint'],
    ['a voter that is one', ABC, '+a', 'already-voter'],
    ['a learner that is one', WITH_LEARNER, '?x', 'already-learner'],
    ['removing a stranger', ABC, '-z', 'unknown-member'],
    ['a name twice', ABC, '+d -d', 'repeated-name'],
    ['the last voter', votersOnly(['a']), '-a', 'no-voters'],
    ['the last voter, by demotion', votersOnly(['a']), '?a', 'no-voters'],
    ['all voters at once', ABC, '-a -b -c', 'no-voters'],
    ['an empty name', ABC, '+', 'malformed'],
  ])('%s', (_, before, text, problem) => {
    expect(nextConfiguration(before, changeOf(text))).toEqual({ problem });
  });

  it('a sixteenth voter, and a sixteenth learner', () => {
    const names = Array.from({ length: 15 }, (_, i) => `m${i}`);
    expect(nextConfiguration(votersOnly(names), changeOf('+z'))).toEqual({ problem: 'too-many-members' });
    const learners = { ...votersOnly(['a']), learners: names };
    expect(nextConfiguration(learners, changeOf('?z'))).toEqual({ problem: 'too-many-members' });
    expect(nextConfiguration(votersOnly(names.slice(1)), changeOf('+z'))).not.toHaveProperty('problem');
  });

  it.each([
    ['a kind', { changes: [{ kind: 'promote', name: 'a' }], transition: 'auto' }],
    ['a transition', { changes: [], transition: 'sudden' }],
  ])('%s that is none', (_, change) => {
    // What no type allows may come from a caller in JavaScript.
    expect(nextConfiguration(ABC, change as unknown as ConfigChange)).toEqual({ problem: 'malformed' });
  });
});

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const memberChange: fc.Arbitrary<MemberChange> = fc.record({
  kind: fc.constantFrom('add-voter', 'add-learner', 'remove'),
  name: fc.constantFrom(...NAMES),
});
const anyChange: fc.Arbitrary<ConfigChange> = fc.record({
  changes: fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    {
      weight: 3,
      arbitrary: fc.uniqueArray(memberChange, { minLength: 1, maxLength: 4, selector: ({ name }) => name }),
    },
  ),
  transition: fc.constantFrom('auto', 'joint-implicit', 'joint-explicit'),
});

/** What a member is, in the simplest form. */
type Standing = Map<string, 'voter' | 'learner'>;

function standingOf({ voters, learners, learnersNext }: Configuration): Standing {
  return new Map([
    ...voters.map((name) => [name, 'voter'] as const),
    ...[...learners, ...learnersNext].map((name) => [name, 'learner'] as const),
  ]);
}

function naively(before: Standing, changes: readonly MemberChange[]): Standing {
  const after = new Map(before);
  for (const { kind, name } of changes) {
    if (kind === 'remove') after.delete(name);
    else after.set(name, kind === 'add-voter' ? 'voter' : 'learner');
  }
  return after;
}

function* subsets(names: readonly string[]): Generator<Set<string>> {
  for (let bits = 0; bits < 2 ** names.length; bits += 1) yield new Set(names.filter((_, i) => (bits >> i) & 1));
}

/** Every quorum of one meets every quorum of the other: the complement of a quorum of one is no quorum of the other. */
function quorumsMeet(before: Configuration, after: Configuration): boolean {
  const names = [...new Set([...membersOf(before), ...membersOf(after)])];
  for (const set of subsets(names)) {
    if (isQuorum(before, (name) => set.has(name)) && isQuorum(after, (name) => !set.has(name))) return false;
  }
  return true;
}

describe('any sequence of changes', () => {
  const walk = (visit: (before: Configuration, change: ConfigChange, after: Configuration) => void) =>
    fc.assert(
      fc.property(fc.array(anyChange, { maxLength: 12 }), (changes) => {
        let current = ABC;
        for (const change of changes) {
          const next = nextConfiguration(current, change);
          if (next.problem !== undefined) continue;
          visit(current, change, next.configuration);
          current = next.configuration;
        }
      }),
      { numRuns: 300 },
    );

  it('keeps the invariants of a configuration', () => {
    walk((_, __, after) => expect(configurationProblem(after)).toBeUndefined());
  });

  it('has every quorum of one configuration meet every quorum of the next (§4.1, §4.3)', () => {
    walk((before, _, after) => expect(quorumsMeet(before, after)).toBe(true));
  });

  it('comes to the members that a naive model has', () => {
    walk((before, { changes }, after) => {
      if (changes.length === 0) expect(standingOf(after)).toEqual(standingOf(before));
      else expect(standingOf(after)).toEqual(naively(standingOf(before), changes));
    });
  });

  it('alternates between joint and not, or stays out of it', () => {
    walk((before, { changes, transition }, after) => {
      const wantsJoint = changes.length > 1 || (changes.length === 1 && transition !== 'auto');
      expect(isJoint(after)).toBe(wantsJoint);
      expect(isJoint(before) && isJoint(after)).toBe(false);
    });
  });

  it('survives its way through the log', () => {
    fc.assert(
      fc.property(anyChange, fc.string({ minLength: 1, unit: 'binary' }), (change, name) => {
        const strange = { ...change, changes: [...change.changes, { kind: 'remove', name } as const] };
        expect(decodeConfigChange(encodeConfigChange(strange))).toEqual(strange);
      }),
    );
  });
});

describe('the data of a config entry', () => {
  it('can be read by eye', () => {
    const data = encodeConfigChange(changeOf('+d'));
    const text = '{"version":1,"transition":"auto","changes":[{"kind":"add-voter","name":"d"}]}';
    expect(new TextDecoder().decode(data)).toBe(text);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'hello'],
    ['another version', '{"version":2,"transition":"auto","changes":[]}'],
    ['no changes', '{"version":1,"transition":"auto"}'],
    ['a change that is null', '{"version":1,"transition":"auto","changes":[null]}'],
    ['a change without a name', '{"version":1,"transition":"auto","changes":[{"kind":"remove"}]}'],
    ['an unknown kind', '{"version":1,"transition":"auto","changes":[{"kind":"promote","name":"d"}]}'],
    ['an unknown transition', '{"version":1,"transition":"sudden","changes":[]}'],
    ['more than its limit', ' '.repeat(65_537)],
  ])('is refused when it is %s', (_, text) => {
    expect(decodeConfigChange(new TextEncoder().encode(text))).toBeUndefined();
  });
});
