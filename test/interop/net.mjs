// A chain of real nodes on loopback, of any release: four validators; the first has two nodes (sentries), the others one each.
//
// The first validator's key file stays in its home for `cluster create` to read, and no node signs with it: a node whose signer is set
// does not look at it. In the control there is no signer, and both sentries sign with a copy.

import { spawn, spawnSync } from 'node:child_process';
import { closeSync, copyFileSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts, sleep } from '../support/cluster.mjs';
import { appAddress, startApp, untilListening } from './app.mjs';
import { configure, nodeSettings, signerSettings } from './settings.mjs';

const NODES = 5;
/** Both nodes of validator 0. */
export const SENTRIES = [0, 4];
const REQUEST_MS_MAX = 3000;
const COMMAND_MS_MAX = 30_000;
const STOP_MS_MAX = 4000;
const LOG_BYTES_MAX = 256 * 1024 * 1024;

export class Net {
  /**
   * `dashed`: the keys of config.toml are those of Tendermint 0.35; `appProgram`: a process beside each node in place of
   * the built-in kvstore; `genesis`: a change of it, before any node starts; `commit`: timeout_commit.
   */
  static create({ program, dashed = false, appProgram = undefined, commit = '300ms', genesis = undefined, ports }) {
    const directory = mkdtempSync(join(tmpdir(), 'quorumsign-interop-'));
    const net = new Net(program, directory, ports);
    net.appProgram = appProgram;
    run(program, 'testnet', '--v', '4', '--n', '1', '--o', join(directory, 'net'), '--node-dir-prefix', 'node');
    // 0.35 has its log on standard output as well; the id is the last line of every release.
    const ids = net.nodes.map((at) => run(program, 'show-node-id', '--home', net.home(at)).trim().split('\n').pop());
    for (const at of net.nodes) {
      const peers = net.nodes.filter((other) => other !== at).map((other) => `${ids[other]}@127.0.0.1:${ports[other]}`);
      const app = appProgram === undefined ? 'kvstore' : appAddress(directory, at);
      configure(net.#config(at), nodeSettings({ dashed, app, commit, rpc: ports[NODES + at], p2p: ports[at], peers }));
      if (genesis !== undefined) net.#changeGenesis(at, genesis);
    }
    return net;
  }

  /** As many as `create` wants. */
  static freePorts() {
    return freePorts(NODES * 3);
  }

  constructor(program, directory, ports) {
    this.program = program;
    this.directory = directory;
    this.ports = ports;
    this.nodes = Array.from({ length: NODES }, (_, at) => at);
    this.processes = new Map();
    /** Nodes and applications that ended by themselves: there must be none. */
    this.ended = [];
  }

  home(at) {
    return join(this.directory, 'net', `node${at}`);
  }

  #config(at) {
    return join(this.home(at), 'config', 'config.toml');
  }

  get keyFile() {
    return join(this.home(0), 'config', 'priv_validator_key.json');
  }

  get chainId() {
    return this.#genesis(0).chain_id;
  }

  #genesis(at) {
    return JSON.parse(readFileSync(join(this.home(at), 'config', 'genesis.json'), 'utf8'));
  }

  #changeGenesis(at, change) {
    const genesis = this.#genesis(at);
    change(genesis);
    writeFileSync(join(this.home(at), 'config', 'genesis.json'), JSON.stringify(genesis));
  }

  /** Where a sentry waits for its signer, by transport. */
  signerAddress(at, transport) {
    if (transport === 'unix') return `unix://${join(this.directory, `s${at}.sock`)}`;
    return `${transport}://127.0.0.1:${this.ports[2 * NODES + at]}`;
  }

  /** `noise://` as the signer dials it: with the node's own peer id. */
  noiseAddress(at) {
    const id = run(this.program, 'show-node-id', '--libp2p', '--home', this.home(at)).trim();
    return this.signerAddress(at, 'noise').replace('noise://', `noise://${id}@`);
  }

  setSigner(at, address, tls = undefined) {
    configure(this.#config(at), signerSettings(address, tls));
  }

  /** The mistake that the control makes: the second sentry gets a copy of the key. */
  copyKey() {
    copyFileSync(this.keyFile, join(this.home(SENTRIES[1]), 'config', 'priv_validator_key.json'));
  }

  async start(nodes = this.nodes) {
    if (this.appProgram !== undefined) {
      const { appProgram: program, directory, chainId } = this;
      for (const at of nodes) this.#watch(`app${at}`, startApp({ program, directory, chainId, at }));
      await untilListening(directory, nodes);
    }
    for (const at of nodes) {
      const log = openSync(this.#logFile(at), 'a');
      const child = spawn(this.program, ['start', '--home', this.home(at)], { stdio: ['ignore', log, log] });
      closeSync(log);
      this.#watch(`node${at}`, child);
    }
  }

  #watch(name, child) {
    this.processes.set(name, child);
    child.once('exit', (code, signal) => {
      this.processes.delete(name);
      if (!this.stopping) this.ended.push(`${name} ended with ${code ?? signal}`);
    });
  }

  async rpc(path, at = 1) {
    const answer = await fetch(`http://127.0.0.1:${this.ports[NODES + at]}/${path}`, {
      signal: AbortSignal.timeout(REQUEST_MS_MAX),
    });
    const { result, error } = await answer.json();
    if (error !== undefined) throw new Error(`${path}: ${JSON.stringify(error)}`);
    return result;
  }

  async height(at = 1) {
    return Number((await this.rpc('status', at).catch(() => undefined))?.sync_info.latest_block_height ?? 0);
  }

  async untilHeight(height, withinMs) {
    const endMs = performance.now() + withinMs;
    while (performance.now() < endMs) {
      if ((await this.height()) >= height) return;
      if (this.ended.length > 0) throw new Error(`${this.ended.join(', ')}\n${this.#tails()}`);
      await sleep(100);
    }
    throw new Error(`expected height ${height} within ${withinMs} ms, found ${await this.height()}\n${this.#tails()}`);
  }

  #logFile(at) {
    return join(this.directory, `node${at}.log`);
  }

  log(at) {
    const text = readFileSync(this.#logFile(at), 'utf8');
    if (text.length > LOG_BYTES_MAX) throw new Error(`node${at}: expected a log of at most ${LOG_BYTES_MAX} bytes`);
    return text;
  }

  #tails() {
    return [0, 1].map((at) => `--- node${at}\n${this.log(at).split('\n').slice(-12).join('\n')}`).join('\n');
  }

  /** `keep` leaves homes and logs behind, to be looked at. */
  async stop({ keep = false } = {}) {
    this.stopping = true;
    for (const child of this.processes.values()) child.kill('SIGTERM');
    const endMs = performance.now() + STOP_MS_MAX;
    while (this.processes.size > 0 && performance.now() < endMs) await sleep(50);
    for (const child of this.processes.values()) child.kill('SIGKILL');
    if (keep) console.log(`kept: ${this.directory}`);
    else rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A command of the node's own, whose answer is on standard output. */
export function run(program, ...args) {
  const made = spawnSync(program, args, { encoding: 'utf8', timeout: COMMAND_MS_MAX });
  if (made.status !== 0) throw new Error(`${args[0]} failed: ${made.stderr || made.error?.message}`);
  return made.stdout;
}
