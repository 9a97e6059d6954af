/** Makes a failing plan smaller while it breaks the same rule: fewer faults, nodes, liars and lies, and less time. */

import type { Plan } from './plan.js';
import { type Report, runPlan } from './world.js';

const RUNS_MAX = 400;

/** @returns the smallest plan found; the plan itself when it does not fail */
export async function shrink(plan: Plan): Promise<Plan> {
  const first = await runPlan(plan);
  if (first.violation === undefined) return plan;
  const { rule } = first.violation;
  let best = plan;
  let runs = 0;
  const fails = async (candidate: Plan): Promise<boolean> => {
    if (runs++ >= RUNS_MAX) return false;
    return isSame(await runPlan(candidate), rule);
  };
  for (let isSmaller = true; isSmaller && runs < RUNS_MAX; ) {
    isSmaller = false;
    for (const candidate of smaller(best)) {
      if (!(await fails(candidate))) continue;
      best = candidate;
      isSmaller = true;
      break;
    }
  }
  return best;
}

function isSame({ violation }: Report, rule: string): boolean {
  return violation?.rule === rule;
}

/** Candidates, those that leave out most first. */
function* smaller(plan: Plan): Generator<Plan> {
  const { faults, nodes, liars, durationMs, chains } = plan;
  for (let size = faults.length; size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at + size <= faults.length; at += size) {
      yield { ...plan, faults: faults.filter((_, index) => index < at || index >= at + size) };
    }
  }
  for (const node of nodes) if (nodes.length > 1) yield { ...plan, nodes: nodes.filter((each) => each !== node) };
  if (chains.length > 1) {
    const kept = chains.slice(0, 1);
    yield { ...plan, chains: kept, nodes: nodes.filter(({ chainId }) => kept.includes(chainId)) };
  }
  for (const liar of liars) {
    yield { ...plan, liars: liars.filter((each) => each !== liar) };
    for (const lie of liar.lies) {
      if (liar.lies.length === 1) continue;
      const lies = liar.lies.filter((each) => each !== lie);
      yield { ...plan, liars: liars.map((each) => (each === liar ? { ...liar, lies } : each)) };
    }
  }
  const { change } = plan;
  if (change !== undefined) {
    yield { ...plan, change: undefined };
    const { withdrawAfterMs, dealersAfter, following } = change;
    if (following !== undefined) yield { ...plan, change: { ...change, following: undefined } };
    const never = { withdrawAfterMs: undefined, dealersAfter: undefined };
    if (withdrawAfterMs !== undefined) yield { ...plan, change: { ...change, ...never } };
    if (dealersAfter !== undefined) yield { ...plan, change: { ...change, dealersAfter: undefined } };
  }
  if (durationMs > 400)
    yield { ...plan, durationMs: durationMs * 0.7, faults: faults.filter(({ atMs }) => atMs < durationMs * 0.7) };
  if (plan.network.datagrams) yield { ...plan, network: { ...plan.network, datagrams: false } };
  for (const node of nodes) {
    if (node.extensions)
      yield { ...plan, nodes: nodes.map((each) => (each === node ? { ...node, extensions: false } : each)) };
    if (node.fickle > 0) yield { ...plan, nodes: nodes.map((each) => (each === node ? { ...node, fickle: 0 } : each)) };
  }
}
