/** The cluster under random schedules; a failure names its seed, which `new Schedule(seed).run()` repeats exactly. */
import { describe, expect, it } from 'vitest';
import { type Outcome, Schedule } from './schedule.js';

const SCHEDULES = 300;
const GROUP = 50;

describe('a cluster under loss, reordering, crashes, cut links and slow disks', () => {
  for (let first = 0; first < SCHEDULES; first += GROUP) {
    it(`stays safe, and serves again when the faults stop: seeds ${first} to ${first + GROUP - 1}`, () => {
      const outcomes: Outcome[] = [];
      for (let seed = first; seed < first + GROUP; seed += 1) outcomes.push(runSeed(seed));
      const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0);
      // Guards against schedules so tame, or so hostile, that the interesting cases never come up.
      expect(sum(({ committed }) => committed)).toBeGreaterThan(20 * GROUP);
      expect(sum(({ leaders }) => leaders)).toBeGreaterThan(3 * GROUP);
      expect(sum(({ truncations }) => truncations)).toBeGreaterThan(10);
      expect(sum(({ truncationsInFlight }) => truncationsInFlight)).toBeGreaterThan(5);
      expect(sum(({ snapshots }) => snapshots)).toBeGreaterThan(10);
    });
  }
});

function runSeed(seed: number): Outcome {
  try {
    return new Schedule(seed).run();
  } catch (cause) {
    throw new Error(`seed ${seed}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
