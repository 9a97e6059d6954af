import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResharingPlan } from '../src/index.js';
import { CONTEXT, dealAll, dealt, found, frost, givenTo, type Sharing, type Size, upTo } from './ceremony.js';
import { nativeVerifier, random, toHex } from './native.js';
import { dealOf, interpolate, lambda, littleEndian, numberOf, ORDER, Point, subsets } from './oracle.js';

function reshare(plan: ResharingPlan, old: Sharing): Sharing {
  const deals = dealAll(plan, old);
  const results = plan.identifiers.map((each) => frost.combineResharing(plan, each, givenTo(deals, each)));
  const [first] = results;
  if (first === undefined) throw new Error('no holder');
  for (const { group } of results) expect(group).toEqual(first.group);
  return { group: first.group, shares: new Map(results.map(({ share }) => [share.identifier, share])) };
}

function bytesOf({ shares }: Sharing, set: readonly number[]): Map<number, Uint8Array> {
  return new Map(set.map((each) => [each, found(shares, each).exportBytes()]));
}

function signatureVerifies({ group, shares }: Sharing, set: readonly number[]): boolean {
  const signers = set.map((each) => {
    const share = found(shares, each);
    return { share, nonces: frost.generateNonces(share, random) };
  });
  const list = signers.map(({ share, nonces }) => ({ identifier: share.identifier, commitment: nonces.commitment }));
  const message = random(122);
  const bound = frost.openSession(group, list).bind(message);
  const signed = new Map(signers.map(({ share, nonces }) => [share.identifier, bound.signShare(share, nonces)]));
  return nativeVerifier(group.groupKey)(message, bound.aggregate(signed));
}

describe('a key dealt again', () => {
  const cases: { of: string; from: Size; dealers: readonly number[]; to: Size }[] = [
    { of: '2 of 3 to 3 of 5', from: [2, upTo(3)], dealers: [1, 3], to: [3, upTo(5)] },
    { of: '3 of 5 to 4 of 7', from: [3, upTo(5)], dealers: [2, 3, 5], to: [4, upTo(7)] },
    { of: '5 of 7 to 2 of 3', from: [5, upTo(7)], dealers: [1, 2, 4, 6, 7], to: [2, upTo(3)] },
    { of: '2 of 3 to the same holders', from: [2, upTo(3)], dealers: [1, 2, 3], to: [2, upTo(3)] },
    { of: '2 of 3 to others altogether', from: [2, upTo(3)], dealers: [2, 3], to: [2, [4, 300, 65_535]] },
    { of: '2 of 4, by all four', from: [2, upTo(4)], dealers: [1, 2, 3, 4], to: [3, [1, 2, 5, 6]] },
    { of: '1 of 1 to 2 of 2', from: [1, [9]], dealers: [9], to: [2, [1, 9]] },
    { of: '2 of 3 to 1 of 2', from: [2, upTo(3)], dealers: [1, 2], to: [1, [5, 6]] },
  ];

  for (const { of, from, dealers, to } of cases) {
    it(`is the same key, and its shares sign: ${of}`, () => {
      const old = dealt(...from);
      const [threshold, identifiers] = to;
      const next = reshare({ group: old.group, dealers, identifiers, threshold }, old);
      expect(next.group).toMatchObject({ epoch: 5, threshold, identifiers, groupKey: old.group.groupKey });
      frost.checkGroup(next.group);
      for (const share of next.shares.values()) frost.checkShare(share, next.group);
      for (const set of subsets(identifiers, threshold)) {
        expect(interpolate(bytesOf(next, set))).toBe(numberOf(old.secret));
      }
      for (const set of [identifiers.slice(0, threshold), identifiers.slice(-threshold), identifiers]) {
        expect(signatureVerifies(next, set)).toBe(true);
      }
    });

    it(`is not found from old and new shares mixed: ${of}`, () => {
      const old = dealt(...from);
      const [threshold, identifiers] = to;
      const next = reshare({ group: old.group, dealers, identifiers, threshold }, old);
      const all = [
        ...old.group.identifiers.map((each) => ({ each, of: old })),
        ...identifiers.map((each) => ({ each, of: next })),
      ];
      // Of fewer than a threshold of each: whoever has a threshold of one has the key.
      const mixtures = [...new Set([from[0], threshold])]
        .flatMap((size) => subsets(all, size))
        .filter((set) => new Set(set.map(({ each }) => each)).size === set.length)
        .filter((set) => set.filter((member) => member.of === old).length < from[0])
        .filter((set) => set.filter((member) => member.of === next).length < threshold);
      if (from[0] > 1 && threshold > 1) expect(mixtures.length).toBeGreaterThan(3);
      for (const set of mixtures) {
        const points = new Map(set.map((member) => [member.each, found(member.of.shares, member.each).exportBytes()]));
        expect(interpolate(points)).not.toBe(numberOf(old.secret));
      }
    });
  }

  it('is dealt again and again', () => {
    const first = dealt(2, upTo(3), 1);
    const second = reshare({ group: first.group, dealers: [1, 2], identifiers: [2, 3, 4, 5, 6], threshold: 3 }, first);
    const third = reshare({ group: second.group, dealers: [3, 4, 6], identifiers: upTo(3), threshold: 2 }, second);
    expect(third.group).toMatchObject({ epoch: 3, groupKey: first.group.groupKey });
    expect(signatureVerifies(third, [1, 3])).toBe(true);
  });

  it('is the same key for sharings of any size', () => {
    const sharing = fc
      .uniqueArray(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 65_535 })), {
        minLength: 1,
        maxLength: 5,
      })
      .chain((identifiers) =>
        fc.record({
          identifiers: fc.constant([...identifiers].sort((a, b) => a - b)),
          threshold: fc.integer({ min: 1, max: identifiers.length }),
        }),
      );
    const ceremonies = fc.tuple(sharing, sharing).chain(([from, to]) =>
      fc.record({
        from: fc.constant(from),
        to: fc.constant(to),
        dealers: fc.subarray(from.identifiers, { minLength: from.threshold }),
        signers: fc.subarray(to.identifiers, { minLength: to.threshold }),
      }),
    );
    fc.assert(
      fc.property(ceremonies, ({ from, to, dealers, signers }) => {
        const old = dealt(from.threshold, from.identifiers);
        const next = reshare({ group: old.group, dealers, ...to }, old);
        expect(interpolate(bytesOf(next, signers))).toBe(numberOf(old.secret));
        expect(signatureVerifies(next, signers)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });
});

describe('a dealing', () => {
  const old = dealt(2, upTo(4));
  const plan: ResharingPlan = { group: old.group, dealers: [1, 3], identifiers: upTo(5), threshold: 3 };
  const share = found(old.shares, 3);
  const deals = frost.dealResharing(plan, share, CONTEXT);

  it('has a polynomial whose value at zero is the share by its weight, and whose degree is the new threshold', () => {
    const expected = (lambda(plan.dealers, 3) * numberOf(share.exportBytes())) % ORDER;
    for (const set of subsets(plan.identifiers, 3)) {
      expect(interpolate(new Map(set.map((each) => [each, found(deals, each).subShare])))).toBe(expected);
    }
    expect(subsets(plan.identifiers, 2).length).toBe(10);
    for (const set of subsets(plan.identifiers, 2)) {
      expect(interpolate(new Map(set.map((each) => [each, found(deals, each).subShare])))).not.toBe(expected);
    }
  });

  it('has the other coefficients from the share and the ceremony, as the file says', () => {
    const length = (number: number) => littleEndian(BigInt(number));
    const sha512 = (parts: readonly Uint8Array[]) =>
      parts.reduce((hash, part) => hash.update(part), createHash('sha512')).digest();
    const coefficients = [1, 2].map((power) => {
      const lists = [
        [CONTEXT],
        [length(4)],
        [old.group.groupKey],
        old.group.commitments,
        [length(1), length(3)],
        upTo(5).map(length),
        [length(3)],
        [length(power)],
      ];
      const digest = sha512(
        lists.flatMap((list) => [length(list.length), ...list.flatMap((s) => [length(s.length), s])]),
      );
      return numberOf(sha512([Buffer.from('quorumsign resharing 1'), share.exportBytes(), digest]));
    });
    const constant = lambda(plan.dealers, 3) * numberOf(share.exportBytes());
    for (const [holder, deal] of deals) expect(deal).toEqual(dealOf([constant, ...coefficients], holder));
  });

  it('is the same, byte for byte, after a restart', () => {
    const again = frost.importShare({ identifier: 3, epoch: 4, bytes: share.exportBytes() });
    const copy = { ...plan, dealers: [...plan.dealers], identifiers: [...plan.identifiers] };
    expect(frost.dealResharing(copy, again, CONTEXT.slice())).toEqual(deals);
  });

  it.each<[string, Partial<ResharingPlan>, Uint8Array]>([
    ['another context', {}, Uint8Array.from(Buffer.from('chain-1, ceremony 8'))],
    ['no context', {}, new Uint8Array()],
    ['other dealers', { dealers: [2, 3] }, CONTEXT],
    ['more dealers', { dealers: [1, 2, 3] }, CONTEXT],
    ['another threshold', { threshold: 2 }, CONTEXT],
    ['other holders', { identifiers: [1, 2, 3, 4, 6] }, CONTEXT],
    ['fewer holders', { identifiers: upTo(4) }, CONTEXT],
  ])('has other coefficients with %s', (_, change, context) => {
    const [, ...before] = found(deals, 1).commitments.map(toHex);
    const [, ...after] = found(frost.dealResharing({ ...plan, ...change }, share, context), 1).commitments.map(toHex);
    expect(after.length).toBeGreaterThan(0);
    for (const commitment of after) expect(before).not.toContain(commitment);
    expect(new Set(after).size).toBe(after.length);
  });

  it('has other coefficients in another epoch, and in another sharing with the same share', () => {
    // The line through the same share of 3 and another secret: its first commitment, and so its key, is another.
    const value = numberOf(share.exportBytes());
    const others = upTo(2).map((slope) => dealOf([value - 3n * BigInt(slope), BigInt(slope)], 3));
    const groups = others.map(({ commitments: [groupKey = new Uint8Array(), slope = new Uint8Array()] }) => {
      const points = [groupKey, slope].map((each) => Point.fromBytes(each));
      const [constant = Point.ZERO, linear = Point.ZERO] = points;
      const at = (x: number) => constant.add(linear.multiply(BigInt(x))).toBytes();
      const verificationShares = new Map(old.group.identifiers.map((each) => [each, at(each)]));
      return { ...old.group, groupKey, commitments: [groupKey, slope], verificationShares };
    });
    const epoch5 = { ...old.group, epoch: 5 };
    const slopes = [old.group, epoch5, ...groups].map((group) => {
      const own = frost.importShare({ identifier: 3, epoch: group.epoch, bytes: share.exportBytes() });
      return toHex(found(frost.dealResharing({ ...plan, group }, own, CONTEXT), 1).commitments[1] as Uint8Array);
    });
    expect(new Set(slopes).size).toBe(4);
  });

  it('leaves the share as it is, to be dealt from again', () => {
    frost.checkShare(share, old.group);
  });

  it('is refused with a share of another epoch or group, and by a holder that is no dealer', () => {
    const bytes = share.exportBytes();
    const later = frost.importShare({ identifier: 3, epoch: 5, bytes });
    expect(() => frost.dealResharing(plan, later, CONTEXT)).toThrow(
      /SHARE_FOREIGN: share 3: expected epoch 4, found 5/,
    );
    const foreign = found(dealt(2, upTo(4)).shares, 3);
    expect(() => frost.dealResharing(plan, foreign, CONTEXT)).toThrow(/SHARE_FOREIGN.*not belong to this group/);
    expect(() => frost.dealResharing(plan, found(old.shares, 2), CONTEXT)).toThrow(/DEAL_INVALID: .*dealer 2/);
  });
});

describe('a plan', () => {
  const old = dealt(2, [1, 2, 3, 7]);
  const plan: ResharingPlan = { group: old.group, dealers: [1, 2], identifiers: upTo(3), threshold: 2 };
  const deals = givenTo(dealAll(plan, old), 1);

  it.each<[string, Partial<ResharingPlan>, RegExp]>([
    ['no dealers', { dealers: [] }, /SIGNER_SET_INVALID: expected at least 2 dealers, found 0/],
    ['fewer dealers than the old threshold', { dealers: [1] }, /SIGNER_SET_INVALID: expected at least 2 dealers/],
    ['dealers out of order', { dealers: [2, 1] }, /SIGNER_SET_INVALID: expected ascending dealers/],
    ['a dealer twice', { dealers: [1, 1] }, /SIGNER_SET_INVALID: expected ascending dealers, each once/],
    ['a dealer that holds no share', { dealers: [1, 4] }, /SIGNER_SET_INVALID: dealer 4 is not in the group/],
    ['no new holders', { identifiers: [] }, /GROUP_INVALID: expected a threshold/],
    ['new holders out of order', { identifiers: [2, 1, 3] }, /GROUP_INVALID: expected ascending/],
    ['a new holder twice', { identifiers: [1, 2, 2] }, /GROUP_INVALID: expected ascending/],
    ['a new holder 0', { identifiers: [0, 1, 2] }, /GROUP_INVALID: expected ascending identifiers from 1/],
    ['a new holder above the largest', { identifiers: [1, 65_536] }, /GROUP_INVALID: expected ascending .* to 65535/],
    ['a threshold of 0', { threshold: 0 }, /GROUP_INVALID: expected a threshold of 1 to 3, found 0/],
    ['a threshold above the new holders', { threshold: 4 }, /GROUP_INVALID: expected a threshold of 1 to 3, found 4/],
    ['a threshold and a half', { threshold: 1.5 }, /GROUP_INVALID: expected a threshold/],
    ['a last epoch', { group: { ...old.group, epoch: Number.MAX_SAFE_INTEGER } }, /GROUP_INVALID: expected an epoch/],
    ['an epoch below zero', { group: { ...old.group, epoch: -1 } }, /GROUP_INVALID: expected an epoch/],
  ])('with %s is refused by everybody', (_, change, expected) => {
    const bad = { ...plan, ...change };
    expect(() => frost.dealResharing(bad, found(old.shares, 1), CONTEXT)).toThrow(expected);
    expect(() => frost.checkResharingDeal(bad, 1, 1, found(deals, 1))).toThrow(expected);
    expect(() => frost.combineResharing(bad, 1, deals)).toThrow(expected);
  });

  it('whose group contradicts itself is refused before anything is dealt or combined', () => {
    const verificationShares = new Map([...old.group.verificationShares, [7, old.group.groupKey]]);
    const bad = { ...plan, group: { ...old.group, verificationShares } };
    expect(() => frost.dealResharing(bad, found(old.shares, 1), CONTEXT)).toThrow(/GROUP_INVALID.*share of 7/);
    expect(() => frost.combineResharing(bad, 1, deals)).toThrow(/GROUP_INVALID.*share of 7/);
  });

  it('whose group has no point for a dealer says so', () => {
    const shares = [...old.group.verificationShares];
    for (const verificationShares of [
      new Map(shares.slice(1)),
      new Map([...shares, [1, new Uint8Array(32)]] as const),
    ]) {
      const bad = { ...plan, group: { ...old.group, verificationShares } };
      expect(() => frost.checkResharingDeal(bad, 1, 1, found(deals, 1))).toThrow(
        /POINT_MALFORMED: verification share.*signer 1/,
      );
    }
  });

  it('has no deals for holders and of dealers that it does not name', () => {
    expect(() => frost.checkResharingDeal(plan, 1, 7, found(deals, 1))).toThrow(/GROUP_INVALID: holder 7/);
    expect(() => frost.combineResharing(plan, 7, deals)).toThrow(/GROUP_INVALID: holder 7/);
    expect(() => frost.checkResharingDeal(plan, 7, 1, found(deals, 1))).toThrow(/DEAL_INVALID: the deal of dealer 7/);
  });
});
