// Checks the model of the safety argument (docs/internals/model.md): `npm run model`.
// The rules as they are must hold in every reachable state; each of them broken must be refuted.
//   --only TEXT   the variants whose name contains it
//   --trace       with it: prints the counterexamples, each step with what it changes

import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { check, prepareChecker } from './checker.mjs';
import { configuration, VARIANTS } from './variants.mjs';

const WORKERS_MAX = 2;
const { values: flags } = parseArgs({ options: { only: { type: 'string' }, trace: { type: 'boolean' } } });

const lacking = prepareChecker();
if (lacking !== undefined) {
  console.log(`!! SKIPPED model: ${lacking}`);
} else {
  const rows = VARIANTS.filter(({ name }) => flags.only === undefined || name.includes(flags.only)).map(judge);
  const failed = rows.filter(({ passed }) => !passed).length;
  console.log(`\n${rows.length - failed} passed, ${failed} failed`);
  // A filter that matches nothing has checked nothing.
  process.exitCode = failed === 0 && rows.length > 0 ? 0 : 1;
}

function judge(variant, at) {
  if (at === 0) console.log(line('variant', 'must', 'found', 'states', 'depth', 'steps', 's'));
  const { name, mustHold, invariants, temporal } = variant;
  const workers = mustHold || temporal !== undefined ? Math.min(WORKERS_MAX, availableParallelism()) : 1;
  const result = check({ name, configuration: configuration(variant), workers });
  const violated = result.violated ?? temporal;
  const passed = mustHold
    ? result.verdict === 'holds'
    : result.verdict === 'violated' && [temporal, ...invariants].includes(violated);
  const found = result.verdict === 'violated' ? `not ${violated}` : result.verdict;
  const steps = result.verdict === 'violated' ? result.steps : '';
  const must = mustHold ? 'hold' : 'fail';
  console.log(
    line(name, must, found, result.states, result.depth, steps, result.seconds.toFixed(0)) + (passed ? '' : '  FAILED'),
  );
  if (result.verdict === 'no answer' || (mustHold && !passed)) console.log(result.output);
  else if (flags.trace) console.log(`\n${result.trace ?? 'no counterexample'}\n`);
  return { passed };
}

function line(name, must, found, ...numbers) {
  const [states, depth, steps, seconds] = numbers.map((each) => String(each ?? ''));
  return [
    name.padEnd(43),
    must.padEnd(5),
    found.padEnd(19),
    states.padStart(8),
    depth.padStart(6),
    steps.padStart(6),
    seconds.padStart(4),
  ].join(' ');
}
