import { type Frost, FrostError, loadFrost, type ResharingDeal, type ResharingPlan } from '@quorumsign/frost';
import { describe, expect, it } from 'vitest';
import { fastFrost } from '../src/fast-frost.js';
import { Random } from '../src/random.js';

const source = new Random(5);
const random = (length: number) => source.bytes(length);
const CONTEXT = Uint8Array.of(1, 2, 3);
const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

function found<T>(map: ReadonlyMap<number, T>, key: number): T {
  const value = map.get(key);
  if (value === undefined) throw new Error(`nothing of ${key}`);
  return value;
}

function dealt(frost: Frost, threshold: number, count: number) {
  const secret = frost.randomSecret(random);
  const { group, shares } = frost.deal({ secret, threshold, identifiers: upTo(count), epoch: 4, random });
  return { group, shares: new Map(shares.map((share) => [share.identifier, share])) };
}

function ceremony(frost: Frost, change: Partial<ResharingPlan> = {}) {
  const { group, shares } = dealt(frost, 2, 3);
  const plan: ResharingPlan = { group, dealers: [1, 3], identifiers: [2, 3, 4, 5, 9], threshold: 3, ...change };
  const deal = (dealer: number, context: Uint8Array = CONTEXT) =>
    frost.dealResharing(plan, found(shares, dealer), context);
  const givenTo = (holder: number) => new Map(plan.dealers.map((each) => [each, found(deal(each), holder)]));
  return { plan, shares, deal, givenTo };
}

function refusal(act: () => unknown): FrostError['detail'] {
  try {
    act();
  } catch (error) {
    if (error instanceof FrostError) return error.detail;
    throw error;
  }
  throw new Error('expected a refusal, found none');
}

const curve = await loadFrost();
const both: [string, Frost, { identity: Uint8Array }][] = [
  ['without a curve', fastFrost(), { identity: new Uint8Array(32) }],
  ['on the curve', curve, { identity: new Uint8Array(32).fill(1, 0, 1) }],
];

describe.each(both)('a key dealt again, %s', (_, frost, { identity }) => {
  it.each<[string, Partial<ResharingPlan>]>([
    ['to more', {}],
    ['to the same', { dealers: [1, 2, 3], identifiers: upTo(3), threshold: 2 }],
    ['to fewer', { identifiers: [7], threshold: 1 }],
  ])('is the same key, and its shares sign: %s', (__, change) => {
    const { plan, givenTo } = ceremony(frost, change);
    const results = plan.identifiers.map((each) => frost.combineResharing(plan, each, givenTo(each)));
    const [{ group } = { group: plan.group }] = results;
    expect(group).toMatchObject({ epoch: 5, groupKey: plan.group.groupKey, threshold: plan.threshold });
    frost.checkGroup(group);
    const signers = results.slice(-plan.threshold).map(({ share, group: own }) => {
      expect(own).toEqual(group);
      frost.checkShare(share, group);
      return { share, identifier: share.identifier, nonces: frost.generateNonces(share, random) };
    });
    const list = signers.map(({ identifier, nonces }) => ({ identifier, commitment: nonces.commitment }));
    const bound = frost.openSession(group, list).bind(CONTEXT);
    const signed = new Map(signers.map((each) => [each.identifier, bound.signShare(each.share, each.nonces)]));
    expect(frost.verifySignature(group.groupKey, CONTEXT, bound.aggregate(signed))).toBe(true);
  });

  it('is dealt in the same way twice, and in another with another context or plan', () => {
    const { plan, shares, deal } = ceremony(frost);
    expect(deal(3)).toEqual(deal(3));
    const commitmentsOf = (change: Partial<ResharingPlan>, context: Uint8Array = CONTEXT) =>
      found(frost.dealResharing({ ...plan, ...change }, found(shares, 3), context), 2).commitments.slice(1);
    const all = [
      commitmentsOf({}),
      commitmentsOf({}, Uint8Array.of(1, 2, 4)),
      commitmentsOf({ dealers: [2, 3] }),
      commitmentsOf({ threshold: 4 }),
      commitmentsOf({ identifiers: [2, 3, 4, 5] }),
    ].flat();
    expect(new Set(all.map(String)).size).toBe(11);
  });

  it('shows who lies, and in the same words', () => {
    const { plan, deal, givenTo } = ceremony(frost);
    const good = found(deal(3), 2);
    const other = ceremony(frost);
    const ones = new Uint8Array(32).fill(0xff);
    const withPoint = (at: number, point: Uint8Array) => ({ ...good, commitments: good.commitments.with(at, point) });
    const canonicalPoint = 'to be a canonical point of prime order, found something else';
    const beside = 'expected the sub-share of holder 2 to lie on the committed polynomial, found it beside';
    const malformed = 'expected a sub-share that is a canonical scalar and not zero, found something else';
    const foreign = 'expected commitment 0 to be that of its share by its weight, found another';
    const lies: [ResharingDeal, string][] = [
      [{ ...good, subShare: good.subShare.with(0, (good.subShare[0] ?? 0) ^ 1) }, beside],
      [found(deal(3), 4), beside],
      [{ ...good, commitments: found(deal(3, random(4)), 2).commitments }, beside],
      [withPoint(2, good.commitments[1] ?? ones), beside],
      [{ ...good, subShare: new Uint8Array(32) }, malformed],
      [{ ...good, subShare: ones }, malformed],
      [{ ...good, subShare: good.subShare.slice(0, 31) }, malformed],
      [found(deal(1), 2), foreign],
      [found(other.deal(3), 2), foreign],
      [{ ...good, commitments: good.commitments.slice(0, 2) }, 'expected 3 commitments, found 2'],
      [{ ...good, commitments: [...good.commitments, ones] }, 'expected 3 commitments, found 4'],
      [withPoint(0, identity), `expected commitment 0 ${canonicalPoint}`],
      [withPoint(1, ones), `expected commitment 1 ${canonicalPoint}`],
      [withPoint(2, identity), `expected commitment 2 ${canonicalPoint}`],
      [withPoint(2, new Uint8Array()), `expected commitment 2 ${canonicalPoint}`],
    ];
    for (const [bad, problem] of lies) {
      const named = { code: 'DEAL_INVALID', problem, culprit: 3 };
      expect(refusal(() => frost.checkResharingDeal(plan, 3, 2, bad))).toEqual(named);
      expect(refusal(() => frost.combineResharing(plan, 2, givenTo(2).set(3, bad)))).toEqual(named);
    }
    const given = givenTo(2);
    given.delete(1);
    const missing = { code: 'DEAL_INVALID', problem: 'expected one, found none', culprit: 1 };
    expect(refusal(() => frost.combineResharing(plan, 2, given))).toEqual(missing);
    const stranger = { code: 'DEAL_INVALID', problem: 'expected a dealer of the plan, found another', culprit: 2 };
    expect(refusal(() => frost.combineResharing(plan, 2, given.set(2, good)))).toEqual(stranger);
    expect(refusal(() => frost.checkResharingDeal(plan, 2, 2, good))).toEqual(stranger);
  });

  it('is refused for a plan, a group or a share that cannot be', () => {
    const { plan, shares, givenTo } = ceremony(frost);
    const [share, given] = [found(shares, 1), givenTo(2)];
    const verificationShares = new Map([...plan.group.verificationShares, [2, plan.group.groupKey]]);
    for (const [change, code] of [
      [{ dealers: [1] }, 'SIGNER_SET_INVALID'],
      [{ dealers: [3, 1] }, 'SIGNER_SET_INVALID'],
      [{ dealers: [1, 4] }, 'SIGNER_SET_INVALID'],
      [{ threshold: 6 }, 'GROUP_INVALID'],
      [{ identifiers: [3, 2] }, 'GROUP_INVALID'],
      [{ group: { ...plan.group, verificationShares } }, 'GROUP_INVALID'],
      [{ group: { ...plan.group, groupKey: found(plan.group.verificationShares, 2) } }, 'GROUP_INVALID'],
      [{ group: { ...plan.group, commitments: [] } }, 'GROUP_INVALID'],
      [{ group: { ...plan.group, groupKey: identity } }, 'POINT_MALFORMED'],
    ] as const) {
      expect(refusal(() => frost.dealResharing({ ...plan, ...change }, share, CONTEXT)).code).toBe(code);
      expect(refusal(() => frost.combineResharing({ ...plan, ...change }, 2, given)).code).toBe(code);
    }
    const without = { ...plan, group: { ...plan.group, verificationShares: new Map() } };
    expect(refusal(() => frost.checkResharingDeal(without, 1, 2, found(given, 1))).code).toBe('POINT_MALFORMED');
    expect(refusal(() => frost.combineResharing(plan, 1, given)).code).toBe('GROUP_INVALID');
    const [later, foreign] = [{ ...plan, group: { ...plan.group, epoch: 5 } }, found(ceremony(frost).shares, 1)];
    expect(refusal(() => frost.dealResharing(later, share, CONTEXT)).code).toBe('SHARE_FOREIGN');
    expect(refusal(() => frost.dealResharing(plan, foreign, CONTEXT)).code).toBe('SHARE_FOREIGN');
    expect(refusal(() => frost.dealResharing(plan, found(shares, 2), CONTEXT)).code).toBe('DEAL_INVALID');
  });
});
