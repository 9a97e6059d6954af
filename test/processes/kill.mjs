// Real cosigner processes, killed with SIGKILL at random moments under load. A checker sees every signature, the marks of all
// stores are read at the end, and what Raft did in all processes is held against its rules. Seed: `--seed N`; length: `--seconds S`.

import { parseTraceEvent, TraceChecker } from 'raft-ts/trace-check';
import { Checker, percentile } from '../support/checker.mjs';
import { Cluster, sleep } from '../support/cluster.mjs';
import { Validator } from '../support/validator.mjs';

const option = (name, fallback) => Number(process.argv[process.argv.indexOf(`--${name}`) + 1] ?? fallback) || fallback;
const seed = option('seed', Date.now() % 1_000_000);
const seconds = option('seconds', 60);
const random = prng(seed);

console.log(`seed ${seed}, ${seconds} s`);
const checker = new Checker();
const validator = new Validator({ chainId: 'kill-1', checker });
const cluster = await Cluster.create({ chainId: 'kill-1', nodes: await validator.start() });
cluster.isTraced = true;
const marks = new Map();
let trace = [];
const problems = [];
let kills = 0;
let heights = 0n;
try {
  await cluster.startAll();
  const endMs = performance.now() + seconds * 1000;
  await Promise.all([load(endMs), chaos(endMs)]);
  // Nothing is asked until all are back: that is no gap.
  validator.lastSignedMs = undefined;
  await cluster.until(async () =>
    (await Promise.all(cluster.names.map((name) => cluster.status(name)))).every((status) => status?.ready),
  );
  if ((await validator.vote('prevote', ++heights)) === undefined) problems.push('no signature after the last restart');
  await readMarks();
  for (const name of cluster.names) await cluster.kill(name);
  trace = cluster.raftTrace();
} finally {
  await validator.stop();
  await cluster.stop();
}

const { latencies, missed, refused, late, asked, longestGapMs } = validator;
console.log(
  `${asked} votes asked, ${kills} kills, ${missed.length} missed, ${refused.length} refused, ${late.length} asked again too late by the other sentry`,
);
console.log(
  `latency p50 ${percentile(latencies, 0.5).toFixed(1)} p99 ${percentile(latencies, 0.99).toFixed(1)} ms, longest gap ${longestGapMs.toFixed(0)} ms`,
);
console.log(
  `${checker.signatures} signatures checked, ${checker.doubled.length} doubled, ${checker.resigned} signed again over equal bytes`,
);
checkTrace();
problems.push(...checker.doubled.map((each) => `double sign at ${each}`));
problems.push(...refused.map((each) => `refused: ${each}`));
problems.push(...missed.map((each) => `missed: ${each}`));
for (const each of problems) console.log(`!! ${each}`);
process.exitCode = problems.length === 0 ? 0 : 1;

async function load(endMs) {
  while (performance.now() < endMs) {
    heights++;
    await validator.vote('prevote', heights);
    await validator.vote('precommit', heights);
    await sleep(100);
  }
}

/** One cosigner at a time: with two of three down nothing can be signed. */
async function chaos(endMs) {
  while (performance.now() < endMs - 3000) {
    await sleep(300 + random(1500));
    await readMarks();
    const name = cluster.names[random(cluster.names.length)];
    await cluster.kill(name);
    kills++;
    await sleep(random(1000));
    cluster.start(name);
    await cluster.until(async () => (await cluster.status(name))?.ready === true);
  }
}

/** A cosigner's mark never falls, over kills and restarts too. */
async function readMarks() {
  for (const name of cluster.names) {
    const chain = (await cluster.status(name))?.chains[0];
    if (chain === undefined) continue;
    const height = BigInt(chain.height ?? 0);
    if (height < (marks.get(name) ?? 0n))
      problems.push(`the mark of ${name} fell from ${marks.get(name)} to ${height}`);
    marks.set(name, height);
  }
}

/** As it is the trace must be accepted, and with one word of it changed refused. */
function checkTrace() {
  const accepted = readTrace(trace);
  if (accepted.violation !== undefined) {
    problems.push(`Raft: ${accepted.violation}`);
    return;
  }
  const { lines, leaders, committed } = accepted.summary;
  const at = trace.findLastIndex((line) => line.includes('"type":"commit"'));
  const edited = trace.with(
    at,
    trace[at].replace(/"index":"(\d+)"/, (_, index) => `"index":"${BigInt(index) + 1n}"`),
  );
  const { violation } = readTrace(edited);
  if (violation === undefined) problems.push('a trace with another commit index was accepted');
  console.log(`Raft: ${lines} changes, ${leaders} leaders, ${committed} entries committed, all within its rules`);
  console.log(`   and with a commit index changed: ${violation}`);
}

function readTrace(lines) {
  const reader = new TraceChecker();
  try {
    for (const line of lines) reader.take(parseTraceEvent(line));
    return { summary: reader.summary() };
  } catch (error) {
    return { violation: error.message };
  }
}

/** Mulberry32. */
function prng(start) {
  let state = start >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}
