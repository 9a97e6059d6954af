// Whole clusters under seeds: `npm run simulate -- --schedules N`, or `--minutes M`, or as many of N as there is time for, from
// `--seed S` on; `--raft broken` breaks Raft on purpose. A failing seed is printed and shrunk; `--seed S --explain` tells its story.

import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { WorkerProcess } from './worker-process.mjs';

const { values } = parseArgs({
  options: {
    schedules: { type: 'string' },
    minutes: { type: 'string' },
    seed: { type: 'string', default: '1' },
    raft: { type: 'string', default: 'sound' },
    disk: { type: 'string' },
    curve: { type: 'string' },
    explain: { type: 'boolean', default: false },
    shrink: { type: 'boolean', default: false },
    workers: { type: 'string', default: String(Math.min(availableParallelism(), 8)) },
  },
});
const options = { raft: values.raft, disk: values.disk, curve: values.curve };
const first = Number(values.seed);
/** So many seeds are handed to a worker at once. */
const SLICE = 100;
const FAILURES_MAX = 5;

if (values.explain) await explain();
else await simulate();

async function simulate() {
  const schedules = values.schedules === undefined ? undefined : Number(values.schedules);
  const endMs = values.minutes === undefined ? undefined : performance.now() + Number(values.minutes) * 60_000;
  const count = schedules ?? (endMs === undefined ? 1000 : Number.MAX_SAFE_INTEGER);
  const total = { schedules: 0, events: 0, simulatedMs: 0, signed: 0, denied: 0, shares: 0, cpuMs: 0 };
  const failures = [];
  const startedMs = performance.now();
  let next = first;
  let toldMs = startedMs;
  const hasMore = () =>
    next < first + count && (endMs === undefined || performance.now() < endMs) && failures.length < FAILURES_MAX;
  await Promise.all(
    Array.from({ length: Number(values.workers) }, async () => {
      const worker = new WorkerProcess();
      while (hasMore()) {
        const from = next;
        next = Math.min(next + SLICE, first + count);
        const result = await worker.run({ from, to: next, options });
        for (const key of Object.keys(total)) total[key] += result[key];
        failures.push(...result.failures);
        if (performance.now() - toldMs > 10_000) {
          toldMs = performance.now();
          console.log(
            `   ${total.schedules} schedules, ${rate(total.schedules, startedMs)}/s, ${failures.length} violations`,
          );
        }
      }
      worker.stop();
    }),
  );
  const seconds = (performance.now() - startedMs) / 1000;
  const hours = total.simulatedMs / 3_600_000;
  for (const { seed, text } of failures) {
    console.log(`!! seed ${seed}: ${text}\n   npm run simulate -- --seed ${seed}${flags()} --explain --shrink`);
  }
  console.log(
    `seeds ${first} to ${next - 1}, commit ${commit()}, Raft ${options.raft}: ${total.schedules} schedules, ${total.events} events, ` +
      `${total.signed} signed, ${total.denied} denied, ${total.shares} shares released; ${hours.toFixed(2)} simulated hours in ` +
      `${seconds.toFixed(0)} s (${rate(total.schedules, startedMs)} schedules/s, ${((hours / seconds) * 3600).toFixed(0)} hours per hour; ` +
      `${(total.cpuMs / Math.max(1, total.schedules)).toFixed(0)} ms of processor a schedule)`,
  );
  const undone = first + count - next;
  if (schedules !== undefined && undone > 0)
    console.log(
      `!! SKIPPED ${undone} of ${count} schedules: ${failures.length > 0 ? 'enough have failed' : 'the time was over'}`,
    );
  console.log(`\n${total.schedules - failures.length} passed, ${failures.length} failed`);
  process.exitCode = failures.length === 0 && total.schedules > 0 ? 0 : 1;
}

async function explain() {
  const { describePlan, drawPlan, runPlan, shrink, tellLine } = await import('@quorumsign/simulator');
  const drawn = drawPlan(first, options);
  const plan = values.shrink ? await shrink(drawn) : drawn;
  for (const line of describePlan(plan)) console.log(line);
  for (const fault of plan.faults) console.log(`  at ${fault.atMs.toFixed(0)}: ${JSON.stringify(fault)}`);
  const { violation } = await runPlan(plan, (happening, atMs) => {
    const line = tellLine(happening);
    if (line !== undefined) console.log(`${atMs.toFixed(1).padStart(9)}  ${line}`);
  });
  console.log(violation === undefined ? 'no rule is broken' : `!! ${violation.text}`);
  process.exitCode = violation === undefined ? 0 : 1;
}

function flags() {
  return Object.entries(options)
    .filter(([key, value]) => value !== undefined && !(key === 'raft' && value === 'sound'))
    .map(([key, value]) => ` --${key} ${value}`)
    .join('');
}

function rate(schedules, startedMs) {
  return (schedules / ((performance.now() - startedMs) / 1000)).toFixed(1);
}

function commit() {
  const { stdout } = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' });
  const { stdout: changes } = spawnSync('git', ['status', '--porcelain', '-uno'], { encoding: 'utf8' });
  return `${stdout.trim() || 'unknown'}${changes ? ' with changes' : ''}`;
}
