/** The core is pure: its sources import nothing from outside, and name no clock, chance or environment. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const SOURCES = new URL('../src/', import.meta.url);
const FORBIDDEN = /\b(Date|Math\.random|performance|setTimeout|setInterval|process|crypto|console|async|Promise)\b/g;

describe('the sources', () => {
  const files = readdirSync(SOURCES).map((name) => ({ name, text: readFileSync(new URL(name, SOURCES), 'utf8') }));

  it.each(files)('$name imports only its neighbours', ({ text }) => {
    const imported = [...text.matchAll(/\bfrom '([^']+)'/g)].map(([, from]) => from);
    expect(imported.filter((from) => from?.startsWith('./') !== true)).toEqual([]);
  });

  it.each(files)('$name uses no clock, chance, environment or waiting', ({ text }) => {
    const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    expect(code.match(FORBIDDEN)).toBeNull();
  });

  it.each(files)('$name has one idea: under 300 lines, with a header', ({ name, text }) => {
    expect(text.split('\n').length).toBeLessThan(300);
    expect(name === 'index.ts' || text.startsWith('/**')).toBe(true);
  });
});
