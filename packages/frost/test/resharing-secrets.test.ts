import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadArithmetic } from '../src/arithmetic.js';
import type { ResharingPlan } from '../src/index.js';
import { combineResharing, dealResharing } from '../src/resharing.js';
import type { Sodium } from '../src/sodium.js';
import { CONTEXT, dealAll, dealt, found, frost, givenTo, upTo } from './ceremony.js';
import { toHex } from './native.js';
import { dealOf, lambda, numberOf, ORDER } from './oracle.js';

const { sodium } = await loadArithmetic();

describe('a new share', () => {
  const old = dealt(2, upTo(3));
  const plan: ResharingPlan = { group: old.group, dealers: [1, 2], identifiers: upTo(3), threshold: 2 };
  const deals = givenTo(dealAll(plan, old), 2);

  it('prints no secret', () => {
    const { share } = frost.combineResharing(plan, 2, deals);
    for (const printed of [JSON.stringify({ share }), `${share}`, inspect({ share })]) {
      expect(printed).toContain('redacted');
      expect(printed).not.toContain(toHex(share.exportBytes()));
    }
  });

  it('and its group share no memory with the deals and the plan', () => {
    const alone = dealt(1, [9]);
    for (const [of, from, holder] of [
      [plan, old, 2],
      [{ ...plan, group: alone.group, dealers: [9] }, alone, 1],
    ] as const) {
      const given = givenTo(dealAll(of, from), holder);
      const { group, share } = frost.combineResharing(of, holder, given);
      for (const deal of given.values()) for (const bytes of [...deal.commitments, deal.subShare]) bytes.fill(0);
      frost.checkGroup(group);
      frost.checkShare(share, group);
      expect(group.groupKey).not.toBe(of.group.groupKey);
    }
  });
});

/** libsodium, and every number that was computed from the given secrets; points and digests of points are public. */
function tracing(secrets: Set<Uint8Array>): Sodium {
  return new Proxy(sodium, {
    get(target, name: keyof Sodium) {
      return (...operands: Uint8Array[]) => {
        const result = (target[name] as (...operands: Uint8Array[]) => unknown).apply(target, operands);
        const isPoint = name === 'multiplyBase' || name === 'multiplyPoint';
        if (result instanceof Uint8Array && !isPoint && operands.some((each) => secrets.has(each))) secrets.add(result);
        return result;
      };
    },
  });
}

describe('secrets on the way', () => {
  const old = dealt(2, upTo(3));
  const plan: ResharingPlan = { group: old.group, dealers: [1, 3], identifiers: upTo(4), threshold: 3 };
  const written = (secrets: Set<Uint8Array>) => [...secrets].filter((bytes) => bytes.some((byte) => byte !== 0));

  it('are wiped when a dealing is done: the share and what is dealt are left', () => {
    const share = found(old.shares, 1);
    const own = share.reveal((bytes) => bytes);
    const secrets = new Set([own]);
    const deals = dealResharing(tracing(secrets), plan, share, CONTEXT);
    // Of 4 holders: 3 sums and 3 products each; the weighted share, 2 digests and 2 coefficients.
    expect(secrets.size).toBeGreaterThan(4 * 5 + 5);
    expect(new Set(written(secrets))).toEqual(new Set([own, ...[...deals.values()].map(({ subShare }) => subShare)]));
  });

  it('are wiped when deals are combined: those and the new share are left', () => {
    const given = givenTo(dealAll(plan, old), 2);
    const dealtBytes = [...given.values()].map(({ subShare }) => subShare);
    const secrets = new Set(dealtBytes);
    const { share } = combineResharing(tracing(secrets), plan, 2, given);
    expect(secrets.size).toBe(4);
    expect(written(secrets)).toEqual([...dealtBytes, share.reveal((bytes) => bytes)]);
  });

  it('are wiped when the deals are good and their sum is not', () => {
    const [first, second] = [1, 3].map((dealer) => {
      const constant = lambda(plan.dealers, dealer) * numberOf(found(old.shares, dealer).exportBytes());
      return dealOf([constant, dealer === 1 ? 5n : ORDER - 5n, 7n], 2);
    });
    if (first === undefined || second === undefined) throw new Error('no deals');
    const secrets = new Set([first.subShare, second.subShare]);
    const given = new Map([first, second].map((deal, at) => [at === 0 ? 1 : 3, deal]));
    expect(() => combineResharing(tracing(secrets), plan, 2, given)).toThrow(/POINT_MALFORMED: group/);
    expect(secrets.size).toBe(4);
    expect(written(secrets)).toEqual([first.subShare, second.subShare]);
  });
});
