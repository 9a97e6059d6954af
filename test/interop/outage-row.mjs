// The control of "nothing missed": all cosigners are killed for a few heights. Those heights must be seen as missed, by the same eyes that
// see none in the other rows; and after the restart the validator must be back in every block, without evidence.

import { Net } from './net.mjs';
import { judge } from './outcome.mjs';
import { dialled } from './served-row.mjs';

const FIRST = 6;
const DOWN_HEIGHTS = 3;
/** A sentry waits up to 3 s for a connection and tries again; a vote that it did not get is lost with its height. */
const BACK_AFTER = 8;
const CHECKED = 8;
const WARM_UP_MS_MAX = 60_000;
/** A round in which nobody proposes takes over 3 s. */
const HEIGHT_MS_MAX = 8000;

export async function outage({ program, keep }) {
  const net = Net.create({ program, ports: await Net.freePorts() });
  let cluster;
  try {
    cluster = await dialled('tcp')(net);
    await cluster.startAll();
    await net.start();
    await net.untilHeight(FIRST, WARM_UP_MS_MAX);
    await Promise.all(cluster.names.map((name) => cluster.kill(name)));
    const down = (await net.height()) + 2;
    await net.untilHeight(down + DOWN_HEIGHTS, (DOWN_HEIGHTS + 2) * HEIGHT_MS_MAX);
    await cluster.startAll();
    const back = (await net.height()) + BACK_AFTER;
    await net.untilHeight(back + CHECKED, (BACK_AFTER + CHECKED) * HEIGHT_MS_MAX);
    const during = await judge(net, down, down + DOWN_HEIGHTS - 1);
    const after = await judge(net, back, back + CHECKED - 1);
    const problems = [
      ...after.missed.map((height) => `missed height ${height}, ${BACK_AFTER} heights after the restart`),
      ...after.evidence,
      ...during.evidence,
      ...after.conflicts,
      ...net.ended,
    ];
    if (during.missed.length !== DOWN_HEIGHTS)
      problems.push(`expected ${DOWN_HEIGHTS} missed heights without a signer, found ${during.missed.length}`);
    console.log(
      `   no signer: heights ${during.missed.join(', ')} missed; from ${back} on: ${after.missed.length} missed`,
    );
    return {
      good: problems.length === 0,
      problems,
      heights: DOWN_HEIGHTS + CHECKED,
      missed: during.missed.length + after.missed.length,
      evidence: during.evidence.length + after.evidence.length,
    };
  } finally {
    await net.stop({ keep });
    await cluster?.stop({ keep });
  }
}
