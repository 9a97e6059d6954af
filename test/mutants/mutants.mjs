// Takes each safety rule out once, in a copy of the tree, and looks whether a test fails: `npm run test:mutants`.
// A mutant that survives is a rule without a test.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { MUTANTS } from './list.mjs';

const root = new URL('../..', import.meta.url).pathname;
const copy = mkdtempSync(join(tmpdir(), 'quorumsign-mutants-'));
const only = process.argv[2];

let killed = 0;
const survivors = [];
try {
  cpSync(root, copy, { recursive: true, verbatimSymlinks: true, filter: wanted });
  const untouched = spawnSync('npx', ['vitest', 'run', 'packages/sign-state'], {
    cwd: copy,
    encoding: 'utf8',
    timeout: 180_000,
  });
  if (untouched.status !== 0)
    throw new Error(`the tests do not run in the copy: ${untouched.stdout}${untouched.stderr}`);
  for (const { rule, file, from, to, tests } of MUTANTS.filter(
    (each) => only === undefined || each.rule.includes(only),
  )) {
    const path = join(copy, file);
    const original = readFileSync(path, 'utf8');
    if (original.split(from).length !== 2)
      throw new Error(`${rule}: expected its line once in ${file}, found it ${original.split(from).length - 1} times`);
    writeFileSync(
      path,
      original.replace(from, () => to),
    );
    const run = spawnSync('npx', ['vitest', 'run', '--bail', '1', ...tests], {
      cwd: copy,
      encoding: 'utf8',
      timeout: 180_000,
    });
    writeFileSync(path, original);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the runner colours its output
    const output = `${run.stdout}${run.stderr}`.replaceAll(/\u001b\[[0-9;]*m/g, '');
    const failing = /FAIL\s+(.+)/.exec(output)?.[1];
    if (run.status === 0 || failing === undefined) survivors.push(rule);
    else killed++;
    console.log(
      `${run.status !== 0 && failing !== undefined ? 'found   ' : 'SURVIVED'} ${rule}\n           ${failing ?? output.trim().split('\n').at(-1)}`,
    );
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}

/** Everything but the history and what was built from the sources that are changed here. */
function wanted(from) {
  const path = relative(root, from).split(sep);
  return path[0] !== '.git' && !(path[0] === 'packages' && path[2] === 'dist');
}

console.log(
  `\n${killed} mutants found, ${survivors.length} survived${survivors.map((rule) => `\n  ${rule}`).join('')}`,
);
process.exitCode = survivors.length === 0 ? 0 : 1;
