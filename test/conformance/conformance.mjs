// The conformance suite against our 2-of-3 cluster, through a leader and through a follower, over tcp and unix, and against the reference
// signer of CometBFT 0.38 where Go is there. Ours must pass every `must` and `should`, the reference every `must`.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { conforms, runSuite } from 'quorumsign-conformance';
import { install } from '../interop/nodes.mjs';
import { Cluster, freePorts } from '../support/cluster.mjs';

const CHAIN = 'conformance-1';
const WAIT_MS = 20_000;
/** Heights that one run uses, and room; within the limit on jumps. */
const HEIGHTS_PER_RUN = 100n;
const tally = { passed: 0, failed: 0, skipped: 0 };

await ours();
await reference();
console.log(`\n${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`);
process.exitCode = tally.failed === 0 ? 0 : 1;

async function ours() {
  const directory = mkdtempSync(join(tmpdir(), 'quorumsign-conformance-'));
  const [port] = await freePorts(1);
  const addresses = [`tcp://127.0.0.1:${port}`, `unix://${join(directory, 'privval.sock')}`];
  const cluster = await Cluster.create({ chainId: CHAIN, nodesOf: { alpha: addresses } });
  try {
    await cluster.startAll();
    let startHeight = 1n;
    for (const leads of ['alpha', 'beta']) {
      if ((await cluster.leader()) !== leads) {
        cluster.run(await cluster.leader(), 'leader', 'transfer', leads);
        await cluster.until(async () => (await cluster.leader()) === leads);
      }
      for (const listen of addresses) {
        const through = leads === 'alpha' ? 'the leader' : 'a follower';
        await run(`ours through ${through}, ${listen.split(':')[0]}`, { listen, startHeight }, true);
        startHeight += HEIGHTS_PER_RUN;
      }
    }
  } finally {
    await cluster.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function reference() {
  const [signer, node] = [install('priv_val_server 0.38.25'), install('CometBFT 0.38.25')];
  if (signer.program === undefined || node.program === undefined) {
    tally.skipped++;
    console.log(`!! SKIPPED the reference signer: ${signer.reason ?? node.reason}`);
    return;
  }
  const home = mkdtempSync(join(tmpdir(), 'quorumsign-reference-'));
  spawnSync(node.program, ['init', '--home', home]);
  const [port] = await freePorts(1);
  const listen = `tcp://127.0.0.1:${port}`;
  const key = join(home, 'config', 'priv_validator_key.json');
  const state = join(home, 'data', 'priv_validator_state.json');
  const args = ['-addr', listen.replace('tcp://', ''), '-chain-id', CHAIN, '-priv-key', key, '-priv-state', state];
  let child;
  // As its supervisor would: it panics at some input, and spins on a connection that its node has closed.
  const restart = () => {
    child?.kill('SIGKILL');
    child = spawn(signer.program, args, { stdio: 'ignore' });
  };
  try {
    await run('reference signer', { listen, startHeight: 1n }, false, restart);
  } finally {
    child?.kill('SIGKILL');
    rmSync(home, { recursive: true, force: true });
  }
}

async function run(name, options, strict, restart = () => {}) {
  console.log(`== ${name}`);
  const restarts = [];
  const results = await runSuite(
    { ...options, chainId: CHAIN, waitMs: WAIT_MS },
    {
      listening: restart,
      lost: ({ title }) => {
        restarts.push(title);
        restart();
      },
    },
  );
  for (const { verdict, level, title, detail } of results) {
    if (verdict === 'failed' || verdict === 'not run') console.log(`   ${level}: ${title}: ${detail}`);
  }
  for (const title of restarts) console.log(`   restarted: it did not come back by itself after "${title}"`);
  const good = conforms(results, strict);
  if (good) tally.passed++;
  else tally.failed++;
  const count = (verdict) => results.filter((each) => each.verdict === verdict).length;
  const time = results.find(({ level }) => level === 'may')?.detail;
  console.log(
    `-- ${name}: ${count('passed')} of ${results.length} checks passed, ${good ? 'conforms' : 'DOES NOT CONFORM'}; ${time}`,
  );
}
