// A CometBFT 0.38 chain on loopback: four validators; the first has two nodes (sentries), the others one.

import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts, sleep } from '../support/cluster.mjs';

const VERSION = 'v0.38.25';
const NODES = 5;
/** The second node of validator 0. */
const SECOND_SENTRY = 4;

/** The program, installed by package name where it is not there yet; undefined with the reason where it cannot be had. */
export function cometbft() {
  const directory = join(homedir(), '.cache', 'quorumsign', 'nodes', VERSION);
  const program = join(directory, 'cometbft');
  if (existsSync(program)) return { program };
  mkdirSync(directory, { recursive: true });
  const environment = { ...process.env, GOBIN: directory };
  const made = spawnSync('go', ['install', `github.com/cometbft/cometbft/cmd/cometbft@${VERSION}`], {
    env: environment,
    encoding: 'utf8',
  });
  if (existsSync(program)) return { program };
  return { reason: made.error === undefined ? `go install failed: ${made.stderr}` : 'no Go on this machine' };
}

export class Net {
  /** `signed`: the sentries wait for a remote signer; otherwise each signs with a copy of the key. */
  static async create({ program, signed }) {
    const directory = mkdtempSync(join(tmpdir(), 'quorumsign-chain-'));
    const out = join(directory, 'net');
    run(program, 'testnet', '--v', '4', '--n', '1', '--o', out, '--node-dir-prefix', 'node');
    const ports = await freePorts(NODES * 3);
    const net = new Net(program, directory, ports);
    const ids = Array.from({ length: NODES }, (_, at) => run(program, 'show-node-id', '--home', net.home(at)).trim());
    const peers = ids.map((id, at) => `${id}@127.0.0.1:${ports[at]}`);
    for (let at = 0; at < NODES; at++) {
      const isSentry = at === 0 || at === SECOND_SENTRY;
      const settings = {
        proxy_app: 'kvstore',
        persistent_peers: peers.filter((_, other) => other !== at).join(','),
        pex: false,
        addr_book_strict: false,
        allow_duplicate_ip: true,
        timeout_commit: '300ms',
        peer_gossip_sleep_duration: '10ms',
        ...(signed && isSentry ? { priv_validator_laddr: net.signerAddress(at) } : {}),
      };
      net.configure(at, settings);
    }
    if (!signed) {
      const key = join('config', 'priv_validator_key.json');
      copyFileSync(join(net.home(0), key), join(net.home(SECOND_SENTRY), key));
    }
    return net;
  }

  constructor(program, directory, ports) {
    this.program = program;
    this.directory = directory;
    this.ports = ports;
    this.processes = new Set();
  }

  home(at) {
    return join(this.directory, 'net', `node${at}`);
  }

  signerAddress(at) {
    return `tcp://127.0.0.1:${this.ports[2 * NODES + at]}`;
  }

  get signerAddresses() {
    return [this.signerAddress(0), this.signerAddress(SECOND_SENTRY)];
  }

  get keyFile() {
    return join(this.home(0), 'config', 'priv_validator_key.json');
  }

  get chainId() {
    return JSON.parse(readFileSync(join(this.home(0), 'config', 'genesis.json'), 'utf8')).chain_id;
  }

  configure(at, settings) {
    const file = join(this.home(at), 'config', 'config.toml');
    let text = readFileSync(file, 'utf8');
    for (const [key, value] of Object.entries(settings)) {
      const line = new RegExp(`^${key} = .*$`, 'm');
      if (!line.test(text)) throw new Error(`expected ${key} in config.toml`);
      text = text.replace(line, `${key} = ${typeof value === 'string' ? JSON.stringify(value) : value}`);
    }
    const [, rpc, p2p] = /\[rpc\]([\s\S]*?)\[p2p\]([\s\S]*)$/.exec(text) ?? [];
    if (rpc === undefined || p2p === undefined) throw new Error('expected [rpc] and [p2p] in config.toml');
    const laddr = (port) => `laddr = "tcp://127.0.0.1:${port}"`;
    text = text.replace(rpc, rpc.replace(/^laddr = .*$/m, laddr(this.ports[NODES + at])));
    text = text.replace(p2p, p2p.replace(/^laddr = .*$/m, laddr(this.ports[at])));
    writeFileSync(file, text);
  }

  start() {
    for (let at = 0; at < NODES; at++) {
      const log = openSync(join(this.directory, `node${at}.log`), 'a');
      const child = spawn(this.program, ['start', '--home', this.home(at)], { stdio: ['ignore', log, log] });
      closeSync(log);
      this.processes.add(child);
      child.once('exit', () => this.processes.delete(child));
    }
  }

  async rpc(path, at = 1) {
    const answer = await fetch(`http://127.0.0.1:${this.ports[NODES + at]}/${path}`, {
      signal: AbortSignal.timeout(3000),
    });
    return (await answer.json()).result;
  }

  async height() {
    return Number((await this.rpc('status').catch(() => undefined))?.sync_info.latest_block_height ?? 0);
  }

  async untilHeight(height, withinMs) {
    const endMs = performance.now() + withinMs;
    while (performance.now() < endMs) {
      if ((await this.height()) >= height) return;
      await sleep(100);
    }
    throw new Error(`expected height ${height} within ${withinMs} ms, found ${await this.height()}\n${this.log(0)}`);
  }

  /** Heights at which validator 0 is not in the commit, and evidence found, over a range. */
  async judge(from, to) {
    const address = JSON.parse(readFileSync(this.keyFile, 'utf8')).address;
    const missed = [];
    const evidence = [];
    for (let height = from; height <= to; height++) {
      const { validators } = await this.rpc(`validators?height=${height}&per_page=100`);
      const index = validators.findIndex((validator) => validator.address === address);
      const { signed_header: header } = await this.rpc(`commit?height=${height}`);
      if (index >= 0 && header.commit.signatures[index].block_id_flag !== 2) missed.push(height);
      const { block } = await this.rpc(`block?height=${height}`);
      evidence.push(...block.evidence.evidence.map((each) => `${each.type} in block ${height}`));
    }
    return { missed, evidence };
  }

  log(at) {
    return readFileSync(join(this.directory, `node${at}.log`), 'utf8')
      .split('\n')
      .slice(-12)
      .join('\n');
  }

  async stop() {
    for (const child of this.processes) child.kill('SIGTERM');
    const endMs = performance.now() + 4000;
    while (this.processes.size > 0 && performance.now() < endMs) await sleep(50);
    for (const child of this.processes) child.kill('SIGKILL');
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function run(program, ...args) {
  const made = spawnSync(program, args, { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`${args[0]} failed: ${made.stderr}`);
  return made.stdout;
}
