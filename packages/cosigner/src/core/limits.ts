/**
 * Limits on what a node may ask, so that a node gone mad cannot burn the marks (design, section 4).
 *
 * Checked by every cosigner against the higher of its mark and the highest verified result. The first signature without
 * a floor is exempt. A clock that went back counts as no time.
 */

import type { Hrs, ParsedSignBytes } from '@quorumsign/sign-state';

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

/** By the node's clock when it was signed: all that a cosigner without a mark knows of a signature of the others. */
export function signedMs({ timestamp }: ParsedSignBytes): number {
  return Number(timestamp.seconds) * 1000 + timestamp.nanos / 1_000_000;
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
    'went there, raise chains[].limits.heightJump in quorumsign.yaml of every cosigner, then quorumsign config reload on each'
  );
}
