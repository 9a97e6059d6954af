import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cosigner } from '@quorumsign/cosigner';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../src/index.js';
import { main } from '../src/main.js';
import { testContext } from './context.js';
import { freePort } from './ports.js';

const folder = await mkdtemp(join(tmpdir(), 'quorumsign-fatal-'));
afterAll(() => rm(folder, { recursive: true }));

async function createHome(): Promise<string> {
  const out = join(folder, 'cluster');
  const cosigners = ['alpha', 'beta', 'gamma'].flatMap((name, at) => ['--cosigner', `${name}=127.0.0.1:${7070 + at}`]);
  const http = ['--http', `alpha=127.0.0.1:${await freePort()}`];
  const args = [
    'cluster',
    'create',
    '--chain-id',
    'chain-1',
    '--threshold',
    '2',
    '--plaintext-shares',
    '--never-signed',
  ];
  expect(await run([...args, ...cosigners, ...http, '--out', out], testContext(folder))).toBe(0);
  return join(out, 'alpha');
}

/** A cosigner that has stopped for safety, with something of it still open. */
function deadCosigner(calls: string[]): Cosigner {
  return {
    fatal: Promise.resolve({ exitCode: 3, reason: 'the disk is gone' }),
    start: async () => void calls.push('start'),
    stop: async () => void calls.push('stop'),
    status: () => {
      throw new Error('not asked in this test');
    },
    transferLeadership: () => undefined,
    reload: async () => [],
  };
}

describe('a cosigner that stops for safety', () => {
  it('ends the process with its exit code at once, and is not asked to stop in order', async () => {
    const home = await createHome();
    const calls: string[] = [];
    const context = testContext(folder, { createCosigner: async () => deadCosigner(calls) });
    const exits: number[] = [];
    await main(['start', '--home', home, '--yes'], context, (code) => exits.push(code));
    expect(exits).toEqual([3]);
    expect(calls).toEqual(['start']);
    expect(context.err).toMatch(/"level":"fatal".*the disk is gone/);
  });

  it('as every command, which ends the process with what it returned', async () => {
    const exits: number[] = [];
    await main(['start', '--home', join(folder, 'nowhere')], testContext(folder), (code) => exits.push(code));
    await main(['--help'], testContext(folder), (code) => exits.push(code));
    expect(exits).toEqual([2, 0]);
  });
});
