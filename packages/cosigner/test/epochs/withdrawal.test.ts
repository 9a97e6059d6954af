import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isComplete, mayUnseal, problemOfWithdrawal } from '../../src/core/epochs/withdrawal.js';
import type { EpochChange } from '../../src/gen/cosigner/cosigner.js';

const SIZES = [
  [3, 2],
  [4, 3],
  [5, 3],
  [5, 4],
  [7, 5],
] as const;

function changeOf([n, t]: readonly [number, number], [n2, t2]: readonly [number, number]): EpochChange {
  const named = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, at) => ({ name: `${prefix}${at}`, identifier: at + 1, address: '' }));
  const fromMembers = named('old', n);
  const dealers = fromMembers.slice(0, t).map(({ name }) => name);
  const none = { cluster: 'c', epoch: 2, from: new Uint8Array(), chains: [] };
  return { ...none, fromThreshold: t, fromMembers, dealers, threshold: t2, members: named('new', n2) };
}

const sizes = fc.constantFrom(...SIZES);

describe('a dealer that has withdrawn is unsealed', () => {
  it('where nothing has left it', () => {
    expect(mayUnseal(changeOf([3, 2], [3, 2]), { name: 'old0', dealt: false }, new Map())).toBe(true);
  });

  it('never while, with as many liars as either epoch bears, t members could still sign in the new one', () => {
    fc.assert(
      fc.property(sizes, sizes, fc.nat(), fc.nat(), fc.nat(), (from, to, a, b, c) => {
        const change = changeOf(from, to);
        const [n, t] = from;
        const [n2, t2] = to;
        const [liarsOfOld, liarsOfNew] = [2 * t - n - 1, 2 * t2 - n2 - 1];
        // The truth: so many of the other dealers never dealt, and so many members are out. Liars say that they are out as well.
        const honestNeverDealt = a % t;
        const honestOut = b % (n2 + 1);
        const neverDealt = Math.min(t - 1, honestNeverDealt + (c % (liarsOfOld + 1)));
        const out = Math.min(n2, honestOut + (c % (liarsOfNew + 1)));
        const withdrawn = new Map<string, { dealt: boolean }>();
        for (let at = 1; at <= neverDealt; at++) withdrawn.set(`old${at}`, { dealt: false });
        for (let at = 0; at < out; at++) withdrawn.set(`new${at}`, { dealt: false });
        if (!mayUnseal(change, { name: 'old0', dealt: true }, withdrawn)) return;
        const canHaveShares = honestNeverDealt === 0;
        expect(canHaveShares && n2 - honestOut >= t2).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('when all members say so', () => {
    fc.assert(
      fc.property(sizes, sizes, (from, to) => {
        const change = changeOf(from, to);
        const withdrawn = new Map(change.members.map(({ name }) => [name, { dealt: false }]));
        expect(mayUnseal(change, { name: 'old0', dealt: true }, withdrawn)).toBe(true);
      }),
    );
  });
});

describe('a change is over', () => {
  const out = (...names: string[]) => new Map(names.map((name) => [name, {}]));
  const change = changeOf([3, 2], [4, 3]);

  it('when every member has begun or is out', () => {
    expect(isComplete(change, ['new0', 'new1', 'new2', 'new3'], new Map())).toBe(true);
    expect(isComplete(change, ['new0', 'new1', 'new2'], out('new3'))).toBe(true);
    expect(isComplete(change, ['new0', 'new1', 'new2'], out('old0'))).toBe(false);
  });

  it('never on the word of those alone who may lie', () => {
    expect(isComplete(change, ['new3'], out('new0', 'new1', 'new2'))).toBe(false);
  });
});

describe('a member withdraws', () => {
  const change = changeOf([3, 2], [5, 3]);
  const at = { name: 'new0', isMember: true, holds: false, hasBegun: false, withdrawn: new Map<string, unknown>() };

  it('before it holds its share, and never after it has begun', () => {
    expect(problemOfWithdrawal(change, at)).toBeUndefined();
    expect(problemOfWithdrawal(change, { ...at, hasBegun: true })).toMatch(/no way back/);
  });

  it('when it holds its share only after so many others that none can have begun', () => {
    const out = (...names: string[]) => new Map(names.map((name) => [name, {}]));
    expect(problemOfWithdrawal(change, { ...at, holds: true, withdrawn: out('new1', 'new2') })).toMatch(
      /expected 3 members without one to withdraw first, found 2/,
    );
    expect(problemOfWithdrawal(change, { ...at, holds: true, withdrawn: out('new1', 'new2', 'new3') })).toBeUndefined();
  });
});
