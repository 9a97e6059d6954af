// A 2-of-3 cluster with mTLS on this machine, and a node that asks it; the leader is killed. `--node cometbft`: real CometBFT nodes, installed
// with `go install`, instead of the demo's own. `--plain`: lines instead of a live view. Exit 0 only if nothing was missed or doubled.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('../..', import.meta.url).pathname;
/** Plain lines are shown every so many heights. */
const PLAIN_EVERY = 4;

const at = process.argv.indexOf('--node');
const node = at < 0 ? undefined : process.argv[at + 1];
if (at >= 0 && node !== 'cometbft') {
  console.error(`expected --node cometbft, found --node ${node ?? ''}`);
  process.exit(2);
}
install();
const live = process.stdout.isTTY && !process.argv.includes('--plain');
const play = await chosen();
process.exitCode = (await play({ say, show })) ? 0 : 1;

async function chosen() {
  if (node === 'cometbft') return (await import('./cometbft.mjs')).playWithCometBft;
  return (await import('./test-node.mjs')).playWithTestNode;
}

function show(line, height) {
  if (live) process.stdout.write(`\r\u001b[2K${line}`);
  else if (Number(height) % PLAIN_EVERY === 0) process.stdout.write(`${line}\n`);
}

function say(text) {
  process.stdout.write(`${live ? '\r\u001b[2K' : ''}* ${text}\n`);
}

function install() {
  const steps = [['node', [join(root, 'test/support/install.mjs')]]];
  if (!existsSync(join(root, 'packages/cli/dist/bin.js')) || !process.argv.includes('--no-build'))
    steps.push(['npm', ['run', 'build', '--silent']]);
  for (const [command, args] of steps) {
    const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`);
  }
}
