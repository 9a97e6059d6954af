/** The README's example is a file here, runs, and says what the README says that it says. */
import { readFileSync } from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';

afterEach(() => vi.restoreAllMocks());

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

it('the example of the README is the one that is run', () => {
  const example = readFileSync(new URL('example/three-members.ts', import.meta.url), 'utf8');
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
});

it('it prints what the README says', async () => {
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => {
    lines.push(line);
  });
  await import('./example/three-members.js');
  expect(readme).toContain(`\`\`\`text\n${lines.join('\n')}\n\`\`\``);
});

it('the checker is had under the name that the README gives it', async () => {
  const { checkTrace, RULES } = await import('raft-ts/trace-check');
  expect(checkTrace([])).toEqual({ lines: 0, leaders: 0, committed: 0n, configurations: 0 });
  expect(Object.keys(RULES).length).toBeGreaterThan(20);
});

it('every duty is numbered once, and every error code is told', () => {
  const duties = [...readme.matchAll(/^(\d+)\. \*\*/gm)].map(([, number]) => Number(number));
  expect(duties).toEqual(Array.from({ length: duties.length }, (_, i) => i + 1));
  const source = readFileSync(new URL('../src/errors.ts', import.meta.url), 'utf8');
  const codes = new Set([...source.matchAll(/code: '([A-Z_]+)'/g)].map(([, code]) => code));
  for (const code of codes) expect(readme).toContain(`\`${code}\``);
});
