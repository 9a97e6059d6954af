import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BLOCK_BYTES } from '../src/block-directory.js';
import {
  createStore,
  type LogRecord,
  MemoryDisk,
  memoryStore,
  openStore,
  readStore,
  StoreError,
} from '../src/index.js';
import { IDENTITY, record, STORE_ID, texts } from './records.js';

const OPTIONS = { segmentBytes: 16 * BLOCK_BYTES };
const RECORD_BYTES = 700;
const ALL = ['r0', 'r1', 'r2', 'r3'];

/** What was read, or the damage that was said. */
async function outcomeOf(
  read: () => Promise<{ records: readonly LogRecord[] }>,
): Promise<readonly string[] | StoreError> {
  try {
    return texts((await read()).records);
  } catch (error) {
    if (error instanceof StoreError) return error;
    throw error;
  }
}

/** Damage is said with file and offset; else everything is there but, at most, the last batch, which looks torn. */
function judge(outcome: readonly string[] | StoreError, where: string): 'said' | 'whole' | 'torn' {
  if (outcome instanceof StoreError) {
    if (!/^STORE_DAMAGED: .*segment-[0-9a-f]+, byte \d+: expected |^STORE_VERSION: .*segment-/.test(outcome.message))
      expect.fail(`${where}: ${outcome.message}`);
    return 'said';
  }
  const whole = outcome.length === ALL.length;
  const expected = whole ? ALL : ALL.slice(0, -1);
  if (outcome.join() !== expected.join()) expect.fail(`${where}: ${outcome.join()}`);
  return whole ? 'whole' : 'torn';
}

describe('a log with one bit turned', () => {
  it('is refused with file and offset, or has lost at most its last batch, for every byte written and every fifth of the padding', async () => {
    const disk = new MemoryDisk();
    const store = memoryStore(disk);
    await store.create(IDENTITY, [], STORE_ID, OPTIONS);
    const log = await store.open(IDENTITY, OPTIONS);
    for (const text of ALL) await log.append([record(text, RECORD_BYTES)]);
    disk.killProcess();
    const tally = { said: 0, whole: 0, torn: 0 };
    for (const file of disk.files()) {
      const used = disk.content(file).findLastIndex((byte) => byte !== 0) + 1;
      // A block behind the end as well: what is not zero there is the rest of a batch that was never acknowledged.
      for (let offset = 0; offset < used + BLOCK_BYTES; offset++) {
        if (disk.content(file)[offset] === 0 && offset % 5 !== 0) continue;
        const bit = (offset * 5) % 8;
        disk.flipBit(file, offset, bit);
        tally[judge(await outcomeOf(() => store.read()), `${file}, byte ${offset}, bit ${bit}`)]++;
        disk.flipBit(file, offset, bit);
      }
    }
    expect(texts((await store.read()).records)).toEqual(ALL);
    // Each of the three must have been there, or the test says nothing.
    for (const [outcome, count] of Object.entries(tally)) expect(count, outcome).toBeGreaterThan(100);
  });
});

describe('a log that was cut', () => {
  it('is refused with file and length, wherever the cut is, and never opened', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quorumsign-store-'));
    try {
      const directory = join(folder, 'store');
      await createStore(directory, IDENTITY, [], OPTIONS);
      const log = await openStore(directory, IDENTITY, OPTIONS);
      for (const text of ALL) await log.append([record(text, RECORD_BYTES)]);
      await log.close();
      const file = (await readdir(directory)).filter((name) => name.startsWith('segment-')).at(-1) ?? '';
      const good = await readFile(join(directory, file));
      for (let length = 0; length < good.length; length += length % BLOCK_BYTES < 3 ? 1 : 211) {
        await writeFile(join(directory, file), good.subarray(0, length));
        const outcome = await outcomeOf(() => readStore(directory));
        expect(judge(outcome, `${length} bytes`)).toBe('said');
      }
      await writeFile(join(directory, file), good.subarray(0, good.length - 1));
      await expect(openStore(directory, IDENTITY, OPTIONS)).rejects.toThrow(/STORE_DAMAGED/);
      await writeFile(join(directory, file), good);
      expect(texts((await readStore(directory)).records)).toEqual(ALL);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
