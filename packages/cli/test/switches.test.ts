import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { run } from '../src/index.js';
import { testContext } from './context.js';

const folder = await mkdtemp(join(tmpdir(), 'quorumsign-switches-'));
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());
let count = 0;

const NAME = 'QUORUMSIGN_PLAINTEXT_SHARES';

async function create(value: string) {
  vi.stubEnv(NAME, value);
  const out = join(folder, String(count++));
  const context = testContext(folder, { environment: { [NAME]: value } });
  const cosigners = ['alpha', 'beta', 'gamma'].flatMap((name, at) => ['--cosigner', `${name}=127.0.0.1:${7070 + at}`]);
  const code = await run(
    ['cluster', 'create', '--chain-id', 'c', '--threshold', '2', ...cosigners, '--out', out],
    context,
  );
  return { code, err: context.err, shares: code === 0 ? await readdir(join(out, 'alpha', 'shares')) : [] };
}

describe('the variable of a flag without a value', () => {
  it.each(['true', '1'])('%s is the flag', async (value) => {
    expect(await create(value)).toMatchObject({ code: 0, shares: expect.arrayContaining(['c.share']) });
  });

  it.each(['false', '0', ''])('%j is no flag', async (value) => {
    expect(await create(value)).toMatchObject({
      code: 2,
      err: expect.stringContaining('expected --passphrase-file FILE'),
    });
  });

  it('anything else is refused', async () => {
    const { code, err } = await create('no');
    expect({ code, err }).toEqual({
      code: 2,
      err: `quorumsign: USAGE: ${NAME}: expected true or 1, false or 0, found "no"\n`,
    });
  });

  it('of every command is read so', async () => {
    vi.stubEnv('QUORUMSIGN_YES', 'perhaps');
    const context = testContext(folder, { environment: { QUORUMSIGN_YES: 'perhaps' } });
    expect(await run(['version'], context)).toBe(2);
    expect(context.err).toContain('QUORUMSIGN_YES: expected true or 1, false or 0, found "perhaps"');
  });
});
