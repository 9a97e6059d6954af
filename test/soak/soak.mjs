// Half an hour at five votes a second, by default: resident memory of each cosigner, which must stay under a limit and not grow
// in the second half. `--minutes M`. Exit 0 only if nothing was missed, doubled, too large or growing.

import { readFileSync } from 'node:fs';
import { Checker, percentile } from '../support/checker.mjs';
import { Cluster, sleep } from '../support/cluster.mjs';
import { Validator } from '../support/validator.mjs';

const argument = process.argv.indexOf('--minutes');
const MINUTES = argument < 0 ? 30 : Number(process.argv[argument + 1]);
const VOTES_PER_SECOND = 5;
const RESIDENT_MIB_MAX = 150;
/** What the means of the third and the last quarter may differ by: the collector's own swing. */
const GROWTH_MIB_MAX = 5;
const SAMPLE_MS = 5000;

if (!(MINUTES > 0)) throw new Error('expected --minutes M, a number above 0');
const checker = new Checker();
const validator = new Validator({ chainId: 'soak-1', sentries: 2, checker });
const nodes = await validator.start();
const cluster = await Cluster.create({ chainId: 'soak-1', nodes });
const samples = new Map(cluster.names.map((name) => [name, []]));
let failed = 0;
let told = 0;
try {
  await cluster.startAll();
  const startMs = performance.now();
  const endMs = startMs + MINUTES * 60_000;
  let sampleMs = startMs;
  for (let vote = 0; performance.now() < endMs; vote++) {
    const dueMs = startMs + (vote * 1000) / VOTES_PER_SECOND;
    if (dueMs > performance.now()) await sleep(dueMs - performance.now());
    await validator.vote(vote % 2 === 0 ? 'prevote' : 'precommit', BigInt(Math.floor(vote / 2) + 1));
    if (performance.now() < sampleMs) continue;
    sampleMs += SAMPLE_MS;
    for (; told < validator.missed.length; told++)
      console.log(`   missed before ${new Date().toISOString()}: ${validator.missed[told]}`);
    for (const [name, each] of samples) each.push(residentMiB(cluster.processes.get(name)?.pid));
  }
  await validator.pending;
} finally {
  await validator.stop();
  await cluster.stop();
}

console.log(
  `${MINUTES} minutes: ${validator.asked} votes, ${validator.missed.length} missed, ${validator.refused.length} refused, ${validator.late.length} asked again too late by the other sentry`,
);
console.log(
  `latency p50 ${percentile(validator.latencies, 0.5).toFixed(1)} ms, p99 ${percentile(validator.latencies, 0.99).toFixed(1)} ms; ${checker.doubled.length} double signs in ${checker.signatures} signatures`,
);
check('no vote missed or refused', validator.missed.length + validator.refused.length === 0);
check('no double sign', checker.doubled.length === 0);
for (const [name, each] of samples) {
  const quarter = (at) =>
    mean(each.slice(Math.floor((each.length * at) / 4), Math.floor((each.length * (at + 1)) / 4)));
  const [third, last] = [quarter(2), quarter(3)];
  const most = Math.max(...each);
  console.log(
    `${name}: resident at most ${most.toFixed(0)} MiB; third quarter ${third.toFixed(1)}, last ${last.toFixed(1)}`,
  );
  check(`${name} stays under ${RESIDENT_MIB_MAX} MiB`, most < RESIDENT_MIB_MAX);
  check(`${name} does not grow in the second half`, last - third <= GROWTH_MIB_MAX);
}
process.exitCode = failed === 0 ? 0 : 1;

function check(what, holds) {
  if (!holds) failed++;
  console.log(`${holds ? 'ok    ' : 'FAILED'} ${what}`);
}

function residentMiB(pid) {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (found === null) throw new Error(`expected the resident size of process ${pid}`);
  return Number(found[1]) / 1024;
}

function mean(numbers) {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}
