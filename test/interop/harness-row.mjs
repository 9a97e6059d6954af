// tm-signer-harness, Tendermint's own acceptance test of remote signers, against a cluster of ours.
//
// It signs at heights 100 and 101, so the key must not have signed at 100 yet. Run a second time it asks for the proposal of 100 again,
// with another timestamp, after 101: it must get no second signature for that. The cluster answers with the first one, as it does a
// second sentry, and the harness finds that it does not fit. Its genesis is one that a 0.34 node made: it wants a field that later
// nodes leave out.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster, freePorts } from '../support/cluster.mjs';
import { run } from './net.mjs';
import { install } from './nodes.mjs';

/** Each lasts 10 ms: 30 s for a cosigner to dial again. */
const ACCEPT_RETRIES = 3000;
const RUN_MS_MAX = 60_000;
const GOOD = 0;
/** The harness's word for: refused, or the signature does not fit the bytes that were sent. */
const NO_PROPOSAL = 9;

export function harness(transport) {
  return async ({ program, keep }) => {
    const directory = mkdtempSync(join(tmpdir(), 'quorumsign-harness-'));
    let cluster;
    try {
      const home = join(directory, 'home');
      run(install('CometBFT 0.34.33').program, 'init', '--home', home);
      const { chain_id: chainId } = JSON.parse(readFileSync(join(home, 'config', 'genesis.json'), 'utf8'));
      const [port] = await freePorts(1);
      const address = transport === 'unix' ? `unix://${join(directory, 's.sock')}` : `tcp://127.0.0.1:${port}`;
      const keyFile = join(home, 'config', 'priv_validator_key.json');
      cluster = await Cluster.create({ chainId, nodes: [address], keyFile });
      await cluster.startAll();
      const problems = [];
      for (const [which, expected] of [
        ['first', GOOD],
        ['second', NO_PROPOSAL],
      ]) {
        const { code, text } = await once(program, address, home);
        console.log(`   ${which} run: exit ${code}, ${text.trim().split('\n').at(-1)}`);
        if (code !== expected) problems.push(`${which} run: expected exit ${expected}, found ${code}\n${text}`);
      }
      return { good: problems.length === 0, problems };
    } finally {
      await cluster?.stop({ keep });
      rmSync(directory, { recursive: true, force: true });
    }
  };
}

async function once(program, address, home) {
  const args = ['run', '-addr', address, '-tmhome', home, '-accept-retries', String(ACCEPT_RETRIES)];
  const child = spawn(program, args, { timeout: RUN_MS_MAX, killSignal: 'SIGKILL' });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += data));
  const code = await new Promise((resolve, reject) =>
    child.once('error', reject).once('close', (status, signal) => resolve(status ?? signal)),
  );
  return { code, text };
}
