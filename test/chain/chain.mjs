// A real CometBFT 0.38 chain whose first validator is ours, with two sentries: 40 heights, the leader killed twice, nothing
// missed, no evidence. Beside it the control: two sentries with a plain copy of the key, where evidence must be seen.

import { Cluster } from '../support/cluster.mjs';
import { cometbft, Net } from './net.mjs';

const WARM_UP = 5;
const HEIGHTS = 40;
const HEIGHT_MS_MAX = 4000;

const { program, reason } = cometbft();
if (program === undefined) {
  console.log(`!! SKIPPED the chain of real nodes: ${reason}`);
} else {
  const results = [await ours(), await control()];
  process.exitCode = results.every((good) => good) ? 0 : 1;
}

async function ours() {
  const net = await Net.create({ program, signed: true });
  const cluster = await Cluster.create({
    chainId: net.chainId,
    nodes: net.signerAddresses,
    keyFile: net.keyFile,
  });
  try {
    await cluster.startAll();
    net.start();
    await net.untilHeight(WARM_UP + 1, 60_000);
    const from = (await net.height()) + 1;
    for (const at of [10, 25]) {
      await net.untilHeight(from + at, at * HEIGHT_MS_MAX);
      const leader = await cluster.leader();
      console.log(`height ${await net.height()}: kill -9 of the leader, ${leader}`);
      await cluster.kill(leader);
      await net.untilHeight(from + at + 5, 5 * HEIGHT_MS_MAX);
      cluster.start(leader);
      await cluster.until(async () => (await cluster.status(leader))?.ready === true);
    }
    await net.untilHeight(from + HEIGHTS + 1, HEIGHTS * HEIGHT_MS_MAX);
    const { missed, evidence } = await net.judge(from, from + HEIGHTS - 1);
    console.log(
      `ours: heights ${from} to ${from + HEIGHTS - 1}, two kills of the leader: ${missed.length} missed ${missed}, ${evidence.length} evidence`,
    );
    return missed.length === 0 && evidence.length === 0;
  } finally {
    await net.stop();
    await cluster.stop();
  }
}

async function control() {
  const net = await Net.create({ program, signed: false });
  try {
    net.start();
    let seen = [];
    for (let height = 20; height <= 80 && seen.length === 0; height += 10) {
      await net.untilHeight(height, 120_000);
      seen = (await net.judge(2, height - 1)).evidence;
    }
    console.log(`control, two sentries with a copy of the key: ${seen.length} evidence ${seen[0] ?? ''}`);
    return seen.length > 0;
  } finally {
    await net.stop();
  }
}
