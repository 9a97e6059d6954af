import { chown, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { foldRecords } from '@quorumsign/cosigner';
import { openStore, readStore } from '@quorumsign/store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../src/program.js';
import { type TestContext, testContext } from './context.js';

let directory: string;
let context: TestContext;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'quorumsign-store-'));
  context = testContext(directory);
  const made = await quorumsign(
    ...['cluster', 'create', '--chain-id', 'one', '--threshold', '2', '--plaintext-shares', '--floor', '50'],
    ...['alpha=127.0.0.1:7070', 'beta=127.0.0.1:7071', 'gamma=127.0.0.1:7072'].flatMap((each) => ['--cosigner', each]),
    ...['--out', join(directory, 'cluster')],
  );
  expect(made).toBe(0);
  context.out = '';
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const quorumsign = (...args: string[]) => run(args, context);
const home = () => join(directory, 'cluster', 'alpha');
const store = () => join(home(), 'store');
const readmit = (...more: string[]) => quorumsign('members', 'readmit', '--home', home(), ...more);
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn('!! SKIPPED what root leaves to the owner of a home: only root can give files away');
const ownedBySomebodyElse = it.skipIf(!isRoot);

async function ownersOf(folder: string): Promise<Set<number>> {
  const files = [folder, ...(await readdir(folder)).map((name) => join(folder, name))];
  return new Set(await Promise.all(files.map(async (file) => (await stat(file)).uid)));
}

const marks = async () => foldRecords((await readStore(store())).records);

describe('members readmit', () => {
  it('puts a new store in the place of the old one, which it keeps', async () => {
    const before = (await readStore(store())).position.storeId;
    expect(await readmit('alpha', '--floor', '77')).toBe(0);
    expect(context.out).toMatch(/kept in .*store\.retired-1.*height 77 is ever signed by alpha/s);
    expect((await readStore(store())).position.storeId).not.toBe(before);
    expect((await readStore(`${store()}.retired-1`)).position.storeId).toBe(before);
    expect(await marks()).toMatchObject({ admission: 2, marks: [{ chainId: 'one', height: 77n }] });
  });

  it('never lowers a mark that the old store still shows', async () => {
    expect(await readmit('alpha', '--floor', '7')).toBe(0);
    expect((await marks()).marks).toMatchObject([{ height: 50n }]);
  });

  it('helps where the store is damaged or gone', async () => {
    const [segment] = (await readdir(store())).filter((name) => name.startsWith('log-') || name.endsWith('.log'));
    await writeFile(join(store(), segment ?? 'x'), 'not a store');
    expect(await readmit('alpha', '--floor', '77')).toBe(0);
    await rm(store(), { recursive: true });
    expect(await readmit('alpha', '--floor', '78')).toBe(0);
    expect((await marks()).marks).toMatchObject([{ height: 78n }]);
  });

  it('goes on where a crash left it in the middle', async () => {
    await rm(store(), { recursive: true });
    await writeFile(`${store()}.new`, 'remains');
    expect(await readmit('alpha', '--floor', '77')).toBe(0);
  });

  ownedBySomebodyElse('by root leaves the new store to the owner of the home', async () => {
    await chown(home(), NOBODY, NOBODY);
    expect(await readmit('alpha', '--floor', '77')).toBe(0);
    expect(await ownersOf(store())).toEqual(new Set([NOBODY]));
  });

  it('is refused while the cosigner runs', async () => {
    const open = await openStore(store(), { cluster: 'one', cosigner: 'alpha' });
    expect(await readmit('alpha', '--floor', '77')).toBe(5);
    expect(context.err).toContain('STORE_LOCKED');
    await open.close();
    expect((await marks()).marks).toMatchObject([{ height: 50n }]);
  });

  it.each([
    ["another cosigner's name", ['beta', '--floor', '77'], /expected alpha.*run this on beta's machine/s],
    ['no floor', ['alpha'], /--floor: expected one for one/],
    ['a floor that is no height', ['alpha', '--floor', '0'], /--floor: expected a height/],
    ['a chain that is not there', ['alpha', '--floor', 'two=7'], /expected a chain of quorumsign.yaml, found two/],
  ])('refuses %s and changes nothing', async (_name, args, message) => {
    expect(await readmit(...args)).toBe(2);
    expect(context.err).toMatch(message);
    expect((await readdir(home())).filter((name) => name.startsWith('store'))).toEqual(['store']);
  });
});

describe('store init', () => {
  const init = (...more: string[]) => quorumsign('store', 'init', '--home', home(), ...more);

  it('makes a first store with the floors of quorumsign.yaml', async () => {
    await rm(store(), { recursive: true });
    const file = join(home(), 'quorumsign.yaml');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(/^( +)- chainId: .*$/m, '$&\n$1  floor: "60"'));
    expect(await init()).toBe(0);
    expect(await marks()).toMatchObject({ admission: 1, marks: [{ height: 60n }] });
  });

  it('refuses a chain without a floor, unless told that it never signed', async () => {
    await rm(store(), { recursive: true });
    expect(await init()).toBe(3);
    expect(context.err).toContain('CHAIN_FLOOR_MISSING');
    expect(await init('--never-signed')).toBe(0);
    expect((await marks()).marks).toEqual([]);
  });

  ownedBySomebodyElse('by root leaves the store to the owner of the home', async () => {
    await rm(store(), { recursive: true });
    await chown(home(), NOBODY, NOBODY);
    expect(await init('--never-signed')).toBe(0);
    expect(await ownersOf(store())).toEqual(new Set([NOBODY]));
  });

  it('never overwrites a store', async () => {
    expect(await init('--never-signed')).toBe(2);
    expect(context.err).toContain('STORE_EXISTS');
  });
});
