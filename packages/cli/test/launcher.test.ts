import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const launcher = fileURLToPath(new URL('../bin/quorumsign.js', import.meta.url));

it('the launcher knows the flags of the V8 that it runs on', () => {
  const { status, stderr } = spawnSync(process.execPath, [launcher, 'version'], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
