/**
 * The cluster under random schedules; a failure names its seed, which `new Schedule(seed, { mayChange }).run()` repeats exactly. After
 * every event the trace checker looks at it, which knows nothing of the core, and after every step the checker in this folder.
 */
import { describe, expect, it } from 'vitest';
import { type Outcome, Schedule } from './schedule.js';

const SCHEDULES = 300;
const GROUP = 50;

function runSeed(seed: number, mayChange: boolean): Outcome {
  try {
    return new Schedule(seed, { mayChange }).run();
  } catch (cause) {
    throw new Error(`seed ${seed}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function runGroup(first: number, mayChange: boolean): (of: (outcome: Outcome) => number) => number {
  const outcomes: Outcome[] = [];
  for (let seed = first; seed < first + GROUP; seed += 1) outcomes.push(runSeed(seed, mayChange));
  return (of) => outcomes.reduce((total, outcome) => total + of(outcome), 0);
}

describe('a cluster under loss, reordering, crashes, cut links and slow disks', () => {
  for (let first = 0; first < SCHEDULES; first += GROUP) {
    it(`stays safe, and serves again when the faults stop: seeds ${first} to ${first + GROUP - 1}`, () => {
      const sum = runGroup(first, false);
      // Guards against schedules so tame, or so hostile, that the interesting cases never come up.
      expect(sum(({ committed }) => committed)).toBeGreaterThan(20 * GROUP);
      expect(sum(({ leaders }) => leaders)).toBeGreaterThan(3 * GROUP);
      expect(sum(({ truncations }) => truncations)).toBeGreaterThan(10);
      expect(sum(({ truncationsInFlight }) => truncationsInFlight)).toBeGreaterThan(5);
      expect(sum(({ snapshots }) => snapshots)).toBeGreaterThan(10);
      expect(sum(({ reads }) => reads)).toBeGreaterThan(GROUP);
    });
  }
});

describe('a cluster whose members change meanwhile', () => {
  for (let first = 0; first < SCHEDULES; first += GROUP) {
    it(`stays safe, and serves again when the faults stop: seeds ${first} to ${first + GROUP - 1}`, () => {
      const sum = runGroup(first, true);
      expect(sum(({ committed }) => committed)).toBeGreaterThan(20 * GROUP);
      expect(sum(({ configurations }) => configurations)).toBeGreaterThan(GROUP);
      expect(sum(({ snapshots }) => snapshots)).toBeGreaterThan(10);
      expect(sum(({ truncations }) => truncations)).toBeGreaterThan(10);
    });
  }

  it.each([11, 77, 138, 578])(
    'seed %i: a voter that is left alone learns of it from those that are voters no more',
    (seed) => {
      expect(runSeed(seed, true).calmRounds).toBeLessThan(60);
    },
  );
});
