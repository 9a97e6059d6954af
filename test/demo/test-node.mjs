// The demo's own node: a validator with two sentries that ask a block a second over SecretConnection. The leader is killed and comes
// back, the sentries ask for different blocks, and an independent checker sees every signature.

import { Checker, percentile } from '../support/checker.mjs';
import { Cluster, sleep } from '../support/cluster.mjs';
import { blockOf, Validator } from '../support/validator.mjs';

const HEIGHTS = 40;
const KILL_AT = 12n;
const RESTART_AT = 20n;
const CONFLICT_AT = 28n;

/** @param view `say(text)` for events, `show(line, height)` for the live line. @returns whether all went well */
export async function playWithTestNode({ say, show }) {
  const checker = new Checker();
  const validator = new Validator({ chainId: 'demo-1', checker });
  const addresses = await validator.start();
  say('making a 2-of-3 cluster: authority, certificates, shares, one home each');
  const cluster = await Cluster.create({ chainId: 'demo-1', nodes: addresses });
  let refusal;
  try {
    await cluster.startAll();
    say(`three cosigners run, each its own process; ${await cluster.leader()} leads`);
    await play();
  } finally {
    await validator.stop();
    await cluster.stop();
  }
  return summary();

  async function play() {
    let killed;
    let caughtUp;
    for (let height = 1n; height <= HEIGHTS; height++) {
      const startMs = performance.now();
      if (height === KILL_AT) {
        killed = await cluster.leader();
        say(`kill -9 of the leader, ${killed}`);
        // While a vote is asked, not between two.
        const vote = validator.vote('prevote', height);
        await cluster.kill(killed);
        await vote;
      } else {
        if (height % 5n === 0n && height !== CONFLICT_AT) await validator.propose(height);
        if (height === CONFLICT_AT) await conflict(height);
        await validator.vote('prevote', height);
      }
      await validator.vote('precommit', height);
      if (height === RESTART_AT && killed !== undefined) {
        say(`${killed} is started again`);
        cluster.start(killed);
        // Votes are asked meanwhile: the longest gap is the cluster's, not that of this loop.
        caughtUp = untilReady(killed);
        caughtUp.catch(() => {});
      }
      await show(await lineOf(height), height);
      await sleep(Math.max(0, 1000 - (performance.now() - startMs)));
    }
    await caughtUp;
  }

  async function untilReady(name) {
    await cluster.until(async () => (await cluster.status(name))?.ready === true);
    say(`${name} follows again and has caught up`);
  }

  /** Two sentries of a proposer make different blocks for one height: one is signed, the other refused. */
  async function conflict(height) {
    const answers = await Promise.all(
      [0, 1].map((sentry) => validator.proposeAt(sentry, height, blockOf(`${height} of sentry ${sentry}`))),
    );
    refusal = answers.find((answer) => answer.kind === 'refused')?.description;
    const signed = answers.filter((answer) => answer.kind === 'signed').length;
    say(`two sentries ask for different blocks at height ${height}: ${signed} signed, the other refused: ${refusal}`);
  }

  function summary() {
    const { latencies, missed, asked, longestGapMs } = validator;
    const rows = [
      ['votes and proposals asked', asked],
      ['missed (no sentry had it after 1 s)', missed.length],
      ['latency p50 / p99', `${percentile(latencies, 0.5).toFixed(1)} / ${percentile(latencies, 0.99).toFixed(1)} ms`],
      ['longest gap between two signatures', `${longestGapMs.toFixed(0)} ms`],
      ['signatures seen by the checker', checker.signatures],
      ['double signs', checker.doubled.length],
    ];
    process.stdout.write(`\n${rows.map(([name, value]) => `${name.padEnd(38)} ${value}`).join('\n')}\n`);
    for (const each of [...missed, ...checker.doubled]) process.stdout.write(`!! ${each}\n`);
    const refused = refusal !== undefined && validator.refused.length === 0;
    if (!refused)
      process.stdout.write(
        `!! expected one refusal, of the second block, found: ${refusal} ${validator.refused.join('; ')}\n`,
      );
    return missed.length === 0 && checker.doubled.length === 0 && refused;
  }

  async function lineOf(height) {
    const leader = (await cluster.leader()) ?? 'nobody';
    const recent = validator.latencies.slice(-10);
    return `height ${String(height).padStart(3)}  leader ${leader.padEnd(6)}  last ${recent.at(-1)?.toFixed(1).padStart(6)} ms  median ${percentile(recent, 0.5).toFixed(1).padStart(6)} ms  missed ${validator.missed.length}`;
  }
}
