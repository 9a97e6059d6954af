/** Durations as operators write them: a number and its unit, so that nobody has to guess which one a bare number means. */

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** @returns milliseconds, or undefined when it is not a whole number of them with a unit: `500ms`, `2.5s`, `1m`, `1h` */
export function parseDurationMs(text: string): number | undefined {
  const match = /^([0-9]{1,9}(?:\.[0-9]{1,3})?)(ms|s|m|h)$/.exec(text);
  const unitMs = UNIT_MS[match?.[2] ?? ''];
  if (match === null || unitMs === undefined) return undefined;
  // Rounded, because 0.3 s is 300.00000000000006 in binary; a fraction of a millisecond is refused.
  const exact = Number(match[1]) * unitMs;
  const ms = Math.round(exact);
  return Math.abs(exact - ms) < 1e-6 ? ms : undefined;
}

/** The inverse, in the largest unit that stays whole below a minute. */
export function formatDuration(ms: number): string {
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}
