import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../src/program.js';
import { testContext } from './context.js';

const NOBODY = 65_534;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quorumsign-out-'));
  await chmod(folder, 0o755);
});
afterEach(() => rm(folder, { recursive: true }));

async function create(out: string): Promise<{ code: number; err: string }> {
  const context = testContext(folder);
  const code = await run(
    [
      ...['cluster', 'create', '--chain-id', 'one', '--threshold', '2', '--plaintext-shares', '--out', out],
      ...['alpha=127.0.0.1:7070', 'beta=127.0.0.1:7071'].flatMap((each) => ['--cosigner', each]),
    ],
    context,
  );
  return { code, err: context.err };
}

/** No mode stops root. */
async function unprivileged<T>(action: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return await action();
  process.seteuid?.(NOBODY);
  try {
    return await action();
  } finally {
    process.seteuid?.(0);
  }
}

describe('--out', () => {
  it('in a folder that is not writable: FILE with its path, no temporary name, and what to do', async () => {
    const around = join(folder, 'around');
    await mkdir(around);
    await chmod(around, 0o555);
    const { code, err } = await unprivileged(() => create(join(around, 'cluster')));
    expect(err).toContain(
      `FILE: ${join(around, 'cluster')}: expected a place where this folder can be made, found no permission (EACCES); check owner and mode of it and of the folder around it, or choose another --out; nothing was written`,
    );
    expect(err).not.toContain('.tmp');
    expect(code).toBe(2);
    expect(await readdir(around)).toEqual([]);
  });

  it('that is not readable: FILE, since nobody knows whether anything would be overwritten', async () => {
    const out = join(folder, 'out');
    await mkdir(out);
    await chmod(out, 0o000);
    const { code, err } = await unprivileged(() => create(out));
    await chmod(out, 0o700);
    expect(err).toContain(`FILE: ${out}: expected a place where this folder can be made, found no permission (EACCES)`);
    expect(err).not.toContain('WOULD_OVERWRITE');
    expect(code).toBe(2);
  });

  it('below a file: FILE, since nothing exists in its place', async () => {
    await writeFile(join(folder, 'file'), '');
    const { code, err } = await create(join(folder, 'file', 'out'));
    expect(err).toContain('found a file in the place of a folder above it; check the path');
    expect(err).not.toContain('WOULD_OVERWRITE');
    expect(code).toBe(2);
  });

  it('of a name that is too long: FILE', async () => {
    const { code, err } = await create(join(folder, 'x'.repeat(300)));
    expect(err).toMatch(/FILE: .*found ENAMETOOLONG; check the path/);
    expect(code).toBe(2);
  });

  it.each<[string, (out: string) => Promise<unknown>]>([
    ['a file', (out) => writeFile(out, '')],
    ['a folder that is not empty', (out) => mkdir(join(out, 'inside'), { recursive: true })],
    ['a link to nowhere', (out) => symlink(join(folder, 'nowhere'), out)],
  ])('that is %s: WOULD_OVERWRITE, and nothing is left beside it', async (_name, make) => {
    const out = join(folder, 'out');
    await make(out);
    const { code, err } = await create(out);
    expect(err).toContain(`WOULD_OVERWRITE: ${out} exists`);
    expect(code).toBe(2);
    expect(await readdir(folder)).toEqual(['out']);
  });
});
