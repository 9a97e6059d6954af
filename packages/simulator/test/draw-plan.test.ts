import { describe, expect, it } from 'vitest';
import { drawPlan } from '../src/draw-plan.js';
import { epochsOf } from '../src/epochs.js';

const PLANS = Array.from({ length: 3000 }, (_, at) => drawPlan(at + 1));

describe('a plan that is drawn', () => {
  it('has no more faulty ones in any epoch than its safety margin, 2t - n - 1', () => {
    for (const plan of PLANS)
      for (const { members, threshold } of epochsOf(plan)) {
        const faulty = members.filter((name) => plan.faulty.includes(name));
        expect(faulty.length, `seed ${plan.seed}`).toBeLessThanOrEqual(2 * threshold - members.length - 1);
      }
  });

  it('has nobody lie, forget or be cloned but the faulty', () => {
    const kinds = new Set(['disk-lies', 'rot', 'keep-image', 'restore-image', 'clone']);
    for (const { seed, faulty, faults, liars } of PLANS) {
      const forget = faults.flatMap((fault) => (kinds.has(fault.kind) && 'name' in fault ? [fault.name] : []));
      for (const name of [...forget, ...liars.map((liar) => liar.name)]) expect(faulty, `seed ${seed}`).toContain(name);
    }
  });

  it('makes every member faulty in some schedule, and those that join with the next epoch', () => {
    const of = (n: number) => PLANS.filter(({ members }) => members.length === n);
    for (const n of [4, 5, 7]) {
      const faulty = new Set(of(n).flatMap((plan) => plan.faulty.filter((name) => plan.members.includes(name))));
      expect([...faulty].sort()).toEqual(Array.from({ length: n }, (_, at) => `c${at + 1}`));
    }
    const newcomers = PLANS.filter(({ members, liars }) => liars.some(({ name }) => !members.includes(name)));
    expect(newcomers.length).toBeGreaterThan(10);
  });
});
