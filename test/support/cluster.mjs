// A cluster of real cosigner processes on loopback, made and driven through the command as an operator would.

import { spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const root = new URL('../..', import.meta.url).pathname;
const program = join(root, 'packages', 'cli', 'bin', 'quorumsign.js');
const READY_MS_MAX = 20_000;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Below those that Linux (32768 and up) and others give to whoever dials: a port that is found free is not taken by a dialler before its user starts. */
const PORT_MIN = 10_240;
const PORT_MAX = 32_767;
/** Where the next search begins: in each process elsewhere, and no port twice until all were looked at. */
let nextPort = randomInt(PORT_MIN, PORT_MAX + 1);

/** Ports that are free now; held open together so that no two are the same. */
export async function freePorts(count) {
  const servers = [];
  for (let tries = PORT_MAX - PORT_MIN; servers.length < count && tries > 0; tries--) {
    const server = await listening(nextPort);
    nextPort = nextPort === PORT_MAX ? PORT_MIN : nextPort + 1;
    if (server !== undefined) servers.push(server);
  }
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  if (ports.length < count) throw new Error(`expected ${count} free ports, found ${ports.length}`);
  return ports;
}

/** A server on a port; undefined where it is taken. */
function listening(port) {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

export class Cluster {
  /** `nodes`: addresses dialled by all, or by cosigner name. `more`: flags of `cluster create`. */
  static async create({
    chainId,
    names = ['alpha', 'beta', 'gamma'],
    threshold = 2,
    nodes = [],
    nodesOf = {},
    keyFile = undefined,
    more = [],
  }) {
    const directory = mkdtempSync(join(tmpdir(), 'quorumsign-cluster-'));
    const ports = await freePorts(names.length * 2);
    const args = [
      'cluster',
      'create',
      '--chain-id',
      chainId,
      '--threshold',
      String(threshold),
      '--never-signed',
      '--plaintext-shares',
    ];
    for (const [at, name] of names.entries()) {
      args.push(
        '--cosigner',
        `${name}=127.0.0.1:${ports[at]}`,
        '--http',
        `${name}=127.0.0.1:${ports[names.length + at]}`,
      );
      for (const address of nodesOf[name] ?? []) args.push('--node', `${name}=${address}`);
    }
    for (const address of nodes) args.push('--node', address);
    if (keyFile !== undefined) args.push('--key', keyFile);
    args.push(...more);
    const out = join(directory, 'cluster');
    const made = spawnSync(process.execPath, [program, ...args, '--out', out], { encoding: 'utf8' });
    if (made.status !== 0) throw new Error(`cluster create failed (${made.status}): ${made.stderr}`);
    return new Cluster(directory, out, names, ports.slice(names.length));
  }

  constructor(directory, out, names, httpPorts) {
    this.directory = directory;
    this.out = out;
    this.names = names;
    this.httpPorts = new Map(names.map((name, at) => [name, httpPorts[at]]));
    this.processes = new Map();
    /** Whether cosigners that are started write down what their Raft does. */
    this.isTraced = false;
  }

  /** What Raft did in all cosigners, in the order of the machine's clock. */
  raftTrace() {
    const lines = this.names.flatMap((name) =>
      readFileSync(join(this.directory, `${name}.trace`), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => ({ line, at: BigInt(/^\{"at":"(\d+)"/.exec(line)[1]) })),
    );
    // Of one process the order in the file; the sort is stable.
    return lines.sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at))).map(({ line }) => line);
  }

  home(name) {
    return join(this.out, name);
  }

  /** Its log so far, for a message when something went wrong. */
  log(name) {
    return readFileSync(join(this.directory, `${name}.log`), 'utf8');
  }

  start(name) {
    const log = openSync(join(this.directory, `${name}.log`), 'a');
    // By its first line, as an operator's shell would: it sets the limits of the heap.
    const trace = this.isTraced ? ['--raft-trace', join(this.directory, `${name}.trace`)] : [];
    const child = spawn(program, ['start', '--home', this.home(name), '--yes', ...trace], {
      stdio: ['ignore', 'ignore', log],
    });
    closeSync(log);
    child.once('exit', (code, signal) => {
      if (this.processes.get(name) === child) this.processes.delete(name);
      child.ended = `${code ?? signal}`;
    });
    this.processes.set(name, child);
    return child;
  }

  async startAll() {
    for (const name of this.names) this.start(name);
    await this.until(async () =>
      (await Promise.all(this.names.map((name) => this.status(name)))).every((status) => status?.ready),
    );
  }

  /** SIGKILL, and waits until it is gone. */
  async kill(name) {
    const child = this.processes.get(name);
    if (child === undefined) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** What a cosigner says of itself, or undefined while it does not answer. */
  async status(name) {
    try {
      const answer = await fetch(`http://127.0.0.1:${this.httpPorts.get(name)}/status`, {
        signal: AbortSignal.timeout(1000),
      });
      return answer.ok ? await answer.json() : undefined;
    } catch {
      return undefined;
    }
  }

  async leader() {
    for (const name of this.processes.keys()) {
      if ((await this.status(name))?.role === 'leader') return name;
    }
    return undefined;
  }

  async until(condition, withinMs = READY_MS_MAX, pauseMs = 50) {
    const endMs = performance.now() + withinMs;
    while (performance.now() < endMs) {
      if (await condition()) return;
      await sleep(pauseMs);
    }
    const logs = this.names.map((name) => `--- ${name}\n${this.log(name).split('\n').slice(-8).join('\n')}`);
    throw new Error(`expected a condition within ${withinMs} ms, it did not come\n${logs.join('\n')}`);
  }

  /** `quorumsign ARGS` on a home: exit code, output. */
  run(name, ...args) {
    return spawnSync(process.execPath, [program, ...args, '--home', this.home(name)], { encoding: 'utf8' });
  }

  /** The same while the caller's nodes go on answering: a command that is slow to start must not look like a signer that is. */
  runBeside(name, ...args) {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [program, ...args, '--home', this.home(name)], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let stderr = '';
      child.stderr.on('data', (bytes) => {
        stderr += bytes;
      });
      child.once('error', reject).once('close', (status) => resolve({ status, stderr }));
    });
  }

  /** SIGTERM to all, SIGKILL to what has not ended in time; then the files go, unless `keep`. */
  async stop({ keep = false } = {}) {
    const children = [...this.processes.values()];
    for (const child of children) child.kill('SIGTERM');
    const endMs = performance.now() + 5000;
    while (this.processes.size > 0 && performance.now() < endMs) await sleep(20);
    for (const child of this.processes.values()) child.kill('SIGKILL');
    if (keep) console.log(`kept: ${this.directory}`);
    else rmSync(this.directory, { recursive: true, force: true });
  }
}
