import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { run, VERSION } from '../src/index.js';
import { testContext } from './context.js';

async function version(...more: string[]) {
  const context = testContext('/nowhere');
  expect(await run(['version', '-o', 'json', ...more], context)).toBe(0);
  return JSON.parse(context.out);
}

/** Of this checkout; where there is none, or no git, no commit is known. */
const git = spawnSync('git', ['-C', dirname(fileURLToPath(import.meta.url)), 'rev-parse', '--short', 'HEAD'], {
  encoding: 'utf8',
});

describe('version', () => {
  it('names the package, the commit of a checkout, and Node', async () => {
    expect(await version()).toEqual({
      version: VERSION,
      commit: git.status === 0 ? git.stdout.trim() : null,
      node: process.version,
    });
    const { version: published } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    expect(VERSION).toBe(published);
  });

  it('--long names the platform, and every library with the version that is pinned', async () => {
    const { platform, dependencies } = await version('--long');
    expect(platform).toBe(`${process.platform}-${process.arch}`);
    for (const name of ['@grpc/grpc-js', 'commander', 'libsodium-wrappers-sumo', 'zod'])
      expect(dependencies[name], name).toMatch(/^\d+\.\d+\.\d+$/);
    expect(Object.keys(dependencies).filter((name) => name.startsWith('@quorumsign/'))).toEqual([]);
  });
});
