/** When a peer is dialled again, in a time driven by hand. */

import { expect, it } from 'vitest';
import { BACKOFF_MS_MAX, REFUSED_MS } from '../src/backoff.js';
import { Link } from '../src/link.js';
import type { ProbeFailure } from '../src/tcp-probe.js';
import { countingRandom, ManualClock, silentLogger } from './manual-clock.js';

const LOCAL = { cluster: 'lab', name: 'alpha', bootId: 'aa'.repeat(16), versions: { min: 1, max: 1 } };
const HOUR_MS = 3_600_000;

/** A link to a peer of which every dial ends at once and every look says `failure`, after an hour of it. */
function afterAnHour(failure: ProbeFailure | undefined) {
  const clock = new ManualClock();
  const peer = { failure, lookedMs: [] as number[], dialledMs: [] as number[] };
  const link = new Link(
    {
      name: 'beta',
      local: LOCAL,
      silenceMs: 1500,
      dial: (events) => {
        peer.dialledMs.push(clock.now());
        clock.setTimer(0, () => events.closed('reset: nobody there'));
        return { bytesRead: () => 0, write: () => {}, lookForReset: () => {}, end: () => {}, destroy: () => {} };
      },
      probe: (report) => {
        peer.lookedMs.push(clock.now());
        report(peer.failure);
        return () => {};
      },
    },
    { clock, random: countingRandom(), logger: silentLogger },
    { connected: () => {}, frame: () => {}, disconnected: () => {} },
  );
  link.start();
  clock.advance(HOUR_MS);
  peer.lookedMs = peer.lookedMs.slice(-20);
  peer.dialledMs = [];
  return { clock, peer };
}

const longestGap = (times: readonly number[]) => Math.max(...times.slice(1).map((at, i) => at - (times[i] ?? 0)));

it('a peer whose machine refuses is dialled within 100 ms of its return, however long it was away', () => {
  const { clock, peer } = afterAnHour({ reason: 'connect ECONNREFUSED', refused: true });
  expect(longestGap(peer.lookedMs)).toBeLessThanOrEqual(REFUSED_MS);
  peer.failure = undefined;
  clock.advance(REFUSED_MS);
  expect(peer.dialledMs).toHaveLength(1);
});

it.each([
  ['does not answer', { reason: 'no answer', refused: false }],
  ['accepts and ends every dial', undefined],
])('a peer that %s is looked at once or twice a second', (_, failure) => {
  const { peer } = afterAnHour(failure);
  expect(peer.lookedMs).toHaveLength(20);
  expect(longestGap(peer.lookedMs)).toBeLessThanOrEqual(BACKOFF_MS_MAX);
  expect((peer.lookedMs.at(-1) ?? 0) - (peer.lookedMs[0] ?? 0)).toBeGreaterThanOrEqual((19 * BACKOFF_MS_MAX) / 2);
});
