import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cosigner, CosignerConfig } from '@quorumsign/cosigner';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { run } from '../src/index.js';
import { testContext } from './context.js';
import { freePort } from './ports.js';

const folder = await mkdtemp(join(tmpdir(), 'quorumsign-reload-'));
afterAll(() => rm(folder, { recursive: true }));
let count = 0;

async function createHome(): Promise<string> {
  const out = join(folder, String(count++));
  const cosigners = ['alpha', 'beta', 'gamma'].flatMap((name, at) => ['--cosigner', `${name}=127.0.0.1:${7070 + at}`]);
  const args = ['--chain-id', 'c', '--threshold', '2', '--plaintext-shares', '--never-signed', '--out', out];
  const http = ['--http', `alpha=127.0.0.1:${await freePort()}`];
  expect(await run(['cluster', 'create', ...args, ...cosigners, ...http], testContext(folder))).toBe(0);
  return join(out, 'alpha');
}

/** `start` with a cosigner that only notes what it is asked to take over, and that is stopped by `end`. */
async function started(home: string, { hangUpEarly = false } = {}) {
  const reloads: CosignerConfig[] = [];
  let hangUp = () => {};
  let end = (_signal: string) => {};
  const stopped = new Promise<string>((resolve) => {
    end = resolve;
  });
  const cosigner: Cosigner = {
    fatal: new Promise(() => {}),
    start: async () => {},
    stop: async () => {},
    status: () => {
      throw new Error('not asked in this test');
    },
    transferLeadership: () => undefined,
    reload: async (config) => {
      reloads.push(config);
      return [];
    },
  };
  const context = testContext(folder, {
    createCosigner: async () => {
      if (hangUpEarly) hangUp();
      return cosigner;
    },
    onHangup: (callback) => {
      hangUp = callback;
      return () => {};
    },
    stopRequested: () => stopped,
  });
  const code = run(['start', '--home', home], context);
  await vi.waitUntil(() => context.err.includes('"msg":"started"'), { timeout: 10_000 });
  const stop = () => {
    end('SIGTERM');
    return code;
  };
  return { reloads, context, hangUp: () => hangUp(), stop };
}

describe('SIGHUP', () => {
  it('before the cosigner runs is answered when it does', async () => {
    const { reloads, context, stop } = await started(await createHome(), { hangUpEarly: true });
    await vi.waitUntil(() => context.err.includes('"msg":"configuration reloaded"'));
    expect(reloads).toHaveLength(1);
    expect(await stop()).toBe(0);
  });

  it.each([
    ['http', /listen: "?127\.0\.0\.1:\d+"?/, 'listen: "127.0.0.1:1"'],
    ['log', /level: info/, 'level: debug'],
  ])('with %s changed is refused: that takes a restart', async (section, before, after) => {
    const home = await createHome();
    const { reloads, context, hangUp, stop } = await started(home);
    const file = join(home, 'quorumsign.yaml');
    const [head = '', tail = ''] = (await readFile(file, 'utf8')).split(new RegExp(`^(?=${section}:)`, 'm'));
    expect(tail).toMatch(before);
    await writeFile(file, head + tail.replace(before, after));
    hangUp();
    await vi.waitUntil(() => context.err.includes('reload refused'));
    expect(context.err).toContain(
      `REFUSED: ${section} changed: restart this cosigner to have it so; nothing was changed`,
    );
    expect(reloads).toEqual([]);
    expect(await stop()).toBe(0);
  });
});
