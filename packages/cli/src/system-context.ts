/** The real world behind {@link CommandContext}: the one file of the product that reads the environment. */

import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import tls from 'node:tls';
import { createCosigner } from '@quorumsign/cosigner';
import type { CommandContext, TextSink } from './context.js';
import { EXIT_FAILED } from './exit-code.js';
import { promptSecret } from './prompt-secret.js';

/** Made once, by `bin.ts`. */
export function systemContext(): CommandContext {
  return {
    environment: process.env,
    userDirectory: homedir(),
    stdout: sink(process.stdout),
    stderr: sink(process.stderr),
    now: () => new Date(),
    randomBytes: (length) => randomBytes(length),
    promptSecret: process.stdin.isTTY ? (question) => promptSecret(question, process.stdin, process.stderr) : undefined,
    every: (intervalMs, callback) => {
      const timer = setInterval(callback, intervalMs);
      return () => clearInterval(timer);
    },
    stopRequested,
    onHangup: (callback) => {
      process.on('SIGHUP', callback);
      return () => process.off('SIGHUP', callback);
    },
    createCosigner,
    requireTls13: () => {
      tls.DEFAULT_MIN_VERSION = 'TLSv1.3';
    },
    shareWorkFactor: undefined,
  };
}

function sink(stream: NodeJS.WriteStream): TextSink {
  return {
    isTerminal: stream.isTTY === true,
    write: (text) => {
      stream.write(text);
    },
  };
}

function stopRequested(): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(EXIT_FAILED); // Whoever asks twice does not want to wait for the draining.
        asked = true;
        resolve(signal);
      });
    }
  });
}
