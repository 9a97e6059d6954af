/**
 * The rule by which marks pass from one epoch to the next (design, section 3, 'Epochs').
 *
 * Every signature of the epoch that ends had t shares, and at least t of its members deal, none of whom gives a share after what it tells here.
 * So one honest dealer's mark is at or above that signature, and where the highest mark is exactly it, its bytes are the signature's.
 * A member begins at the highest mark of all dealers and of its own: with its bytes where all that are this high agree on
 * them, and otherwise strictly above it.
 */

import { compareHrs, equalBytes, type MarkRecord } from '@quorumsign/sign-state';

/** A mark further above everything else that is known than this is not believed: it would end the signing. */
export const CARRIED_AHEAD_MAX = 10_000n;

/**
 * @param marks - of one chain: of every dealer that has one, and the member's own
 * @param timeMs - wall clock of the member, which is stored beside the mark
 */
export function carriedMark(marks: readonly MarkRecord[], timeMs: number): MarkRecord | undefined {
  const highest = marks.reduce<MarkRecord | undefined>(
    (found, mark) => (found === undefined || compareHrs(mark, found) > 0 ? mark : found),
    undefined,
  );
  if (highest === undefined) return undefined;
  const { signBytes, height, round, step, chainId } = highest;
  const there = marks.filter((mark) => compareHrs(mark, highest) === 0);
  const agree = there.every(
    (mark) =>
      signBytes !== undefined && mark.signBytes !== undefined && equalBytes(mark.signBytes.bytes, signBytes.bytes),
  );
  return { height, round, step, chainId, signBytes: agree ? signBytes : undefined, timeMs };
}

/**
 * Which of the dealers tells of a height that nothing else comes near.
 *
 * @param heights - of the dealers' marks
 * @param known - heights that are known otherwise: of the member's own mark, and of signatures that verify
 */
export function unbelievable(heights: ReadonlyMap<string, bigint>, known: readonly bigint[]): string | undefined {
  for (const [dealer, height] of heights) {
    const others = [...heights].filter(([name]) => name !== dealer).map(([, other]) => other);
    const near = [...others, ...known].reduce((a, b) => (a > b ? a : b), 0n);
    if (height > near + CARRIED_AHEAD_MAX) return dealer;
  }
  return undefined;
}
