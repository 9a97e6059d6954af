import { chmod, cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '@quorumsign/store';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../src/program.js';
import { testContext } from './context.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quorumsign-check-'));
  await writeFile(join(folder, 'pass'), 'correct horse battery\n');
  // Two of two: their safety margin is 1, so that a good home has nothing to warn of.
  await create('good', ['alpha', 'beta'], '--plaintext-shares');
  await create('locked', ['alpha', 'beta'], '--passphrase-file', join(folder, 'pass'));
  await create('other', ['alpha', 'beta'], '--plaintext-shares', '--cluster', 'other');
  await create('narrow', ['alpha', 'beta', 'gamma'], '--plaintext-shares');
});
afterAll(() => rm(folder, { recursive: true }));

async function create(out: string, names: readonly string[], ...more: string[]): Promise<void> {
  const cosigners = names.flatMap((name, at) => ['--cosigner', `${name}=127.0.0.1:${7070 + at}`]);
  const args = ['--chain-id', 'one', '--threshold', '2', ...cosigners, ...more, '--out', join(folder, out)];
  const context = testContext(folder);
  expect(await run(['cluster', 'create', ...args], context), context.err).toBe(0);
}

const place = (cluster: string, ...more: string[]) => join(folder, cluster, ...more);
let home: string;
let count = 0;
/** A copy of alpha's home that a test may spoil. */
async function copyOf(cluster: string): Promise<string> {
  home = join(folder, `home-${count++}`);
  await cp(place(cluster, 'alpha'), home, { recursive: true });
  await chmod(home, 0o700);
  return home;
}
const share = (end = 'share') => join(home, 'shares', `one.${end}`);

async function check(): Promise<{ code: number; ok: boolean; errors: string[]; warnings: string[] }> {
  const context = testContext(folder);
  const code = await run(['config', 'check', '--home', home, '-o', 'json'], context);
  const { ok, findings } = JSON.parse(context.out) as {
    ok: boolean;
    findings: { level: string; message: string }[];
  };
  const of = (level: string) => findings.filter((each) => each.level === level).map(({ message }) => message);
  return { code, ok, errors: of('error'), warnings: of('warning') };
}

/** What a start says; it ends before a cosigner is made. */
async function startError(): Promise<string> {
  const context = testContext(folder);
  expect(await run(['start', '--home', home, '--passphrase-file', join(folder, 'pass')], context)).toBe(2);
  return context.err.replace(/^.*quorumsign: /s, '').trimEnd();
}

const FINE = { code: 0, ok: true, errors: [], warnings: [] };
const refused = (message: string) => ({ code: 2, ok: false, errors: [message], warnings: [] });

describe('config check', () => {
  beforeEach(() => copyOf('good'));

  it('finds a good home fine, and one with an encrypted share without asking for its passphrase', async () => {
    expect(await check()).toEqual(FINE);
    await copyOf('locked');
    expect(await check()).toEqual(FINE);
  });

  const spoilt: [string, 'good' | 'locked', () => Promise<unknown>, string][] = [
    ['a share that is missing', 'good', () => rm(share()), 'KEY_FILE_MISSING'],
    ['an encrypted share that is missing', 'locked', () => rm(share('age')), 'KEY_FILE_MISSING'],
    ['a share that others can read', 'good', () => chmod(share(), 0o640), 'KEY_FILE_PERMISSIONS'],
    ['an encrypted share that others can read', 'locked', () => chmod(share('age'), 0o604), 'KEY_FILE_PERMISSIONS'],
    [
      'a folder of shares that others can list',
      'good',
      () => chmod(join(home, 'shares'), 0o755),
      'KEY_FILE_PERMISSIONS',
    ],
    [
      'the share of another cosigner',
      'good',
      () => cp(place('good', 'beta', 'shares', 'one.share'), share()),
      'KEY_FILE_MISMATCH',
    ],
    [
      'the share of another key',
      'good',
      () => cp(place('other', 'alpha', 'shares', 'one.share'), share()),
      'KEY_FILE_MISMATCH',
    ],
    ['a share that is cut off', 'good', () => truncate(share(), 20), 'KEY_FILE_MALFORMED'],
  ];
  it.each(spoilt)('finds %s, as a start does', async (_name, cluster, spoil, code) => {
    await copyOf(cluster);
    await spoil();
    const found = await check();
    expect(found).toEqual(refused(await startError()));
    expect(found.errors[0]).toMatch(new RegExp(`^${code}: `));
  });

  it('finds a share in the clear that does not fit the public part, and says nothing of it', async () => {
    const text = await readFile(share(), 'utf8');
    const { share: secret } = JSON.parse(text) as { share: string };
    const other = Buffer.from(secret, 'base64');
    other.writeUInt8(other.readUInt8(0) ^ 1, 0);
    await writeFile(share(), text.replace(secret, other.toString('base64')));
    const { code, errors } = await check();
    expect(code).toBe(2);
    expect(errors.join()).toMatch(/^KEY_FILE_MISMATCH: .*that the public part commits to/);
    expect(errors.join()).not.toContain(secret.slice(4, 12));
  });

  it.each([
    ['a part of its header', -5],
    ['most of what is encrypted', 31],
  ])('finds an encrypted share that has lost %s', async (_name, behindHeader) => {
    await copyOf('locked');
    const content = await readFile(share('age'));
    const headerEnd = content.indexOf('\n', content.indexOf('\n--- ') + 1) + 1;
    await truncate(share('age'), headerEnd + behindHeader);
    const { code, errors } = await check();
    expect(code).toBe(2);
    expect(errors.join()).toMatch(/^KEY_FILE_MALFORMED: .*expected a share that age encrypted/);
  });

  it.each([
    ['cosigner', 'good', 'beta', 'STORE_FOREIGN: expected the store of cosigner alpha, found that of beta'],
    ['cluster', 'other', 'alpha', 'STORE_FOREIGN: expected the store of cluster one, found that of other'],
  ])('finds the store of another %s, as opening it does', async (_field, cluster, name, message) => {
    await rm(join(home, 'store'), { recursive: true });
    await cp(place(cluster, name, 'store'), join(home, 'store'), { recursive: true });
    const opened = openStore(join(home, 'store'), { cluster: 'one', cosigner: 'alpha' });
    const error = await opened.catch((caught: unknown) => caught);
    expect(String(error)).toContain(message);
    expect(await check()).toEqual(refused(error instanceof Error ? error.message : ''));
  });

  it('warns of a safety margin of 0, as a start does, and exits 0', async () => {
    await copyOf('narrow');
    const { code, ok, errors, warnings } = await check();
    expect({ code, ok, errors }).toEqual({ code: 0, ok: true, errors: [] });
    expect(warnings).toEqual([expect.stringContaining('the safety margin is 0: with 2 of 3')]);
  });

  it.each([
    ['the home', '', '0770'],
    ['the home', '', '0702'],
    ['its ', 'quorumsign.yaml', '0660'],
    ['its ', 'quorumsign.yaml', '0606'],
  ])('warns of %s%s that others can write (mode %s), and exits 0', async (_name, file, mode) => {
    const path = file === '' ? home : join(home, file);
    await chmod(path, Number.parseInt(mode, 8));
    const message = `${path}: expected a mode in which its owner alone may write, found ${mode}; whoever else may can point this cosigner elsewhere; run: chmod go-w '${path}'`;
    expect(await check()).toEqual({ ...FINE, warnings: [message] });
  });

  it('does not mind that others can read what is no secret', async () => {
    await chmod(home, 0o755);
    await chmod(join(home, 'quorumsign.yaml'), 0o644);
    expect(await check()).toEqual(FINE);
  });
});
