// One row: a chain of real nodes whose first validator is ours, for 30 heights, with the leader killed once and started again.
//
// It passes when every one of those heights has our validator's precommit for the block, no block has evidence, no node saw a
// conflicting vote or ended, and no round failed at our turn to propose.

import { Cluster, sleep } from '../support/cluster.mjs';
import { Net, SENTRIES } from './net.mjs';
import { judge } from './outcome.mjs';

/** Before that a validator that joined late may be missing from a block. */
const FIRST = 5;
const HEIGHTS = 30;
const KILL_AFTER = 8;
const RESTART_AFTER = 4;
const WARM_UP_MS_MAX = 60_000;
const HEIGHT_MS_MAX = 3000;
const POLL_MS = 10;

/**
 * @param row `dashed`, `app`, `genesis` as `Net.create` has them; `connect(net)` makes the cluster and tells the sentries where it is
 * @returns what the table shows
 */
export async function served({ program, dashed, app, genesis, connect, keep }) {
  const net = Net.create({ program, dashed, app, genesis, ports: await Net.freePorts() });
  let cluster;
  try {
    cluster = await connect(net);
    await cluster.startAll();
    net.start();
    await net.untilHeight(FIRST, WARM_UP_MS_MAX);
    await net.untilHeight(FIRST + KILL_AFTER, KILL_AFTER * HEIGHT_MS_MAX);
    const killGapMs = await killLeader(cluster, net);
    const last = FIRST + HEIGHTS - 1;
    await net.untilHeight(last + 1, HEIGHTS * HEIGHT_MS_MAX);
    return verdict({ ...(await judge(net, FIRST, last)), ended: net.ended, killGapMs });
  } catch (error) {
    const logs =
      cluster === undefined ? '' : cluster.names.map((name) => `--- ${name}\n${tail(cluster, name)}`).join('\n');
    throw new Error(`${error.message}\n${logs}`, { cause: error });
  } finally {
    await net.stop({ keep });
    await cluster?.stop({ keep });
  }
}

/** @returns ms from the kill until another leader has signed something new */
async function killLeader(cluster, net) {
  const leader = await cluster.leader();
  const before = Math.max(...(await Promise.all(cluster.names.map((name) => mark(cluster, name)))));
  const atHeight = await net.height();
  await cluster.kill(leader);
  const killedMs = performance.now();
  let killGapMs;
  const others = cluster.names.filter((name) => name !== leader);
  await cluster.until(async () => {
    for (const name of others) {
      if ((await cluster.status(name))?.role !== 'leader' || (await mark(cluster, name)) <= before) continue;
      killGapMs = Math.round(performance.now() - killedMs);
      return true;
    }
    await sleep(POLL_MS);
    return false;
  });
  await net.untilHeight(atHeight + RESTART_AFTER, RESTART_AFTER * HEIGHT_MS_MAX);
  cluster.start(leader);
  await cluster.until(async () => (await cluster.status(leader))?.ready === true);
  console.log(`   height ${atHeight}: kill -9 of ${leader}, the next signature after ${killGapMs} ms; started again`);
  return killGapMs;
}

/** The highest mark of a cosigner as one number: height, round, step; 0 while there is none. */
async function mark(cluster, name) {
  const chain = (await cluster.status(name))?.chains[0];
  if (chain?.step === undefined || chain.step === null) return 0;
  const steps = ['proposal', 'prevote', 'precommit'];
  return Number(chain.height) * 1000 + chain.round * 10 + steps.indexOf(chain.step) + 1;
}

function verdict({ missed, evidence, conflicts, failedByOurs, failedByOthers, ended, killGapMs }) {
  const problems = [
    ...missed.map((height) => `missed height ${height}`),
    ...evidence,
    ...conflicts,
    ...ended,
    ...failedByOurs.map((round) => `failed round ${round} at our turn`),
  ];
  for (const round of failedByOthers) console.log(`   round ${round} failed at another validator's turn`);
  return {
    good: problems.length === 0,
    problems,
    heights: HEIGHTS,
    missed: missed.length,
    evidence: evidence.length,
    killGapMs,
  };
}

function tail(cluster, name) {
  return cluster.log(name).split('\n').slice(-8).join('\n');
}

/** The cluster dials the sentries: tcp or unix. */
export function dialled(transport) {
  return async (net) => {
    const addresses = SENTRIES.map((at) => net.signerAddress(at, transport));
    for (const [index, at] of SENTRIES.entries()) net.setSigner(at, addresses[index]);
    return Cluster.create({ chainId: net.chainId, nodes: addresses, keyFile: net.keyFile });
  };
}

/**
 * Each sentry lets in one cosigner, by its peer id, and its cosigner one node: so one cosigner a sentry, and the third has none.
 */
export async function noise(net) {
  const names = ['alpha', 'beta'];
  const nodesOf = Object.fromEntries(names.map((name, index) => [name, [net.noiseAddress(SENTRIES[index])]]));
  const cluster = await Cluster.create({ chainId: net.chainId, nodesOf, keyFile: net.keyFile });
  for (const [index, name] of names.entries()) {
    const { stdout, stderr, status } = cluster.run(name, 'keys', 'show', '--node-identity', '--output', 'json');
    if (status !== 0) throw new Error(`keys show failed (${status}): ${stderr}`);
    const { peerId } = JSON.parse(stdout);
    const address = net.signerAddress(SENTRIES[index], 'noise').replace('noise://', `noise://${peerId}@`);
    net.setSigner(SENTRIES[index], address);
  }
  return cluster;
}
