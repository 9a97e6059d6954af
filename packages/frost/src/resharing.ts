/**
 * Resharing: holders of one sharing deal the same key to the holders of the next, who may be others, more or fewer,
 * with another threshold (Desmedt and Jajodia 1997; the checks of Wong, Wang and Wing 2002).
 *
 * Dealer i of the set H deals g_i of degree t' − 1 with g_i(0) = λ_i^H s_i. A new share is the sum of what its holder
 * was given; the secret, the sum of the g_i(0), is never in one place. Each deal is checked alone: its first
 * commitment is λ_i^H Y_i, which the old sharing gives, and its sub-share lies on its polynomial. So whoever deals
 * anything else is named.
 *
 * The other coefficients are not drawn: each is a hash, keyed with the dealer's share, of all that the ceremony is
 * about. A dealer that crashed makes the same deals again, so no secret of a ceremony is ever stored, and it cannot
 * give two holders different polynomials by accident. Who learns a dealer's old share later learns its polynomial
 * too, but a new share only with the old shares of all dealers; those are at least t, and t are the key.
 *
 * Left to the caller: that sub-shares stay secret on their way, that no other ceremony has the same context, that all
 * new holders received the same commitments (a dealer that lies can give each a polynomial of its own), and that old
 * shares are erased, because t of them remain the key.
 */

import { FrostError } from './errors.js';
import { checkGroup, checkShare, evaluate, type GroupPublic } from './group.js';
import { lagrangeCoefficient } from './lagrange.js';
import { evaluateSecret } from './polynomial.js';
import {
  assertDealer,
  assertNewHolder,
  assertResharingPlan,
  everyDeal,
  type ResharingDeal,
  type ResharingPlan,
} from './resharing-plan.js';
import { equal, isCanonicalScalar, isZero, scalarOf } from './scalar.js';
import { SigningShare } from './signing-share.js';
import type { Sodium } from './sodium.js';

/** Apart from every other hash of a share: those of nonces begin with FROST's context string. */
const LABEL = Uint8Array.from('quorumsign resharing 1', (letter) => letter.charCodeAt(0));

/** See `Frost.dealResharing`. */
export function dealResharing(
  sodium: Sodium,
  plan: ResharingPlan,
  share: SigningShare,
  context: Uint8Array,
): Map<number, ResharingDeal> {
  assertResharingPlan(plan);
  assertDealer(plan, share.identifier);
  checkGroup(sodium, plan.group);
  checkShare(sodium, share, plan.group);
  const coefficients = coefficientsOf(sodium, plan, share, context);
  try {
    const commitments = coefficients.map((coefficient) => sodium.multiplyBase(coefficient));
    return new Map(
      plan.identifiers.map((holder) => [
        holder,
        { commitments, subShare: evaluateSecret(sodium, coefficients, holder) },
      ]),
    );
  } finally {
    for (const coefficient of coefficients) coefficient.fill(0);
  }
}

/** See `Frost.checkResharingDeal`. */
export function checkResharingDeal(
  sodium: Sodium,
  of: { readonly plan: ResharingPlan; readonly dealer: number; readonly holder: number },
  deal: ResharingDeal,
): void {
  const { plan, dealer, holder } = of;
  const { commitments, subShare } = deal;
  assertResharingPlan(plan);
  assertNewHolder(plan, holder);
  assertDealer(plan, dealer);
  const invalid = (problem: string) => new FrostError({ code: 'DEAL_INVALID', problem, culprit: dealer });
  // Not one more: the degree of the polynomial is the new threshold.
  if (commitments.length !== plan.threshold)
    throw invalid(`expected ${plan.threshold} commitments, found ${commitments.length}`);
  const malformed = commitments.findIndex((point) => !sodium.isValidPoint(point));
  if (malformed >= 0)
    throw invalid(`expected commitment ${malformed} to be a canonical point of prime order, found something else`);
  if (!equal(weightedShare(sodium, plan, dealer), commitments[0] ?? new Uint8Array()))
    throw invalid('expected commitment 0 to be that of its share by its weight, found another');
  if (!isCanonicalScalar(subShare) || isZero(subShare))
    throw invalid('expected a sub-share that is a canonical scalar and not zero, found something else');
  if (!equal(sodium.multiplyBase(subShare), evaluate(sodium, commitments, holder)))
    throw invalid(`expected the sub-share of holder ${holder} to lie on the committed polynomial, found it beside`);
}

/** See `Frost.combineResharing`. */
export function combineResharing(
  sodium: Sodium,
  plan: ResharingPlan,
  holder: number,
  deals: ReadonlyMap<number, ResharingDeal>,
): { group: GroupPublic; share: SigningShare } {
  assertResharingPlan(plan);
  assertNewHolder(plan, holder);
  checkGroup(sodium, plan.group);
  const all = everyDeal(plan, deals);
  for (const { dealer, deal } of all) checkResharingDeal(sodium, { plan, dealer, holder }, deal);
  const dealt = all.map(({ deal }) => deal);
  const group = nextGroup(sodium, plan, dealt);
  const secret = sumOfSubShares(sodium, dealt);
  const share = new SigningShare(holder, group.epoch, secret);
  try {
    if (isZero(secret))
      throw new FrostError({ code: 'SCALAR_MALFORMED', what: 'new signing share (zero)', culprit: undefined });
    // That the sum of the first commitments is the key follows from the checks of each; it is checked all the same.
    checkGroup(sodium, group);
    checkShare(sodium, share, group);
  } catch (error) {
    share.destroy();
    throw error;
  }
  return { group, share };
}

/** The dealer's polynomial, lowest first: secret, to be wiped. */
function coefficientsOf(sodium: Sodium, plan: ResharingPlan, share: SigningShare, context: Uint8Array): Uint8Array[] {
  const weight = lagrangeCoefficient(sodium, plan.dealers, share.identifier);
  return share.reveal((secret) =>
    Array.from({ length: plan.threshold }, (_, power) => {
      if (power === 0) return sodium.multiplyScalars(weight, secret);
      const wide = sodium.sha512(LABEL, secret, digestOf(sodium, plan, context, power));
      const coefficient = sodium.reduce(wide);
      wide.fill(0);
      return coefficient;
    }),
  );
}

/** Of all that the ceremony is about, and the power of x. Each list and string has its length: no two read the same. */
function digestOf(sodium: Sodium, plan: ResharingPlan, context: Uint8Array, power: number): Uint8Array {
  const { group, dealers, identifiers, threshold } = plan;
  const lists: readonly (readonly Uint8Array[])[] = [
    [context],
    [scalarOf(group.epoch)],
    [group.groupKey],
    group.commitments,
    dealers.map(scalarOf),
    identifiers.map(scalarOf),
    [scalarOf(threshold)],
    [scalarOf(power)],
  ];
  const framed = lists.map((list) => [scalarOf(list.length), ...list.flatMap((each) => [scalarOf(each.length), each])]);
  return sodium.sha512(...framed.flat());
}

/** λ_i^H Y_i. */
function weightedShare(sodium: Sodium, { group, dealers }: ResharingPlan, dealer: number): Uint8Array {
  const verificationShare = group.verificationShares.get(dealer);
  if (verificationShare === undefined || !sodium.isValidPoint(verificationShare))
    throw new FrostError({ code: 'POINT_MALFORMED', what: 'verification share', culprit: dealer });
  return sodium.multiplyPoint(lagrangeCoefficient(sodium, dealers, dealer), verificationShare);
}

function nextGroup(sodium: Sodium, plan: ResharingPlan, dealt: readonly ResharingDeal[]): GroupPublic {
  const { group, identifiers, threshold } = plan;
  const [first = [], ...others] = dealt.map(({ commitments }) => commitments);
  const commitments = others.reduce<readonly Uint8Array[]>(
    (sums, next) => sums.map((sum, power) => sodium.addPoints(sum, next[power] ?? new Uint8Array())),
    first.map((point) => point.slice()),
  );
  return {
    epoch: group.epoch + 1,
    threshold,
    identifiers: [...identifiers],
    groupKey: group.groupKey.slice(),
    commitments,
    verificationShares: new Map(identifiers.map((each) => [each, evaluate(sodium, commitments, each)])),
  };
}

/** The new share: secret. What is computed on the way is wiped. */
function sumOfSubShares(sodium: Sodium, dealt: readonly ResharingDeal[]): Uint8Array {
  let sum: Uint8Array = new Uint8Array(32);
  for (const { subShare } of dealt) {
    const next = sodium.addScalars(sum, subShare);
    sum.fill(0);
    sum = next;
  }
  return sum;
}
