// Every port of a real 2-of-3 cluster, fuzzed under one seed: `--minutes M` (default 1), `--seed N`, `--only TARGET` (repeatable). Meanwhile an
// honest node asks for a vote every 200 ms. Exit 0 only if nothing crashed, hung or grew, and no signature left that should not have.

import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { systemClock, TestNode } from '@quorumsign/privval';
import { sleep } from '../support/cluster.mjs';
import { CANARY, createFuzzedCluster, publicKeyOf } from './cluster.mjs';
import { GRPC_TARGETS, planGrpc, runGrpc } from './grpc-targets.mjs';
import { planHttp, runHttp } from './http-target.mjs';
import { Oracle } from './oracle.mjs';
import { planPeer, runPeer } from './peer-target.mjs';
import { planRaw, RAW_TARGETS, runRaw } from './raw-targets.mjs';
import { Target } from './target.mjs';
import { Canary, ownFaults, resourcesOf } from './watch.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string', multiple: true, default: [] },
    keep: { type: 'boolean', default: false },
  },
});
/** How each target is planned before the cluster is made, and run against it. */
const TARGETS = {
  ...Object.fromEntries(RAW_TARGETS.map((name) => [name, { plan: planRaw, run: runRaw, signs: true }])),
  ...Object.fromEntries(GRPC_TARGETS.map((name) => [name, { plan: planGrpc, run: runGrpc, signs: true }])),
  peer: { plan: planPeer, run: (target, plan, _chainId, goesOn) => runPeer(target, plan, cluster, goesOn) },
  http: { plan: planHttp, run: (target, _plan, _chainId, goesOn) => runHttp(target, cluster, goesOn) },
};
const NAMES = Object.keys(TARGETS);
const seed = Number(values.seed);
const minutes = Number(values.minutes);
const names = values.only.length === 0 ? NAMES : values.only;
if (!(minutes > 0) || !Number.isInteger(seed) || names.some((each) => !NAMES.includes(each))) {
  console.log(`expected --minutes M above 0, --seed N, --only one of ${NAMES.join(', ')}`);
  process.exit(2);
}

/** Share of the time after which sizes are taken as what they should stay. */
const WARM_UP = 0.25;
/** The collector's own swing. */
const GROWTH_MIB_MAX = 24;
/** Handshakes and silent connections time out within 18 s. */
const QUIET_MS_MAX = 25_000;

let passed = 0;
let failed = 0;
const canaryNode = new TestNode(
  { listen: 'tcp://127.0.0.1:0', chainId: CANARY, retries: 50 },
  { clock: systemClock, randomBytes: (length) => Uint8Array.from(randomBytes(length)) },
);
await canaryNode.start();
const plans = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await TARGETS[name].plan(name)])));
const nodes = Object.fromEntries(
  names.filter((name) => TARGETS[name].signs).map((name) => [`fuzz-${name}`, plans[name].nodes]),
);
const cluster = await createFuzzedCluster(canaryNode.address, nodes);
const canary = new Canary(canaryNode);
console.log(`seed ${seed}, ${minutes} minutes: ${names.join(', ')}`);
try {
  await cluster.startAll();
  await run();
} finally {
  await canary.stop();
  await canaryNode.stop();
  await cluster.stop({ keep: values.keep || failed > 0 });
  for (const plan of Object.values(plans)) plan.close();
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** A target whose port is gone says so, and the processes say why. */
async function runTarget(target, goesOn) {
  const { run } = TARGETS[target.name];
  await run(target, plans[target.name], `fuzz-${target.name}`, goesOn).catch((error) =>
    target.blame(target.cases, error.stack),
  );
}

async function run() {
  const children = cluster.names.map((name) => cluster.processes.get(name));
  const sizes = () => children.map(({ pid }) => resourcesOf(pid));
  canary.start();
  await sleep(1000);
  const idle = sizes();
  const lengthMs = minutes * 60_000;
  const endMs = performance.now() + lengthMs;
  const targets = names.map((name) => {
    const chainId = `fuzz-${name}`;
    return new Target(name, seed, TARGETS[name].signs ? new Oracle(chainId, publicKeyOf(cluster, chainId)) : undefined);
  });
  const alive = () => children.every(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  const goesOn = () => performance.now() < endMs && alive();
  let warm = idle;
  const warming = sleep(lengthMs * WARM_UP).then(() => {
    if (alive()) warm = sizes();
  });
  await Promise.all([warming, ...targets.map((target) => runTarget(target, goesOn))]);
  const quiet =
    alive() && (await until(() => sizes().every(({ files }, at) => files <= idle[at].files + 2), QUIET_MS_MAX));
  await canary.stop();

  for (const target of targets) report(target);
  console.log(`canary: ${canary.summary()}`);
  check('every vote of the honest node is signed within 1 s', canary.wrong);
  for (const [at, name] of cluster.names.entries()) {
    const child = cluster.processes.get(name);
    check(`${name} is the same process`, child === children[at] && alive() ? [] : [`ended: ${children[at].ended}`]);
    check(`${name} logs no fault of its own`, ownFaults(cluster.log(name)));
    if (!alive()) continue;
    const now = resourcesOf(child.pid);
    const words = `resident ${idle[at].residentMiB.toFixed(0)} MiB before, ${warm[at].residentMiB.toFixed(0)} warm, ${now.residentMiB.toFixed(0)} after; ${idle[at].files} files before, ${now.files} after`;
    console.log(`${name}: ${words}; ${(cluster.log(name).length / 1024).toFixed(0)} KiB of log`);
    check(`${name} does not grow`, now.residentMiB - warm[at].residentMiB <= GROWTH_MIB_MAX ? [] : [words]);
    check(`${name} gives its files back`, quiet ? [] : [words]);
  }
}

function report(target) {
  const { name, cases, outcomes, wrong, oracle } = target;
  const { refusal, closed, answer, signature, waited } = outcomes;
  console.log(
    `${name.padEnd(8)} ${cases} cases: ${refusal} refused, ${closed} ended, ${answer} answered, ${signature} signed and verified, ${waited} waited`,
  );
  check(`${name}: nothing wrong`, wrong);
  if (oracle !== undefined)
    check(`${name}: some were signed, so that the rest says something`, signature > 0 ? [] : ['none']);
}

function check(what, problems) {
  if (problems.length === 0) passed++;
  else failed++;
  if (problems.length === 0) return;
  console.log(`FAILED ${what}`);
  for (const each of problems.slice(0, 10)) console.log(`       ${each.slice(0, 2000)}`);
  if (problems.length > 10) console.log(`       and ${problems.length - 10} more`);
}

async function until(holds, withinMs) {
  const endMs = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > endMs) return false;
    await sleep(100);
  }
  return true;
}
