/** Changes of epoch for a plan, drawn from its seed, and faults in the moments in which the keys pass over. */

import type { EpochOfPlan } from './epochs.js';
import type { ChangePlan, Fault, Plan, Resharing } from './plan.js';
import type { Random } from './random.js';

/** Members and threshold of the epoch that begins. */
const SIZES: readonly (readonly [members: number, threshold: number])[] = [
  [2, 2],
  [3, 2],
  [3, 2],
  [4, 3],
  [5, 3],
  [5, 4],
  [7, 5],
];
/** How long the keys take to pass over at most, where nothing is in their way, ms. */
const CEREMONY_MS = 300;
const FAULTS_MAX = 3;

/** @returns undefined where as many as may lie in the first epoch are more than any other bears */
export function drawChange(plan: Omit<Plan, 'change'>, random: Random): ChangePlan | undefined {
  const { faulty, durationMs, members } = plan;
  const resharing = drawResharing(plan, { faulty: faulty.length, named: members.length }, random);
  if (resharing === undefined) return undefined;
  return {
    atMs: random.between(50, 0.8 * durationMs),
    ...resharing,
    withdrawAfterMs: random.chance(0.3) ? random.between(0, CEREMONY_MS) : undefined,
    dealersAfter: undefined,
    following: undefined,
  };
}

/** Of half of the changes that are not withdrawn from. */
export function drawFollowing(
  { members, faulty }: Pick<Plan, 'members' | 'faulty'>,
  change: ChangePlan,
  random: Random,
): Resharing | undefined {
  if (change.withdrawAfterMs !== undefined || random.chance(0.5)) return undefined;
  const named = new Set([...members, ...change.members]).size;
  return drawResharing(change, { faulty: faulty.length, named }, random);
}

/** From the members that there are. @param named - as many cosigners have names */
function drawResharing(
  { members, threshold }: EpochOfPlan,
  { faulty, named }: { readonly faulty: number; readonly named: number },
  random: Random,
): Resharing | undefined {
  const fitting = SIZES.filter(([n, t]) => 2 * t - n - 1 >= faulty);
  if (fitting.length === 0) return undefined;
  const isRefresh = random.chance(0.3);
  const [n, t] = isRefresh ? [members.length, threshold] : random.pick(fitting);
  const stay = random.chance(0.2) ? 0 : Math.min(n, members.length - random.below(3));
  const staying = isRefresh ? members : random.some(members, stay);
  const kept = members.filter((name) => staying.includes(name));
  const newcomers = Array.from({ length: n - kept.length }, (_, at) => `c${named + at + 1}`);
  const dealers = random.some(members, random.chance(0.6) ? threshold : members.length);
  return {
    members: [...kept, ...newcomers],
    threshold: t,
    dealers: members.filter((name) => dealers.includes(name)),
  };
}

/** Of another change, where the operators withdraw from the first. */
export function drawDealersAfter(
  { members, threshold }: Pick<Plan, 'members' | 'threshold'>,
  { dealers, withdrawAfterMs }: ChangePlan,
  random: Random,
): readonly string[] | undefined {
  if (withdrawAfterMs === undefined || random.chance(0.4)) return undefined;
  const some = random.some(members, random.chance(0.6) ? threshold : members.length);
  const others = members.filter((name) => some.includes(name));
  // With the same dealers it would be the same change, which is over for good.
  return others.join() === dealers.join() ? undefined : others;
}

/** Of the members that are new as many as the epoch that begins may still bear, in half of the schedules. */
export function drawFaultyNewcomers(
  { members, faulty }: Pick<Plan, 'members' | 'faulty'>,
  change: ChangePlan,
  random: Random,
): string[] {
  const margin = 2 * change.threshold - change.members.length - 1;
  const newcomers = change.members.filter((name) => !members.includes(name));
  const staying = faulty.filter((name) => change.members.includes(name));
  return random.chance(0.5) ? random.some(newcomers, margin - staying.length) : [];
}

/** Some of them while the change is under way, to whoever has a part in it. */
export function drawFaultsOfChange(
  { atMs, members, dealers }: ChangePlan,
  durationMs: number,
  random: Random,
): Fault[] {
  const parties = [...new Set([...members, ...dealers])];
  const when = () => Math.min(durationMs, atMs + random.between(-10, CEREMONY_MS));
  return Array.from({ length: random.below(FAULTS_MAX + 1) }, (): Fault => {
    const name = random.pick(parties);
    switch (random.below(5)) {
      case 0:
        return { atMs: when(), kind: 'kill', name, afterEffects: random.below(30), forMs: random.between(10, 1500) };
      case 1:
        return {
          atMs: when(),
          kind: 'power-loss',
          name,
          afterEffects: random.below(30),
          forMs: random.between(100, 2000),
        };
      case 2:
        return { atMs: when(), kind: 'isolate', name, forMs: random.between(200, 3000) };
      case 3:
        return { atMs: when(), kind: 'pause', name, forMs: random.between(50, 2500) };
      default:
        return {
          atMs: when(),
          kind: 'slow-disk',
          name,
          byMs: random.between(5, 600),
          forMs: random.between(300, 3000),
        };
    }
  });
}
