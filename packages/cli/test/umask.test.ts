import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runProgram } from './program.js';

const folder = await mkdtemp(join(tmpdir(), 'quorumsign-umask-'));
afterAll(() => rm(folder, { recursive: true }));

describe('cluster create', () => {
  it.each(['0000', '0022', '0177', '0777'])('makes folders 0700 and files 0600 under umask %s', async (umask) => {
    // A folder that is not there yet is made too.
    const out = join(folder, umask, 'cluster');
    const create = `cluster create --chain-id chain-1 --threshold 2 --plaintext-shares --never-signed --out ${out}`;
    const cosigners = ['alpha', 'beta', 'gamma'].flatMap((name, at) => [
      '--cosigner',
      `${name}=127.0.0.1:${7070 + at}`,
    ]);
    const { code, err } = await runProgram([...create.split(' '), ...cosigners], { umask });
    expect(code, err).toBe(0);
    const entries = await readdir(out, { recursive: true, withFileTypes: true });
    expect(entries.length).toBeGreaterThan(20);
    for (const path of [join(folder, umask), out, ...entries.map((each) => join(each.parentPath, each.name))]) {
      const found = await stat(path);
      expect((found.mode & 0o777).toString(8), path).toBe(found.isDirectory() ? '700' : '600');
    }
  });
});
