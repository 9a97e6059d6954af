/** Starts `raw-peer.mjs` and talks to it. */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { encodeHello } from '../src/packet.js';
import { CLUSTER, identityOf } from './grpc-lab.js';

export interface RawPeer {
  readonly bootId: string;
  /** Resolves with the line that begins so. */
  printed(text: string): Promise<string>;
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
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
  const bootId = Buffer.alloc(16, fill);
  const hello = { versionMin: 1, versionMax: 1, cluster: CLUSTER, name, bootId, random: Buffer.alloc(16, fill) };
  child.stdin.write(
    `${JSON.stringify({ role, port, ...identityOf(name), helloHex: encodeHello(hello).toString('hex') })}\n`,
  );
  return {
    bootId: bootId.toString('hex'),
    printed: (text) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = output.split('\n').find((line) => line.startsWith(text));
          if (found === undefined) return;
          waiters.delete(look);
          resolve(found);
        };
        waiters.add(look);
        look();
      }),
    signal: (signal) => child.kill(signal),
    end: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}
