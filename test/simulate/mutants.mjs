// Plants bugs in the safety-relevant code, one at a time, in a copy of the tree, and has the simulator find each: `npm run
// simulate:mutants`. A mutant that survives is a hole in the simulator. `-- TEXT` runs those whose name contains the text.

import { spawnSync } from 'node:child_process';
import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { MUTANTS } from './mutant-list.mjs';
import { WorkerProcess } from './worker-process.mjs';

const SCHEDULES_MAX = 4000;
const SLICE = 20;
const root = new URL('../..', import.meta.url).pathname;
const copy = mkdtempSync(join(tmpdir(), 'quorumsign-simulate-mutants-'));
const only = process.argv[2];
const mutants = MUTANTS.filter(({ bug }) => only === undefined || bug.includes(only));
const survivors = [];
/** Of the files that were patched, by path: what they were. */
const originals = new Map();

try {
  copyTree();
  build();
  const sound = await search({ options: {} }, 200);
  if (sound !== undefined) throw new Error(`the code without a mutant fails: seed ${sound.seed}, ${sound.text}`);
  for (const mutant of mutants) {
    mutant.patches.forEach(patch);
    build();
    const startedMs = performance.now();
    const found = await search(mutant, SCHEDULES_MAX);
    for (const [path, original] of originals) writeFileSync(path, original);
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
    if (found === undefined) survivors.push(mutant.bug);
    const result =
      found === undefined ? `SURVIVED ${SCHEDULES_MAX}` : `found after ${String(found.schedules).padStart(5)}`;
    console.log(
      `${result} schedules, ${seconds.padStart(3)} s: ${mutant.bug}${found ? `\n     ${found.text.split('\n')[0].slice(0, 160)}` : ''}`,
    );
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
console.log(
  `\n${mutants.length - survivors.length} passed, ${survivors.length} failed${survivors.map((bug) => `\n  ${bug}`).join('')}`,
);
process.exitCode = survivors.length === 0 && mutants.length > 0 ? 0 : 1;

/** Runs seeds from 1 until one fails. */
async function search({ options }, schedulesMax) {
  let next = 1;
  let found;
  await Promise.all(
    Array.from({ length: Math.min(availableParallelism(), 8) }, async () => {
      const worker = new WorkerProcess(new URL(`file://${copy}/test/simulate/worker.mjs`));
      while (found === undefined && next <= schedulesMax) {
        const from = next;
        next += SLICE;
        const { failures } = await worker.run({ from, to: next, options: { traced: 1, ...options } });
        if (failures.length > 0 && (found === undefined || failures[0].seed < found.seed)) found = failures[0];
      }
      worker.stop();
    }),
  );
  return found && { ...found, schedules: found.seed };
}

/** One mutant may change a file in several places. */
function patch({ file, from, to }) {
  const path = join(copy, file);
  const before = readFileSync(path, 'utf8');
  if (!originals.has(path)) originals.set(path, before);
  const found = before.split(from).length - 1;
  if (found !== 1) throw new Error(`expected once in ${file}, found ${found} times: ${from}`);
  writeFileSync(
    path,
    before.replace(from, () => to),
  );
}

/** Compiles what changed; a mutant need not satisfy the type checker, so only the emitted code counts. */
function build() {
  spawnSync('npx', ['tsc', '-b', 'packages/simulator'], { cwd: copy, encoding: 'utf8', timeout: 120_000 });
}

/** The packages and tests are copied; what was installed is linked. */
function copyTree() {
  for (const folder of ['packages', 'test/simulate', 'package.json', 'tsconfig.json', 'tsconfig.base.json']) {
    cpSync(join(root, folder), join(copy, folder), { recursive: true, verbatimSymlinks: true, filter: wanted });
  }
  mkdirSync(join(copy, 'node_modules'));
  for (const name of readdirSync(join(root, 'node_modules'))) {
    const from = join(root, 'node_modules', name);
    const to = join(copy, 'node_modules', name);
    // Workspaces are relative links, which must lead into the copy.
    const isWorkspace = name === '@quorumsign' || lstatSync(from).isSymbolicLink();
    if (isWorkspace) cpSync(from, to, { recursive: true, verbatimSymlinks: true });
    else symlinkSync(from, to);
  }
}

function wanted(from) {
  const path = relative(root, from).split(sep);
  return !path.includes('node_modules');
}
