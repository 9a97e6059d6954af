// One row: a chain of real nodes whose first validator is ours, for 30 heights, with the leader killed once and started again.
//
// It passes when every one of those heights has our validator's precommit for the block, no block has evidence, no node saw a
// conflicting vote or ended, and no round failed at our turn to propose.

import { Cluster } from '../support/cluster.mjs';
import { Net, SENTRIES } from './net.mjs';
import { judge } from './outcome.mjs';

/** Before that a validator that joined late may be missing from a block. */
const FIRST = 5;
const HEIGHTS = 30;
const KILL_AFTER = 8;
const RESTART_AFTER = 4;
const WARM_UP_MS_MAX = 60_000;
const HEIGHT_MS_MAX = 3000;
const TAKEOVER_MS_MAX = 20_000;
const POLL_MS = 5;

/**
 * @param row `dashed`, `appProgram`, `commit`, `genesis` as `Net.create` has them; `connect(net)` makes the cluster and tells the
 * sentries where it is; the leader is killed after `killAfterStep`; `check(net, height)` says what is
 * wrong beyond that
 * @returns what the table shows
 */
export async function served({
  program,
  dashed,
  appProgram,
  commit,
  genesis,
  connect,
  check,
  killAfterStep = 'prevote',
  keep,
}) {
  const net = Net.create({ program, dashed, appProgram, commit, genesis, ports: await Net.freePorts() });
  let cluster;
  try {
    cluster = await connect(net);
    await cluster.startAll();
    await net.start();
    await net.untilHeight(FIRST, WARM_UP_MS_MAX);
    await net.untilHeight(FIRST + KILL_AFTER, KILL_AFTER * HEIGHT_MS_MAX);
    const killGapMs = await killLeader(cluster, net, killAfterStep);
    const last = FIRST + HEIGHTS - 1;
    await net.untilHeight(last + 1, HEIGHTS * HEIGHT_MS_MAX);
    const wrong = await check?.(net, last);
    return verdict({ ...(await judge(net, FIRST, last)), ended: net.ended, wrong, killGapMs });
  } catch (error) {
    const logs =
      cluster === undefined ? '' : cluster.names.map((name) => `--- ${name}\n${tail(cluster, name)}`).join('\n');
    throw new Error(`${error.message}\n${logs}`, { cause: error });
  } finally {
    await net.stop({ keep });
    await cluster?.stop({ keep });
  }
}

/**
 * Kills the leader as soon as it has signed at a step, and does not serve both sentries. After a prevote its death meets the request for
 * the precommit. After a precommit the node is idle until the next height, and notices only then that its connection is gone. What it
 * costs a sentry that its signer dies (0.2 to 0.5 s, two or three tries and a new connection) are constants of the node, and more than a
 * short timeout_commit forgives; so the other one has to be served by another cosigner.
 *
 * @returns ms from the kill until another leader has signed something new
 */
async function killLeader(cluster, net, step) {
  const leader = await cluster.leader();
  let before;
  await cluster.until(() => eachServed(cluster, leader), TAKEOVER_MS_MAX);
  await cluster.until(
    async () => {
      before = (await cluster.status(leader))?.chains[0];
      return before?.step === step;
    },
    TAKEOVER_MS_MAX,
    POLL_MS,
  );
  await cluster.kill(leader);
  const killedMs = performance.now();
  const others = cluster.names.filter((name) => name !== leader);
  let takeoverMs;
  let killGapMs;
  await cluster.until(
    async () => {
      for (const name of others) {
        const status = await cluster.status(name);
        if (status?.role !== 'leader') continue;
        takeoverMs ??= Math.round(performance.now() - killedMs);
        if (mark(status.chains[0]) <= mark(before)) continue;
        killGapMs = Math.round(performance.now() - killedMs);
        return true;
      }
      return false;
    },
    TAKEOVER_MS_MAX,
    POLL_MS,
  );
  console.log(
    `   height ${before.height}: kill -9 of ${leader}, leader, serving ${sentriesOf(before)} of the sentries; another leader after ${takeoverMs} ms, its first signature after ${killGapMs} ms`,
  );
  await net.untilHeight(Number(before.height) + RESTART_AFTER, RESTART_AFTER * HEIGHT_MS_MAX);
  cluster.start(leader);
  await cluster.until(async () => (await cluster.status(leader))?.ready === true);
  return killGapMs;
}

/** Whether each sentry has a signer, and not all have the leader. */
async function eachServed(cluster, leader) {
  const statuses = await Promise.all(cluster.names.map((name) => cluster.status(name)));
  const served = statuses.map((status) => (status === undefined ? 0 : sentriesOf(status.chains[0])));
  const all = served.reduce((sum, each) => sum + each, 0);
  return all === SENTRIES.length && served[cluster.names.indexOf(leader)] < all;
}

/** How many of them the cosigner serves. */
function sentriesOf({ nodes }) {
  return nodes.filter(({ connected }) => connected).length;
}

/** Height, round and step as one number, to be compared. */
function mark({ height, round, step }) {
  return Number(height) * 1000 + round * 10 + ['proposal', 'prevote', 'precommit'].indexOf(step);
}

function verdict({ missed, evidence, conflicts, failedByOurs, failedByOthers, ended, wrong, killGapMs }) {
  const problems = [
    ...missed.map((height) => `missed height ${height}`),
    ...evidence,
    ...conflicts,
    ...ended,
    ...(wrong === undefined ? [] : [wrong]),
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
