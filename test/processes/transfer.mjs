// `leader transfer` and a graceful stop of each cosigner in turn, under load: no vote missed, none refused.

import { Checker, percentile } from '../support/checker.mjs';
import { Cluster, sleep } from '../support/cluster.mjs';
import { Validator } from '../support/validator.mjs';

const checker = new Checker();
const validator = new Validator({ chainId: 'transfer-1', checker });
const cluster = await Cluster.create({ chainId: 'transfer-1', nodes: await validator.start() });
const problems = [];
let busy = true;
try {
  await cluster.startAll();
  const load = (async () => {
    for (let height = 1n; busy; height++) await validator.vote('precommit', height);
  })();
  for (let i = 0; i < 6; i++) {
    await sleep(500);
    const leader = await cluster.leader();
    const { status, stderr } = await cluster.runBeside(leader, 'leader', 'transfer');
    if (status !== 0) problems.push(`leader transfer on ${leader}: ${stderr}`);
    await cluster.until(async () => ![undefined, leader].includes(await cluster.leader()));
  }
  for (const name of cluster.names) {
    const child = cluster.processes.get(name);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const code = await ended;
    if (code !== 0) problems.push(`${name} ended with ${code} after SIGTERM`);
    cluster.start(name);
    await cluster.until(async () => (await cluster.status(name))?.ready === true);
  }
  busy = false;
  await load;
  const [name] = cluster.names;
  console.log(cluster.run(name, 'status').stdout);
  const json = JSON.parse(cluster.run(name, 'status', '-o', 'json').stdout);
  if (json.cosigner !== name || json.chains.length !== 1) problems.push('status -o json says something else');
} finally {
  busy = false;
  await validator.stop();
  await cluster.stop();
}
const { asked, missed, refused, late, latencies, longestGapMs } = validator;
console.log(
  `6 transfers, 3 graceful stops: ${asked} votes, ${missed.length} missed, ${refused.length} refused, ${late.length} asked again too late by the other sentry, p99 ${percentile(latencies, 0.99).toFixed(1)} ms, longest gap ${longestGapMs.toFixed(0)} ms, ${checker.doubled.length} doubled`,
);
problems.push(...missed, ...refused, ...checker.doubled);
for (const each of problems) console.log(`!! ${each}`);
process.exitCode = problems.length === 0 ? 0 : 1;
