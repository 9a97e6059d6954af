/** What a resharing is from and to, what is dealt in it, and the checks of both that need no arithmetic. */

import { FrostError } from './errors.js';
import { assertIdentifiers, type GroupPublic } from './group.js';

/** What a resharing is from and to; the same for everybody who takes part. */
export interface ResharingPlan {
  /** The sharing that ends. */
  readonly group: GroupPublic;
  /** Its holders that deal: at least its threshold; ascending. */
  readonly dealers: readonly number[];
  /** Holders of the sharing that begins, whose epoch is one more; ascending, 1 to 65,535; old ones or others. */
  readonly identifiers: readonly number[];
  /** Of the sharing that begins. */
  readonly threshold: number;
}

/** What one dealer gives one new holder. */
export interface ResharingDeal {
  /** C_i0 to C_i(t'−1), 32 bytes each; the same for every holder. */
  readonly commitments: readonly Uint8Array[];
  /** g_i(holder): secret, canonical scalar, 32 bytes little-endian. */
  readonly subShare: Uint8Array;
}

/** @throws FrostError `SIGNER_SET_INVALID` for its dealers, `GROUP_INVALID` for the sharing that begins */
export function assertResharingPlan(plan: ResharingPlan): void {
  const { group, dealers, identifiers, threshold } = plan;
  assertIdentifiers(identifiers, threshold);
  if (group.epoch < 0 || !Number.isSafeInteger(group.epoch + 1)) {
    throw new FrostError({ code: 'GROUP_INVALID', problem: `expected an epoch with a next one, found ${group.epoch}` });
  }
  if (!dealers.every((each, at) => at === 0 || each > (dealers[at - 1] ?? 0))) {
    throw new FrostError({ code: 'SIGNER_SET_INVALID', problem: 'expected ascending dealers, each once' });
  }
  const stranger = dealers.find((dealer) => !group.identifiers.includes(dealer));
  if (stranger !== undefined) {
    throw new FrostError({ code: 'SIGNER_SET_INVALID', problem: `dealer ${stranger} is not in the group` });
  }
  if (dealers.length < group.threshold) {
    const problem = `expected at least ${group.threshold} dealers, found ${dealers.length}`;
    throw new FrostError({ code: 'SIGNER_SET_INVALID', problem });
  }
}

/** @throws FrostError `GROUP_INVALID` */
export function assertNewHolder(plan: ResharingPlan, holder: number): void {
  if (plan.identifiers.includes(holder)) return;
  throw new FrostError({ code: 'GROUP_INVALID', problem: `holder ${holder} is not in the sharing that begins` });
}

/** @throws FrostError `DEAL_INVALID` */
export function assertDealer(plan: ResharingPlan, dealer: number): void {
  if (plan.dealers.includes(dealer)) return;
  throw new FrostError({
    code: 'DEAL_INVALID',
    problem: 'expected a dealer of the plan, found another',
    culprit: dealer,
  });
}

/**
 * The deals in the order of the plan's dealers: one of each and of nobody else, because λ changes with the set.
 *
 * @throws FrostError `DEAL_INVALID` naming the stranger, or who dealt nothing
 */
export function everyDeal(
  plan: ResharingPlan,
  deals: ReadonlyMap<number, ResharingDeal>,
): { readonly dealer: number; readonly deal: ResharingDeal }[] {
  for (const dealer of deals.keys()) assertDealer(plan, dealer);
  return plan.dealers.map((dealer) => {
    const deal = deals.get(dealer);
    if (deal === undefined)
      throw new FrostError({ code: 'DEAL_INVALID', problem: 'expected one, found none', culprit: dealer });
    return { dealer, deal };
  });
}
