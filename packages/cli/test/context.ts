/** A command's world for tests: memory for output, real files, no terminal and no environment unless a test gives them. */

import { randomBytes } from 'node:crypto';
import type { CommandContext } from '../src/context.js';

export type TestContext = CommandContext & { out: string; err: string };

export function testContext(userDirectory: string, more: Partial<CommandContext> = {}): TestContext {
  const made: TestContext = {
    out: '',
    err: '',
    environment: {},
    userDirectory,
    stdout: {
      isTerminal: false,
      write: (text: string) => {
        made.out += text;
      },
    },
    stderr: {
      isTerminal: false,
      write: (text: string) => {
        made.err += text;
      },
    },
    now: () => new Date(),
    randomBytes: (length: number) => Uint8Array.from(randomBytes(length)),
    promptSecret: undefined,
    every: () => () => {},
    stopRequested: () => new Promise<string>(() => {}),
    onHangup: () => () => {},
    createCosigner: () => Promise.reject(new Error('not started in this test')),
    requireTls13: () => {},
    shareWorkFactor: 4,
    ...more,
  };
  return made;
}
