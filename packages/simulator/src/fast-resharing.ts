/**
 * Resharing over the simulator's field: the operations, checks and errors of `packages/frost`, where a point is its own
 * discrete logarithm. A dealer that lies shows exactly as on the curve.
 */

import {
  assertDealer,
  assertNewHolder,
  assertResharingPlan,
  everyDeal,
  FrostError,
  type GroupPublic,
  type ResharingDeal,
  type ResharingPlan,
  SigningShare,
} from '@quorumsign/frost';
import { decodeLoosely, encode, evaluate, hash, isPoint, lagrangeCoefficient, P, same } from './fast-field.js';
import { checkFastGroup, checkFastShare } from './fast-group.js';

export function dealFast(plan: ResharingPlan, share: SigningShare, context: Uint8Array): Map<number, ResharingDeal> {
  assertResharingPlan(plan);
  assertDealer(plan, share.identifier);
  checkFastGroup(plan.group);
  checkFastShare(share, plan.group);
  const coefficients = share.reveal((secret) =>
    Array.from({ length: plan.threshold }, (_, power) => {
      if (power === 0) return (lagrangeCoefficient(plan.dealers, share.identifier) * decodeLoosely(secret)) % P;
      return hash('resharing', secret, ...subjectOf(plan, context, power));
    }),
  );
  const commitments = coefficients.map(encode);
  return new Map(
    plan.identifiers.map((holder) => [holder, { commitments, subShare: encode(evaluate(coefficients, holder)) }]),
  );
}

export function checkFastDeal(plan: ResharingPlan, dealer: number, holder: number, deal: ResharingDeal): void {
  const { commitments, subShare } = deal;
  assertResharingPlan(plan);
  assertNewHolder(plan, holder);
  assertDealer(plan, dealer);
  const invalid = (problem: string) => new FrostError({ code: 'DEAL_INVALID', problem, culprit: dealer });
  if (commitments.length !== plan.threshold)
    throw invalid(`expected ${plan.threshold} commitments, found ${commitments.length}`);
  const malformed = commitments.findIndex((point) => !isPoint(point));
  if (malformed >= 0)
    throw invalid(`expected commitment ${malformed} to be a canonical point of prime order, found something else`);
  if (!same(weightedShare(plan, dealer), commitments[0] ?? new Uint8Array()))
    throw invalid('expected commitment 0 to be that of its share by its weight, found another');
  if (!isPoint(subShare))
    throw invalid('expected a sub-share that is a canonical scalar and not zero, found something else');
  if (!same(subShare, encode(evaluate(commitments.map(decodeLoosely), holder))))
    throw invalid(`expected the sub-share of holder ${holder} to lie on the committed polynomial, found it beside`);
}

export function combineFastDeals(
  plan: ResharingPlan,
  holder: number,
  deals: ReadonlyMap<number, ResharingDeal>,
): { group: GroupPublic; share: SigningShare } {
  assertResharingPlan(plan);
  assertNewHolder(plan, holder);
  checkFastGroup(plan.group);
  const all = everyDeal(plan, deals);
  for (const { dealer, deal } of all) checkFastDeal(plan, dealer, holder, deal);
  const coefficients = Array.from({ length: plan.threshold }, (_, power) =>
    sum(all.map(({ deal }) => deal.commitments[power] ?? new Uint8Array())),
  );
  const secret = sum(all.map(({ deal }) => deal.subShare));
  if (secret === 0n)
    throw new FrostError({ code: 'SCALAR_MALFORMED', what: 'new signing share (zero)', culprit: undefined });
  const group: GroupPublic = {
    epoch: plan.group.epoch + 1,
    threshold: plan.threshold,
    identifiers: [...plan.identifiers],
    groupKey: plan.group.groupKey.slice(),
    commitments: coefficients.map(encode),
    verificationShares: new Map(plan.identifiers.map((each) => [each, encode(evaluate(coefficients, each))])),
  };
  const share = new SigningShare(holder, group.epoch, encode(secret));
  checkFastGroup(group);
  checkFastShare(share, group);
  return { group, share };
}

/** All that the ceremony is about, every list with its length; strings have theirs by the hash. */
function subjectOf(plan: ResharingPlan, context: Uint8Array, power: number): Uint8Array[] {
  const { group, dealers, identifiers, threshold } = plan;
  const numbers = [
    power,
    group.epoch,
    threshold,
    dealers.length,
    ...dealers,
    identifiers.length,
    ...identifiers,
    group.commitments.length,
  ];
  return [...numbers.map((each) => encode(BigInt(each))), context, group.groupKey, ...group.commitments];
}

/** λ_i^H Y_i. */
function weightedShare({ group, dealers }: ResharingPlan, dealer: number): Uint8Array {
  const verificationShare = group.verificationShares.get(dealer);
  if (verificationShare === undefined || !isPoint(verificationShare))
    throw new FrostError({ code: 'POINT_MALFORMED', what: 'verification share', culprit: dealer });
  return encode((lagrangeCoefficient(dealers, dealer) * decodeLoosely(verificationShare)) % P);
}

function sum(numbers: readonly Uint8Array[]): bigint {
  return numbers.reduce((total, each) => total + decodeLoosely(each), 0n) % P;
}
