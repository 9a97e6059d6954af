// CometBFT's end-to-end test application, one process a node: it fills every vote extension with a number, and as proposer puts the sum
// of the last height's into the block, once it has checked the signature of each. (The one that is built into the node, `proxy_app =
// "e2e"`, switches extensions off in InitChain, whatever the genesis says.)

import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../support/cluster.mjs';

const LISTENING_MS_MAX = 10_000;
/** A height that never comes: the genesis alone says from where extensions are on. */
const NO_UPDATE = -1;

export function appAddress(directory, at) {
  return `unix://${socketOf(directory, at)}`;
}

function socketOf(directory, at) {
  return join(directory, `app${at}.sock`);
}

/** Returns once all listen. */
export async function untilListening(directory, nodes) {
  const endMs = performance.now() + LISTENING_MS_MAX;
  while (nodes.some((at) => !existsSync(socketOf(directory, at)))) {
    if (performance.now() > endMs) throw new Error(`expected applications to listen within ${LISTENING_MS_MAX} ms`);
    await sleep(20);
  }
}

export function startApp({ program, directory, chainId, at }) {
  const home = join(directory, `app${at}`);
  mkdirSync(home);
  const settings = {
    chain_id: chainId,
    listen: appAddress(directory, at),
    protocol: 'socket',
    dir: home,
    persist_interval: 1,
    vote_extensions_update_height: NO_UPDATE,
  };
  const file = join(directory, `app${at}.toml`);
  writeFileSync(
    file,
    `${Object.entries(settings)
      .map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
      .join('\n')}\n`,
  );
  const log = openSync(join(directory, `app${at}.log`), 'a');
  const child = spawn(program, [file], { stdio: ['ignore', log, log] });
  closeSync(log);
  return child;
}
