import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
// @ts-expect-error: plain JavaScript
import { MUTANTS as RULES } from '../mutants/list.mjs';
// @ts-expect-error: plain JavaScript
import { MUTANTS as BUGS } from '../simulate/mutant-list.mjs';

interface Patch {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const root = new URL('../..', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), 'utf8');

/** A line that has moved would make a bug that is planted nowhere, and found by nobody. */
function plant(patches: readonly Patch[]): void {
  const files = new Map<string, string>();
  for (const { file, from, to } of patches) {
    const text = files.get(file) ?? read(file);
    expect(text.split(from).length - 1, `${file}: ${from}`).toBe(1);
    files.set(
      file,
      text.replace(from, () => to),
    );
  }
}

describe('every planted bug has its one place', () => {
  it.each((RULES as (Patch & { rule: string })[]).map((each) => [each.rule, each] as const))('%s', (_rule, each) => {
    plant([each]);
  });

  it.each((BUGS as { bug: string; patches: Patch[] }[]).map((each) => [each.bug, each.patches] as const))(
    '%s',
    (_bug, patches) => {
      plant(patches);
    },
  );
});
