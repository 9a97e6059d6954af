import {
  type GroupPublic,
  loadFrost,
  type ResharingDeal,
  type ResharingPlan,
  type SigningShare,
} from '../src/index.js';
import { random } from './native.js';

// The steps of a resharing, as a coordinator that loses nothing takes them.
export const frost = await loadFrost();
export const CONTEXT = Uint8Array.from(Buffer.from('chain-1, ceremony 7'));

export type Sharing = { readonly group: GroupPublic; readonly shares: ReadonlyMap<number, SigningShare> };
/** Threshold and holders. */
export type Size = readonly [number, readonly number[]];
export type Deals = ReadonlyMap<number, ReadonlyMap<number, ResharingDeal>>;

export const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

export function dealt(
  threshold: number,
  identifiers: readonly number[],
  epoch = 4,
): Sharing & { readonly secret: Uint8Array } {
  const secret = frost.randomSecret(random);
  const { group, shares } = frost.deal({ secret, threshold, identifiers, epoch, random });
  return { secret, group, shares: new Map(shares.map((share) => [share.identifier, share])) };
}

export function found<T>(map: ReadonlyMap<number, T>, key: number): T {
  const value = map.get(key);
  if (value === undefined) throw new Error(`nothing of ${key}`);
  return value;
}

export function dealAll(plan: ResharingPlan, { shares }: Sharing, context = CONTEXT): Deals {
  return new Map(plan.dealers.map((each) => [each, frost.dealResharing(plan, found(shares, each), context)]));
}

/** What a new holder was given, by dealer. */
export function givenTo(deals: Deals, holder: number): Map<number, ResharingDeal> {
  return new Map([...deals].map(([dealer, each]) => [dealer, found(each, holder)]));
}
