// Twenty nodes on five chains against one 2-of-3 cluster, back to back. Four of the chains are added while it runs, by `keys
// generate` and `config reload`. The four nodes of a chain ask for the same vote at once, each with its own timestamp: all must
// get the same signature. `--seconds S`, default 20. Exit 0 only if everything verified, nothing was doubled, missed or refused.

import { randomBytes } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock, TestNode } from '@quorumsign/privval';
import { Checker, percentile } from '../support/checker.mjs';
import { Cluster } from '../support/cluster.mjs';
import { blockOf } from '../support/validator.mjs';

const argument = process.argv.indexOf('--seconds');
const SECONDS = argument < 0 ? 20 : Number(process.argv[argument + 1]);
const NODES_PER_CHAIN = 4;
const CHAINS = ['one', 'two', 'three', 'four', 'five'];

const chains = [];
for (const chainId of CHAINS) {
  const nodes = [];
  for (let i = 0; i < NODES_PER_CHAIN; i++) {
    const node = new TestNode(
      { listen: 'tcp://127.0.0.1:0', chainId, retries: 50 },
      { clock: systemClock, randomBytes: (length) => Uint8Array.from(randomBytes(length)) },
    );
    await node.start();
    nodes.push(node);
  }
  chains.push({ chainId, nodes, checker: new Checker(), votes: 0, refused: [], differing: 0, latencies: [] });
}
const addressesOf = ({ nodes }) => nodes.map((node) => node.address);
const cluster = await Cluster.create({ chainId: CHAINS[0], nodes: addressesOf(chains[0]) });
let failed = 0;
try {
  await cluster.startAll();
  for (const chain of chains.slice(1)) addChain(chain);
  for (const name of cluster.names) {
    const reloaded = cluster.run(name, 'config', 'reload');
    if (reloaded.status !== 0) throw new Error(`config reload failed: ${reloaded.stderr}`);
    if (name === cluster.names[0]) console.log(reloaded.stdout.trim());
  }
  const again = cluster.run(cluster.names[0], 'config', 'reload');
  check('a second reload changes nothing', again.status === 0 && again.stdout.includes('nothing has changed'));
  await Promise.all(chains.flatMap(({ nodes }) => nodes.map((node) => node.getPublicKey())));

  const startMs = performance.now();
  const endMs = startMs + SECONDS * 1000;
  await Promise.all(chains.map((chain) => voteUntil(chain, endMs)));
  const elapsed = (performance.now() - startMs) / 1000;
  const votes = chains.reduce((sum, chain) => sum + chain.votes, 0);
  const answers = chains.reduce((sum, { checker }) => sum + checker.signatures, 0);
  console.log(
    `${chains.length} chains, ${chains.length * NODES_PER_CHAIN} nodes, ${elapsed.toFixed(0)} s: ${votes} votes, ${answers} answers, ${(votes / elapsed).toFixed(0)} votes/s, ${(answers / elapsed).toFixed(0)} answers/s`,
  );
  for (const { chainId, checker, refused, differing, latencies } of chains) {
    const [p50, p99] = [percentile(latencies, 0.5), percentile(latencies, 0.99)];
    console.log(
      `  ${chainId.padEnd(6)} p50 ${p50.toFixed(1)} ms  p99 ${p99.toFixed(1)} ms  ${checker.signatures} answers`,
    );
    check(`${chainId}: none refused`, refused.length === 0, refused[0]);
    check(`${chainId}: none doubled`, checker.doubled.length === 0, checker.doubled[0]);
    check(`${chainId}: all nodes got the same signature`, differing === 0 && checker.resigned === 0);
    check(`${chainId}: signed`, checker.signatures > 0);
  }
  const status = JSON.parse(cluster.run(cluster.names[1], 'status', '-o', 'json').stdout);
  check('status names every chain', status.chains.map(({ chainId }) => chainId).join() === CHAINS.join());
} finally {
  for (const { nodes } of chains) for (const node of nodes) await node.stop();
  await cluster.stop();
}
process.exitCode = failed === 0 ? 0 : 1;

/** Shares into the homes, and an entry into every quorumsign.yaml. */
function addChain({ chainId, nodes }) {
  const out = join(cluster.directory, `shares-${chainId}`);
  const [first] = cluster.names;
  const made = cluster.run(first, 'keys', 'generate', '--chain-id', chainId, '--plaintext-shares', '--out', out);
  if (made.status !== 0) throw new Error(`keys generate failed: ${made.stderr}`);
  const entry = `  - chainId: ${chainId}\n    nodes:\n${nodes.map(({ address }) => `      - { address: "${address}" }\n`).join('')}`;
  for (const name of cluster.names) {
    cpSync(join(out, name, 'shares'), join(cluster.home(name), 'shares'), { recursive: true });
    const file = join(cluster.home(name), 'quorumsign.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^raft:/m, `${entry}\nraft:`));
  }
}

async function voteUntil(chain, endMs) {
  for (let height = 1n; performance.now() < endMs; height++) {
    const block = blockOf(`${chain.chainId} ${height}`);
    const asked = chain.nodes.map(async (node, at) => {
      const startMs = performance.now();
      const timestamp = { seconds: 1_700_000_000n + height, nanos: at };
      const answer = await node.signVote({ type: 'prevote', height, round: 0, blockId: block, timestamp });
      chain.latencies.push(performance.now() - startMs);
      if (answer.kind !== 'signed') {
        chain.refused.push(`${height}: ${answer.description}`);
        return undefined;
      }
      const { signature } = answer;
      const seen = { height, round: 0, step: 'prevote', block: Buffer.from(block.hash).toString('hex'), signature };
      chain.checker.add(seen);
      return Buffer.from(signature).toString('hex');
    });
    const signatures = new Set(await Promise.all(asked));
    if (signatures.size !== 1) chain.differing++;
    chain.votes++;
  }
}

function check(what, holds, found = '') {
  if (!holds) failed++;
  if (!holds) console.log(`FAILED ${what} ${found}`);
}
