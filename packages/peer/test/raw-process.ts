/** Starts `raw-peer.mjs` and talks to it. */

import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { encodeHello } from '../src/packet.js';
import { CLUSTER, identityOf } from './grpc-lab.js';

export interface RawPeer {
  readonly bootId: string;
  /** Resolves with the line that begins so. */
  printed(text: string): Promise<string>;
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Makes it hang behind a frame that it sends; what is sent to it in `unread` it does not read. */
  speakWithoutReading(unread: () => void): Promise<void>;
  /** Kills it and returns when it is dead; the caller's loop stands still. */
  killAtOnce(): void;
  /** Kills it and resolves when it is gone. */
  end(): Promise<void>;
}

export function startRawPeer(role: 'listen' | 'dial', name: string, port: number, fill = 1): RawPeer {
  const script = fileURLToPath(new URL('raw-peer.mjs', import.meta.url));
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(process.execPath, [script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  const waiters = new Set<() => void>();
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes.toString();
    for (const look of [...waiters]) look();
  });
  const printed = (text: string): Promise<string> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = output.split('\n').find((line) => line.startsWith(text));
        if (found === undefined) return;
        waiters.delete(look);
        resolve(found);
      };
      waiters.add(look);
      look();
    });
  const bootId = Buffer.alloc(16, fill);
  const hello = { versionMin: 1, versionMax: 1, cluster: CLUSTER, name, bootId, random: Buffer.alloc(16, fill) };
  child.stdin.write(
    `${JSON.stringify({ role, port, ...identityOf(name), helloHex: encodeHello(hello).toString('hex') })}\n`,
  );
  return {
    bootId: bootId.toString('hex'),
    printed,
    signal: (signal) => child.kill(signal),
    speakWithoutReading: async (unread) => {
      child.stdin.write('speak without reading\n');
      await printed('not reading');
      unread();
      // What was sent goes to the kernel at the end of this turn.
      await new Promise(setImmediate);
      await new Promise(setImmediate);
      child.stdin.write('.');
    },
    killAtOnce: () => {
      child.kill('SIGKILL');
      waitUntilDead(child.pid);
    },
    end: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}

/** Blocks this process's loop until the other has ended and its sockets are closed. It is a zombie then: this loop collects it. */
function waitUntilDead(pid: number | undefined): void {
  const giveUpAt = Date.now() + 10_000;
  while (!isDead(pid)) {
    if (Date.now() > giveUpAt) throw new Error(`process ${pid}: expected its end, found it alive`);
  }
}

function isDead(pid: number | undefined): boolean {
  if (!existsSync('/proc/self/stat')) {
    const { error, stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
    if (error !== undefined) throw error;
    return /^(Z|$)/.test(stdout.trim());
  }
  // The first of its threads can be a zombie while another still holds the sockets.
  const [, state] = /\) (.)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
  return state === 'Z' && readdirSync(`/proc/${pid}/task`).length === 1;
}
