// Latency of one vote, failover and CPU of a cluster of real processes; beside it, in the same run, the reference signer of
// CometBFT 0.38 where Go is there. `--quick` for a short run, `--kills N`. Prints ratios, writes bench-results/bench.json.

import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, TestNode } from '@quorumsign/privval';
import { percentile } from '../support/checker.mjs';
import { Cluster, root, sleep } from '../support/cluster.mjs';
import { startFloor } from './floor.mjs';

const quick = process.argv.includes('--quick');
const PACED = quick ? 60 : 300;
/** Votes before anything is counted: a signer runs for weeks, and V8 compiles for the first thousand. */
const WARM_UP = 1000;
const BACK_TO_BACK = quick ? 200 : 1000;
const KILLS = Number(process.argv[process.argv.indexOf('--kills') + 1]) || (quick ? 3 : 20);
const CHAIN = 'bench-1';
const REFERENCE = 'v0.38.25';

let height = 0n;
const hash = (text) => Uint8Array.from(createHash('sha256').update(text).digest());
const rows = [];

const reference = await measureReference();
const floor = await startFloor();
try {
  await measureOf('floor: stream, sync, Ed25519', () => floor.once());
} finally {
  await floor.stop();
}
await measureCluster('2-of-3', ['alpha', 'beta', 'gamma'], 2, true);
await measureCluster('3-of-5', ['alpha', 'beta', 'gamma', 'delta', 'epsilon'], 3, false);
report();

async function newNode() {
  const node = new TestNode(
    { listen: 'tcp://127.0.0.1:0', chainId: CHAIN, retries: 50 },
    { clock: systemClock, randomBytes: (length) => Uint8Array.from(randomBytes(length)) },
  );
  await node.start();
  return node;
}

async function vote(node) {
  height++;
  const blockId = { hash: hash(`${height}`), partSetTotal: 1, partSetHash: hash(`p${height}`) };
  const startMs = performance.now();
  const answer = await node.signVote({
    type: 'prevote',
    height,
    round: 0,
    blockId,
    timestamp: { seconds: 1_700_000_000n, nanos: 1 },
  });
  if (answer.kind !== 'signed') throw new Error(answer.description);
  return performance.now() - startMs;
}

async function measure(name, node) {
  return measureOf(name, () => vote(node));
}

async function measureOf(name, once) {
  for (let i = 0; i < WARM_UP; i++) await once();
  const paced = [];
  for (let i = 0; i < PACED; i++) {
    paced.push(await once());
    await sleep(50);
  }
  const startMs = performance.now();
  const backToBack = [];
  for (let i = 0; i < BACK_TO_BACK; i++) backToBack.push(await once());
  const rate = (BACK_TO_BACK / (performance.now() - startMs)) * 1000;
  const row = { name, rate, paced: summary(paced), backToBack: summary(backToBack) };
  rows.push(row);
  return row;
}

function summary(numbers) {
  return { p50: percentile(numbers, 0.5), p90: percentile(numbers, 0.9), p99: percentile(numbers, 0.99) };
}

async function measureCluster(name, names, threshold, withKills) {
  const nodes = new Map();
  for (const each of names) nodes.set(each, await newNode());
  const nodesOf = Object.fromEntries([...nodes].map(([each, node]) => [each, [node.address]]));
  height = 0n;
  const cluster = await Cluster.create({ chainId: CHAIN, names, threshold, nodesOf });
  try {
    await cluster.startAll();
    const leader = await cluster.leader();
    const follower = names.find((each) => each !== leader);
    const cpuBefore = cpuSeconds(cluster);
    const before = height;
    await measure(`${name} through the leader`, nodes.get(leader));
    await measure(`${name} through a follower`, nodes.get(follower));
    const cpuMs = ((cpuSeconds(cluster) - cpuBefore) * 1000) / Number(height - before);
    rows.push({ name: `${name} CPU of all cosigners`, text: `${cpuMs.toFixed(2)} ms a signature` });
    if (withKills) await measureKills(name, cluster, nodes, names);
  } finally {
    for (const node of nodes.values()) await node.stop();
    await cluster.stop();
  }
}

async function measureKills(name, cluster, nodes, names) {
  const gaps = [];
  for (let i = 0; i < KILLS; i++) {
    const leader = await cluster.leader();
    const survivor = names.find((each) => each !== leader);
    await vote(nodes.get(survivor));
    await cluster.kill(leader);
    gaps.push(await vote(nodes.get(survivor)));
    cluster.start(leader);
    await cluster.until(async () => (await cluster.status(leader))?.ready === true);
    await sleep(500);
  }
  rows.push({
    name: `${name} failover, ${KILLS} kills`,
    text: `median ${percentile(gaps, 0.5).toFixed(0)} ms, worst ${Math.max(...gaps).toFixed(0)} ms`,
  });
}

/** User and system time of the cosigners, seconds; 0 where /proc is not there. */
function cpuSeconds(cluster) {
  let ticks = 0;
  for (const { pid } of cluster.processes.values()) {
    if (!existsSync(`/proc/${pid}/stat`)) continue;
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / 100;
}

/** The single-key signer of CometBFT, asked by the same test node. */
async function measureReference() {
  const directory = join(homedir(), '.cache', 'quorumsign', 'nodes', REFERENCE);
  mkdirSync(directory, { recursive: true });
  const programs = ['cometbft', 'priv_val_server'].map((name) => join(directory, name));
  for (const [at, program] of programs.entries()) {
    const target = `github.com/cometbft/cometbft/cmd/${['cometbft', 'priv_val_server'][at]}@${REFERENCE}`;
    if (!existsSync(program)) spawnSync('go', ['install', target], { env: { ...process.env, GOBIN: directory } });
    if (existsSync(program)) continue;
    console.log(`!! SKIPPED the reference signer: ${target} could not be installed (is Go there?)`);
    return undefined;
  }
  const home = mkdtempSync(join(tmpdir(), 'quorumsign-reference-'));
  spawnSync(programs[0], ['init', '--home', home]);
  const node = await newNode();
  const key = join(home, 'config', 'priv_validator_key.json');
  const state = join(home, 'data', 'priv_validator_state.json');
  const args = ['-addr', node.address, '-chain-id', CHAIN, '-priv-key', key, '-priv-state', state];
  const child = spawn(programs[1], args, { stdio: 'ignore' });
  try {
    return await measure('reference signer, one key', node);
  } finally {
    child.kill('SIGKILL');
    await node.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

function report() {
  const ms = (number) => number.toFixed(2).padStart(7);
  const ratio = (row, of) => (reference === undefined || row === reference ? '' : of(row, reference));
  console.log(`\n${'one vote, ms'.padEnd(30)}  paced p50     p90     p99 |  b-to-b p50     p99    rate/s`);
  for (const row of rows) {
    if (row.text !== undefined) {
      console.log(`${row.name.padEnd(30)}  ${row.text}`);
      continue;
    }
    const { paced, backToBack, rate } = row;
    const times = ratio(
      row,
      (a, b) =>
        `  paced p50 ×${(a.paced.p50 / b.paced.p50).toFixed(1)} p99 ×${(a.paced.p99 / b.paced.p99).toFixed(1)} rate ×${(a.rate / b.rate).toFixed(2)}`,
    );
    console.log(
      `${row.name.padEnd(30)}  ${ms(paced.p50)}  ${ms(paced.p90)} ${ms(paced.p99)} |     ${ms(backToBack.p50)} ${ms(backToBack.p99)}  ${rate.toFixed(0).padStart(7)}${times}`,
    );
  }
  mkdirSync(join(root, 'bench-results'), { recursive: true });
  writeFileSync(join(root, 'bench-results', 'bench.json'), `${JSON.stringify(rows, undefined, 2)}\n`);
}
