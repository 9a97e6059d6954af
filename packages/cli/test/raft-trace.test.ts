import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openRaftTrace } from '../src/raft-trace.js';

const folder = mkdtempSync(join(tmpdir(), 'quorumsign-trace-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe("Raft's trace", () => {
  it('is appended, each line behind the moment by the clock', () => {
    const path = join(folder, 'alpha.trace');
    for (const type of ['restart', 'become']) openRaftTrace(path, () => {})(`{"type":"${type}"}`);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { at: expect.stringMatching(/^\d+$/), type: 'restart' },
      { at: expect.stringMatching(/^\d+$/), type: 'become' },
    ]);
  });

  it.skipIf(!existsSync('/dev/full'))('ends with a word, and throws nothing, when the disk is full', () => {
    const reasons: string[] = [];
    const take = openRaftTrace('/dev/full', (reason) => reasons.push(reason));
    for (let line = 0; line < 3; line++) take('{"type":"append"}');
    expect(reasons).toEqual([expect.stringMatching(/ENOSPC/)]);
  });

  it('says what it needs where the file cannot be opened', () => {
    const path = join(folder, 'missing', 'alpha.trace');
    expect(() => openRaftTrace(path, () => {})).toThrow(/FILE: .*expected a file that .* found ENOENT.*--raft-trace/);
  });
});
