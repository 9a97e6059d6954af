import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../src/program.js';
import { type TestContext, testContext } from './context.js';

let directory: string;
let context: TestContext;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'quorumsign-split-'));
  context = testContext(directory);
  const made = await quorumsign(
    ...['cluster', 'create', '--chain-id', 'one', '--threshold', '2', '--plaintext-shares', '--never-signed'],
    ...['alpha=127.0.0.1:7070', 'beta=127.0.0.1:7071', 'gamma=127.0.0.1:7072'].flatMap((each) => ['--cosigner', each]),
    ...['--out', join(directory, 'cluster')],
  );
  expect(made).toBe(0);
  context.out = '';
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const quorumsign = (...args: string[]) => run(args, context);
const home = () => join(directory, 'cluster', 'alpha');
const out = () => join(directory, 'shares');
const generate = (...more: string[]) =>
  quorumsign('keys', 'generate', '--home', home(), '--chain-id', 'two', '--out', out(), ...more);

describe('keys generate', () => {
  it('writes a share for every cosigner, and the entry that takes them into use', async () => {
    expect(await generate('--plaintext-shares', '--floor', '77')).toBe(0);
    expect((await readdir(out())).sort()).toEqual(['README.txt', 'alpha', 'beta', 'gamma']);
    expect((await readdir(join(out(), 'beta', 'shares'))).sort()).toEqual(['two.json', 'two.share']);
    expect(context.out).toContain('floor: "77"');
    await cp(join(out(), 'alpha', 'shares'), join(home(), 'shares'), { recursive: true });
    const file = join(home(), 'quorumsign.yaml');
    const before = await readFile(file, 'utf8');
    await writeFile(file, before.replace(/^chains:\n/m, 'chains:\n  - { chainId: two, floor: "77", nodes: [] }\n'));
    expect(await quorumsign('config', 'check', '--home', home())).toBe(0);
    context.out = '';
    expect(await quorumsign('keys', 'show', '--home', home())).toBe(0);
    expect(context.out).toMatch(/chain +two/);
  });

  it('overwrites nothing', async () => {
    expect(await generate('--plaintext-shares')).toBe(0);
    expect(await generate('--plaintext-shares')).toBe(2);
    expect(context.err).toContain('WOULD_OVERWRITE');
  });

  it('says what is wrong with a folder that cannot be made, by the name that was typed', async () => {
    const tooLong = join(directory, 'x'.repeat(250));
    expect(await generate('--plaintext-shares', '--out', tooLong)).toBe(2);
    expect(context.err).toContain(
      `FILE: ${tooLong}: expected a place where this folder can be made, found ENAMETOOLONG`,
    );
    expect(context.err).not.toContain('.tmp');
    expect(await readdir(directory)).toEqual(['cluster']);
  });

  it.each([
    ['a chain that is there', ['--chain-id', 'one', '--plaintext-shares'], /does not have, found one/],
    ['neither passphrase nor --plaintext-shares', [], /--passphrase-file/],
    ['a floor that is no height', ['--plaintext-shares', '--floor', '0'], /--floor/],
  ])('refuses %s', async (_name, more, message) => {
    expect(await generate(...more)).toBe(2);
    expect(context.err).toMatch(message);
    await expect(readdir(out())).rejects.toThrow();
  });
});

describe('keys split', () => {
  it('refuses a key that may have signed without a floor', async () => {
    const key = join(directory, 'key.json');
    await writeFile(key, '{}', { mode: 0o600 });
    const args = ['--home', home(), '--chain-id', 'two', '--key', key, '--plaintext-shares', '--out', out()];
    expect(await quorumsign('keys', 'split', ...args)).toBe(3);
    expect(context.err).toContain('FLOOR_MISSING');
  });
});
