// Memory and open files of processes over the run, from /proc.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { sleep } from '../support/cluster.mjs';

const SAMPLE_MS = 500;
/** Sizes are compared where there was time to reach them: the collector takes a minute to find its own. */
const GROWTH_MINUTES_MIN = 2;
/** What the means of the second and the last quarter may differ by: the collector's own swing. */
const GROWTH_MIB_MAX = 16;
const RESIDENT_MIB_MAX = 200;
/** Silent handshakes and connections end within 18 s. */
const QUIET_MS_MAX = 25_000;

export class Sizes {
  #processes;
  #samples = [];
  #idle;

  /** @param processes - by name: children whose sizes are as they should stay */
  constructor(processes) {
    this.#processes = processes;
    this.#idle = this.#now();
  }

  get alive() {
    return [...this.#processes.values()].every(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  }

  /** Samples until `goesOn` says no. */
  async watch(goesOn) {
    while (goesOn() && this.alive) {
      this.#samples.push(this.#now());
      await sleep(SAMPLE_MS);
    }
  }

  /** Waits until every process has no more files open than before. */
  async quiet() {
    const endMs = performance.now() + QUIET_MS_MAX;
    while (this.alive && performance.now() < endMs) {
      if (this.#now().every(({ files }, at) => files <= this.#idle[at].files + 2)) return;
      await sleep(100);
    }
  }

  /** @returns for each process: its line, and what is wrong with it */
  report(minutes) {
    const now = this.alive ? this.#now() : this.#idle;
    return [...this.#processes].map(([name, { pid }], at) => {
      const [before, after] = [this.#idle[at], now[at]];
      const quarter = (n) =>
        mean(
          this.#samples
            .slice(Math.floor((this.#samples.length * n) / 4), Math.ceil((this.#samples.length * (n + 1)) / 4))
            .map((each) => each[at].residentMiB),
        );
      const [second, last] = [quarter(1), quarter(3)];
      const most = Math.max(...this.#samples.map((each) => each[at].residentMiB));
      const wrong = [];
      if (minutes >= GROWTH_MINUTES_MIN && last - second > GROWTH_MIB_MAX)
        wrong.push(`it grew from ${second.toFixed(1)} to ${last.toFixed(1)} MiB`);
      if (most > RESIDENT_MIB_MAX) wrong.push(`it took ${most.toFixed(0)} MiB`);
      if (after.files > before.files + 2)
        wrong.push(`it keeps ${after.files} files, before it had ${before.files}: ${openFiles(pid)}`);
      const quarters = [0, 1, 2, 3].map((n) => quarter(n).toFixed(0)).join(', ');
      const memory = `${before.residentMiB.toFixed(0)} before, by quarters ${quarters}, at most ${most.toFixed(0)}`;
      return { name, line: `resident MiB ${memory}; files ${before.files} before, ${after.files} after`, wrong };
    });
  }

  #now() {
    return [...this.#processes.values()].map(({ pid }) => ({
      residentMiB: residentMiB(pid),
      files: readdirSync(`/proc/${pid}/fd`).length,
    }));
  }
}

function residentMiB(pid) {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) / 1024;
}

/** What is open, for a reader: paths, and of sockets their ends and state. */
function openFiles(pid) {
  const sockets = new Map();
  for (const table of ['tcp', 'tcp6']) {
    for (const line of readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n').slice(1)) {
      const [, local, remote, state, , , , , , inode] = line.trim().split(/\s+/);
      if (inode !== undefined) sockets.set(`socket:[${inode}]`, `${port(local)}-${port(remote)} state ${state}`);
    }
  }
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  return links.map((link) => sockets.get(link) ?? link).join(', ');
}

/** Of an address in the kernel's tables. */
function port(address) {
  return Number.parseInt(address.split(':').at(-1), 16);
}

function mean(numbers) {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}
