/**
 * Limits on what a node may ask, so that a node gone mad cannot burn the marks (design, section 4).
 *
 * Checked by every cosigner against the higher of its mark and the highest verified result. The first signature without
 * a floor is exempt. A clock that went back counts as no time.
 */

import type { Hrs } from '@quorumsign/sign-state';

export interface ChainLimits {
  /** Heights that a request may be above the last signed one; default 100. */
  readonly heightJump: number;
  /** Heights allowed on top for every second since the last signature; default 10. */
  readonly heightsPerSecond: number;
  /** Highest round; default 1,000. */
  readonly roundMax: number;
}

export const DEFAULT_LIMITS: ChainLimits = { heightJump: 100, heightsPerSecond: 10, roundMax: 1000 };

/** The last signature: its height, and when it was made, milliseconds since 1970. */
export interface LastSigned {
  readonly height: bigint;
  readonly timeMs: number;
}

/** @returns undefined when allowed, or what is exceeded, with the remedy */
export function exceededLimit(
  limits: ChainLimits,
  last: LastSigned | undefined,
  hrs: Hrs,
  nowMs: number,
): string | undefined {
  if (hrs.round > limits.roundMax) {
    return `round ${hrs.round} is above the limit of ${limits.roundMax} (chains[].limits.roundMax)`;
  }
  if (last === undefined) return undefined;
  const elapsedSeconds = Math.max(0, nowMs - last.timeMs) / 1000;
  const allowance = BigInt(limits.heightJump) + BigInt(Math.floor(elapsedSeconds * limits.heightsPerSecond));
  if (hrs.height <= last.height + allowance) return undefined;
  return (
    `height ${hrs.height} is more than ${allowance} above the last signed height ${last.height}; if the chain really ` +
    'went there, raise chains[].limits.heightJump on every cosigner and restart them one by one'
  );
}
