// Every port of a real 2-of-3 cluster, fuzzed under one seed: `--minutes M` (default 1), `--seed N`, `--only TARGET` (repeatable). Meanwhile an
// honest node asks for a vote every 200 ms. Exit 0 only if nothing crashed, hung or grew, and no signature left that should not have.

import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { systemClock, TestNode } from '@quorumsign/privval';
import { sleep } from '../support/cluster.mjs';
import { CANARY, createFuzzedCluster, publicKeyOf } from './cluster.mjs';
import { planCosigner, runCosigner } from './cosigner-target.mjs';
import { GRPC_TARGETS, planGrpc, runGrpc } from './grpc-targets.mjs';
import { planHttp, runHttp } from './http-target.mjs';
import { Oracle } from './oracle.mjs';
import { planPeer, runPeer } from './peer-target.mjs';
import { unfoundFaults } from './planted.mjs';
import { planRaw, RAW_TARGETS, runRaw } from './raw-targets.mjs';
import { Sizes } from './sizes.mjs';
import { Target } from './target.mjs';
import { ANSWER_MS_MAX, Canary, ownFaults } from './watch.mjs';

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
  cosigner: { plan: planCosigner, run: (target, _plan, _chainId, goesOn) => runCosigner(target, goesOn) },
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

let passed = 0;
let failed = 0;
check('the oracle finds every planted fault, and no other', unfoundFaults());
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
  canary.start();
  await sleep(1000);
  const sizes = new Sizes(new Map(cluster.processes));
  const endMs = performance.now() + minutes * 60_000;
  const goesOn = () => performance.now() < endMs && sizes.alive;
  const targets = names.map((name) => {
    const chainId = `fuzz-${name}`;
    return new Target(name, seed, TARGETS[name].signs ? new Oracle(chainId, publicKeyOf(cluster, chainId)) : undefined);
  });
  await Promise.all([sizes.watch(goesOn), ...targets.map((target) => runTarget(target, goesOn))]);
  await sizes.quiet();
  await canary.stop();

  for (const target of targets) report(target);
  console.log(`canary   ${canary.summary()}`);
  check(`every vote of the honest node is signed within ${ANSWER_MS_MAX} ms`, canary.wrong);
  check('all processes live', sizes.alive ? [] : cluster.names.map((name) => cluster.log(name).slice(-1000)));
  for (const { name, line, wrong } of sizes.report(minutes)) {
    console.log(`${name.padEnd(8)} ${line}; ${(cluster.log(name).length / 1024).toFixed(0)} KiB of log`);
    check(`${name} is as large as before`, wrong);
    check(`${name} logs no fault of its own`, ownFaults(cluster.log(name)));
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
