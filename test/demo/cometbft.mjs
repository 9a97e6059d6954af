// The demo with real nodes: a CometBFT 0.38 chain of four validators, the first of which is ours, with two sentries and no key. The
// leader is killed and comes back; at the end the chain itself says whether a height was missed or anything was signed twice.

import { Net, SENTRIES } from '../interop/net.mjs';
import { install } from '../interop/nodes.mjs';
import { judge } from '../interop/outcome.mjs';
import { Cluster, sleep } from '../support/cluster.mjs';

const NODE = 'CometBFT 0.38.25';
/** Before that a validator that joined late may be missing from a block. */
const FIRST = 5;
const HEIGHTS = 40;
const KILL_AFTER = 10;
const RESTART_AFTER = 20;
const WARM_UP_MS_MAX = 60_000;
const HEIGHT_MS_MAX = 4000;
const POLL_MS = 100;

/** @param view `say(text)` for events, `show(line)` for the live line. @returns whether all went well */
export async function playWithCometBft({ say, show }) {
  const { program, reason } = install(NODE);
  if (program === undefined) {
    say(`${NODE} cannot be installed: ${reason}. Without --node cometbft the demo needs Node and npm only`);
    return false;
  }
  const net = Net.create({ program, ports: await Net.freePorts() });
  let cluster;
  try {
    const addresses = SENTRIES.map((at) => net.signerAddress(at, 'tcp'));
    for (const [index, at] of SENTRIES.entries()) net.setSigner(at, addresses[index]);
    say('making a 2-of-3 cluster from the key of validator 0: authority, certificates, shares, one home each');
    cluster = await Cluster.create({ chainId: net.chainId, nodes: addresses, keyFile: net.keyFile });
    await cluster.startAll();
    say(`three cosigners run, each its own process; ${await cluster.leader()} leads`);
    net.start();
    say(`four ${NODE} validators start; validator 0 has two sentries, and its key is nowhere`);
    await net.untilHeight(FIRST, WARM_UP_MS_MAX);
    let killed;
    const last = FIRST + HEIGHTS - 1;
    for (let height = FIRST; height <= last; height = await next(net, height)) {
      if (killed === undefined && height >= FIRST + KILL_AFTER) {
        killed = await cluster.leader();
        await cluster.kill(killed);
        say(`height ${height}: kill -9 of the leader, ${killed}`);
      }
      if (killed !== undefined && height >= FIRST + RESTART_AFTER && !cluster.processes.has(killed)) {
        cluster.start(killed);
        await cluster.until(async () => (await cluster.status(killed))?.ready === true);
        say(`height ${height}: ${killed} is started again, follows and has caught up`);
      }
      await show(`height ${String(height).padStart(3)}  leader ${(await cluster.leader()) ?? 'nobody'}`, height);
    }
    await net.untilHeight(last + 1, HEIGHT_MS_MAX);
    return summary(await judge(net, FIRST, last), net.ended);
  } finally {
    await net.stop();
    await cluster?.stop();
  }
}

async function next(net, height) {
  const endMs = performance.now() + HEIGHT_MS_MAX;
  while (performance.now() < endMs) {
    const found = await net.height();
    if (found > height) return found;
    await sleep(POLL_MS);
  }
  throw new Error(`expected height ${height + 1} within ${HEIGHT_MS_MAX} ms, it did not come\n${net.log(SENTRIES[0])}`);
}

function summary({ missed, evidence, conflicts, failedByOurs }, ended) {
  const rows = [
    ['heights of the chain', HEIGHTS],
    ['missed by our validator', missed.length],
    ['evidence of a double sign in blocks', evidence.length],
    ['conflicting votes that any node saw', conflicts.length],
    ['rounds that failed at our turn', failedByOurs.length],
    ['nodes that ended', ended.length],
  ];
  process.stdout.write(`\n${rows.map(([name, value]) => `${name.padEnd(38)} ${value}`).join('\n')}\n`);
  const problems = [...missed, ...evidence, ...conflicts, ...failedByOurs, ...ended];
  for (const each of problems) process.stdout.write(`!! ${each}\n`);
  return problems.length === 0;
}
