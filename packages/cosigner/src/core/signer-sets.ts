/** Which t cosigners are asked: every combination of the candidates, in the order of preference, up to a limit. */

/** Combinations considered for one signature. */
export const SIGNER_SETS_MAX = 24;

/**
 * @param candidates - identifiers, the preferred first
 * @param setsMax - no more are made; default {@link SIGNER_SETS_MAX}
 * @returns ascending signer sets of `threshold` members, those made of preferred candidates first
 */
export function signerSets(candidates: readonly number[], threshold: number, setsMax = SIGNER_SETS_MAX): number[][] {
  const sets: number[][] = [];
  const choose = (from: number, chosen: number[]): void => {
    if (sets.length >= setsMax) return;
    if (chosen.length === threshold) {
      sets.push([...chosen].sort((a, b) => a - b));
      return;
    }
    for (let i = from; i <= candidates.length - (threshold - chosen.length); i++) {
      choose(i + 1, [...chosen, candidates[i] as number]);
    }
  };
  choose(0, []);
  return sets;
}
