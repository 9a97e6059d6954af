/** Height, round and step: the order in which a validator speaks, compared as a triple. */

/** Within a round a validator proposes, then prevotes, then precommits. */
export type Step = 'proposal' | 'prevote' | 'precommit';

/** 1, 2, 3, as in `priv_validator_state.json`. */
export const STEP_NUMBER: Readonly<Record<Step, 1 | 2 | 3>> = { proposal: 1, prevote: 2, precommit: 3 };

export interface Hrs {
  readonly height: bigint;
  readonly round: number;
  readonly step: Step;
}

/** Negative when `a` comes before `b`, 0 when they are the same, positive when after. */
export function compareHrs(a: Hrs, b: Hrs): number {
  if (a.height !== b.height) return a.height < b.height ? -1 : 1;
  if (a.round !== b.round) return a.round - b.round;
  return STEP_NUMBER[a.step] - STEP_NUMBER[b.step];
}

/** For operators: `height 5 round 0 prevote`. */
export function formatHrs(hrs: Hrs): string {
  return `height ${hrs.height} round ${hrs.round} ${hrs.step}`;
}

/** A key for maps; equal exactly for equal triples. */
export function hrsKey(hrs: Hrs): string {
  return `${hrs.height}/${hrs.round}/${STEP_NUMBER[hrs.step]}`;
}
