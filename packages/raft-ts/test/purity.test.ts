/** The core is pure: its sources import nothing from outside, and name no clock, chance or environment. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const SOURCES = new URL('../src/', import.meta.url);
const BUILT = new URL('../dist/', import.meta.url);
const FORBIDDEN = /\b(Date|Math\.random|performance|setTimeout|setInterval|process|crypto|console|async|Promise)\b/g;

const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(new URL(name, SOURCES), 'utf8') }));

describe('the sources', () => {
  const core = files.filter(({ name }) => !name.startsWith('trace-check/'));

  it.each(core)('$name imports only its neighbours', ({ text }) => {
    const imported = [...text.matchAll(/\bfrom '([^']+)'/g)].map(([, from]) => from);
    expect(imported.filter((from) => from?.startsWith('./') !== true)).toEqual([]);
    expect(imported.filter((from) => from?.includes('trace-check') === true)).toEqual([]);
  });

  it.each(files)('$name uses no clock, chance, environment or waiting', ({ text }) => {
    const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    expect(code.match(FORBIDDEN)).toBeNull();
  });

  it.each(files)('$name has one idea: under 300 lines, with a header', ({ name, text }) => {
    expect(text.split('\n').length).toBeLessThan(300);
    expect(name.endsWith('index.ts') || text.startsWith('/**')).toBe(true);
  });
});

describe('the trace checker', () => {
  const checker = files.filter(({ name }) => name.startsWith('trace-check/'));

  it.each(checker)('$name takes nothing from the core but the type of an event', ({ text }) => {
    const outside = text.split('\n').filter((line) => /from '\.\.\//.test(line));
    expect(outside.filter((line) => line !== "import type { TraceEvent } from '../trace.js';")).toEqual([]);
  });
});

describe('the built package', () => {
  const built = readdirSync(BUILT, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'));

  it('imports nothing but its own files', () => {
    expect(built).toHaveLength(files.length);
    for (const name of built) {
      const text = readFileSync(new URL(name, BUILT), 'utf8');
      const imported = [...text.matchAll(/^(?:import|export)\b.*?'([^']+)';$/gm)].map(([, from]) => from);
      expect(
        imported.filter((from) => from?.startsWith('.') !== true),
        name,
      ).toEqual([]);
    }
  });

  it('elects, commits, reads, changes members and checks its trace in a realm that has nothing but the language', () => {
    const file = new URL('empty-realm.mjs', import.meta.url).pathname;
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ['--experimental-vm-modules', '--no-warnings', file],
      {
        encoding: 'utf8',
      },
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toBe('committed 4, read at 2, learners x, trace of one leader\n');
  });
});
