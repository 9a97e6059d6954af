import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FrostError, type ResharingDeal, type ResharingPlan } from '../src/index.js';
import { CONTEXT, dealAll, dealt, found, frost, givenTo, upTo } from './ceremony.js';
import { fromHex, random } from './native.js';
import { dealOf, lambda, littleEndian, numberOf, ORDER, Point } from './oracle.js';

/** What is thrown: a FrostError, or the test fails. */
function refusal(act: () => unknown): FrostError {
  try {
    act();
  } catch (error) {
    if (error instanceof FrostError) return error;
    throw error;
  }
  throw new Error('expected a refusal, found none');
}

describe('a dealer that lies', () => {
  const old = dealt(2, upTo(3));
  const plan: ResharingPlan = { group: old.group, dealers: [1, 3], identifiers: upTo(5), threshold: 3 };
  const deals = dealAll(plan, old);
  const [LIAR, HOLDER] = [3, 2];
  const good = found(found(deals, LIAR), HOLDER);
  const constant = (lambda(plan.dealers, LIAR) * numberOf(found(old.shares, LIAR).exportBytes())) % ORDER;

  /** Refused alone and among the others; everybody else's deals are good. */
  function isNamed(bad: ResharingDeal, problem: RegExp): void {
    const given = givenTo(deals, HOLDER).set(LIAR, bad);
    for (const act of [
      () => frost.checkResharingDeal(plan, LIAR, HOLDER, bad),
      () => frost.combineResharing(plan, HOLDER, given),
    ]) {
      const { detail, message } = refusal(act);
      expect(detail).toMatchObject({ code: 'DEAL_INVALID', culprit: LIAR });
      expect(message).toMatch(problem);
    }
  }
  const withPoint = (at: number, point: Uint8Array) => ({ ...good, commitments: good.commitments.with(at, point) });

  it('is named for a wrong sub-share', () => {
    const others = [1, 3, 4, 5].map((holder) => found(found(deals, LIAR), holder).subShare);
    const ofAnother = found(found(deals, 1), HOLDER).subShare;
    for (const subShare of [...others, ofAnother, frost.randomSecret(random), littleEndian(1n)]) {
      isNamed({ ...good, subShare }, /sub-share of holder 2 to lie on the committed polynomial, found it beside/);
    }
  });

  it('is named for a sub-share that is not canonical, zero, or not of 32 bytes', () => {
    const unreduced = littleEndian(numberOf(good.subShare) + ORDER);
    const short = good.subShare.slice(0, 31);
    for (const subShare of [
      unreduced,
      littleEndian(ORDER),
      new Uint8Array(32),
      short,
      new Uint8Array(33),
      new Uint8Array(),
    ]) {
      isNamed({ ...good, subShare }, /expected a sub-share that is a canonical scalar and not zero/);
    }
  });

  it('is named for a polynomial of another share, good in itself', () => {
    const unweighted = numberOf(found(old.shares, LIAR).exportBytes());
    const ofAll = lambda([1, 2, 3], LIAR) * unweighted;
    for (const other of [constant + 1n, ORDER - constant, unweighted, ofAll]) {
      isNamed(dealOf([other, 5n, 7n], HOLDER), /expected commitment 0 to be that of its share by its weight/);
    }
    isNamed(withPoint(0, found(old.group.verificationShares, LIAR)), /commitment 0/);
  });

  it('is named for a polynomial of another degree, good in itself', () => {
    isNamed(dealOf([constant, 5n], HOLDER), /expected 3 commitments, found 2/);
    isNamed(dealOf([constant, 5n, 7n, 9n], HOLDER), /expected 3 commitments, found 4/);
    isNamed({ ...good, commitments: [] }, /expected 3 commitments, found 0/);
    // The same degree by a commitment to zero: the identity.
    isNamed(dealOf([constant, 5n, 0n], HOLDER), /expected commitment 2 to be a canonical point of prime order/);
    isNamed(dealOf([constant, 0n, 7n], HOLDER), /expected commitment 1 to be a canonical point of prime order/);
  });

  it('is named for a commitment that is of small or mixed order, not canonical or not on the curve', () => {
    const { small_order_or_noncanonical_elements: small, invalid_elements: invalid } = JSON.parse(
      readFileSync(new URL('./data/rfc9591-ed25519.json', import.meta.url), 'utf8'),
    ) as Record<string, { elements: string[] }>;
    const elements = [...(small?.elements ?? []), ...(invalid?.elements ?? [])].map(fromHex);
    expect(elements.length).toBeGreaterThan(10);
    const torsion = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');
    for (const at of [0, 1, 2]) {
      const mixed = Point.fromBytes(good.commitments[at] as Uint8Array)
        .add(torsion)
        .toBytes();
      for (const point of [...elements, mixed, new Uint8Array(31), new Uint8Array(33)]) {
        isNamed(withPoint(at, point), new RegExp(`expected commitment ${at} to be a canonical point of prime order`));
      }
    }
  });

  it('is named for the deal of another holder, dealer or ceremony', () => {
    isNamed(found(found(deals, LIAR), 4), /sub-share of holder 2/);
    isNamed(found(found(deals, 1), HOLDER), /commitment 0/);
    const other = frost.dealResharing(plan, found(old.shares, LIAR), random(8));
    isNamed({ ...good, subShare: found(other, HOLDER).subShare }, /sub-share of holder 2/);
    isNamed({ ...good, commitments: found(other, HOLDER).commitments }, /sub-share of holder 2/);
    const more = { ...plan, dealers: [1, 2, 3] };
    isNamed(found(frost.dealResharing(more, found(old.shares, LIAR), CONTEXT), HOLDER), /commitment 0/);
  });

  it('is named first when it is the first, whatever the others do', () => {
    const given = new Map([...givenTo(deals, HOLDER)].map(([dealer, deal]) => [dealer, { ...deal, commitments: [] }]));
    expect(refusal(() => frost.combineResharing(plan, HOLDER, given)).detail).toMatchObject({ culprit: 1 });
  });

  it('is named when it deals nothing, and when it is no dealer', () => {
    const given = givenTo(deals, HOLDER);
    given.delete(LIAR);
    const missing = refusal(() => frost.combineResharing(plan, HOLDER, given));
    expect(missing.message).toBe('DEAL_INVALID: the deal of dealer 3: expected one, found none');
    given.set(LIAR, good).set(2, good);
    const stranger = refusal(() => frost.combineResharing(plan, HOLDER, given));
    expect(stranger.message).toBe('DEAL_INVALID: the deal of dealer 2: expected a dealer of the plan, found another');
    expect(missing.detail).toMatchObject({ culprit: 3 });
  });

  it('is checked like any other when a sum on the way to the value is the identity', () => {
    // (7 x − 14) x + constant: at holder 2 what is in the brackets is zero.
    const bad = dealOf([constant, ORDER - 14n, 7n], HOLDER);
    frost.checkResharingDeal(plan, LIAR, HOLDER, bad);
    const { share } = frost.combineResharing(plan, HOLDER, givenTo(deals, HOLDER).set(LIAR, bad));
    expect(share.identifier).toBe(HOLDER);
    isNamed({ ...bad, subShare: good.subShare }, /sub-share of holder 2/);
  });

  it('is found by nobody alone when it gives each holder a polynomial of its own: their groups differ', () => {
    const groups = [2, 4].map((holder, at) => {
      const own = dealOf([constant, BigInt(at + 5), 7n], holder);
      frost.checkResharingDeal(plan, LIAR, holder, own);
      return frost.combineResharing(plan, holder, givenTo(deals, holder).set(LIAR, own)).group;
    });
    expect(groups[0]?.groupKey).toEqual(groups[1]?.groupKey);
    expect(groups[0]?.commitments).not.toEqual(groups[1]?.commitments);
  });

  it('may make the sums zero, having seen the others: the ceremony fails, and no share comes of it', () => {
    const honest = [(lambda(plan.dealers, 1) * numberOf(found(old.shares, 1).exportBytes())) % ORDER, 2n, 3n];
    const combine = (polynomial: readonly bigint[], holder: number) => {
      const given = new Map([honest, polynomial].map((each, at) => [plan.dealers[at] as number, dealOf(each, holder)]));
      return refusal(() => frost.combineResharing(plan, holder, given)).message;
    };
    const [a0 = 0n, a1 = 0n, a2 = 0n] = honest;
    for (const polynomial of [
      [constant, 5n, ORDER - a2],
      [constant, ORDER - a1, 5n],
      [constant, ORDER - a1, ORDER - a2],
    ]) {
      expect(combine(polynomial, HOLDER)).toMatch(/POINT_MALFORMED: group/);
    }
    // The new share of holder 2 is zero: a0 + constant + 2 (a1 + slope) + 4 (a2 + 5) = 0.
    const rest = a0 + constant + 2n * a1 + 4n * (a2 + 5n);
    const slope = ORDER - ((rest * Point.Fn.inv(2n)) % ORDER);
    expect(combine([constant, slope, 5n], 2)).toMatch(/SCALAR_MALFORMED: new signing share \(zero\)/);
    expect(combine([constant, slope, 5n], 4)).toMatch(/POINT_MALFORMED: group/);
  });
});
