import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { crc32c } from '../src/crc32c.js';
import {
  type CrashOutcome,
  createStore,
  type DurableLog,
  KEEPS_UNSYNCED,
  LOSES_UNSYNCED,
  type LogOptions,
  type LogRecord,
  MemoryDisk,
  memoryStore,
  openStore,
  readStore,
  StoreError,
} from '../src/index.js';
import { IDENTITY, record, STORE_ID, texts } from './records.js';

const OPTIONS: LogOptions = { segmentBytes: 32 * 1024 };

interface Home {
  create(records: readonly LogRecord[]): Promise<void>;
  open(identity?: typeof IDENTITY): Promise<DurableLog>;
  read(): Promise<{ records: readonly LogRecord[]; position: { batches: bigint; storeId: string } }>;
}

const folders: string[] = [];
afterAll(async () => {
  for (const each of folders) await rm(each, { recursive: true });
});

const homes: Record<string, () => Promise<Home>> = {
  memory: async () => {
    const store = memoryStore();
    return {
      create: (records) => store.create(IDENTITY, records, STORE_ID, OPTIONS),
      open: (identity = IDENTITY) => store.open(identity, OPTIONS),
      read: () => store.read(),
    };
  },
  files: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quorumsign-store-'));
    folders.push(folder);
    const directory = join(folder, 'store');
    return {
      create: (records) => createStore(directory, IDENTITY, records, OPTIONS),
      open: (identity = IDENTITY) => openStore(directory, identity, OPTIONS),
      read: () => readStore(directory),
    };
  },
};

for (const [kind, makeHome] of Object.entries(homes)) {
  describe(`a store in ${kind}`, () => {
    it('gives back what was appended, in order, over restarts', async () => {
      const home = await makeHome();
      await home.create([record('first')]);
      for (let run = 0; run < 3; run++) {
        const log = await home.open();
        await Promise.all([log.append([record(`a${run}`), record(`b${run}`)]), log.append([record(`c${run}`)])]);
        await log.close();
      }
      const { records } = await home.read();
      expect(texts(records)).toEqual(['first', ...[0, 1, 2].flatMap((run) => [`a${run}`, `b${run}`, `c${run}`])]);
    });

    it('counts batches that never fall, under one store id', async () => {
      const home = await makeHome();
      await home.create([]);
      let before = -1n;
      let storeId: string | undefined;
      for (let run = 0; run < 3; run++) {
        const log = await home.open();
        expect(log.position().batches).toBeGreaterThanOrEqual(before);
        const opened = log.position().batches;
        await log.append([record('x')]);
        before = log.position().batches;
        expect(before).toBeGreaterThan(opened);
        storeId ??= log.position().storeId;
        expect(log.position().storeId).toBe(storeId);
        await log.close();
      }
    });

    it('groups appends that arrive during a sync, and resolves them in order', async () => {
      const home = await makeHome();
      await home.create([]);
      const log = await home.open();
      const before = log.position().batches;
      const done: number[] = [];
      await Promise.all(Array.from({ length: 20 }, (_, at) => log.append([record(`${at}`)]).then(() => done.push(at))));
      expect(done).toEqual(Array.from({ length: 20 }, (_, at) => at));
      expect(log.position().batches - before).toBeLessThan(20n);
      await log.close();
    });

    it('goes on through many segments, and keeps what a snapshot says', async () => {
      const home = await makeHome();
      await home.create([]);
      const log = await home.open();
      for (let at = 0; at < 40; at++) {
        await log.append([record(`r${at}`, 3000)]);
        if (log.snapshotDue()) await log.snapshot([record(`all to ${at}`)]);
      }
      await log.append([record('last')]);
      await log.close();
      const recovered = texts((await home.read()).records);
      expect(recovered[0]).toMatch(/^all to/);
      expect(recovered.at(-1)).toBe('last');
    });

    it('refuses a second process, another owner, another making, and a missing store', async () => {
      const home = await makeHome();
      await expect(home.open()).rejects.toThrow(/STORE_MISSING/);
      await home.create([]);
      await expect(home.create([])).rejects.toThrow(/STORE_EXISTS/);
      await expect(home.open({ ...IDENTITY, cosigner: 'beta' })).rejects.toThrow(/STORE_FOREIGN.*beta.*alpha/);
      const log = await home.open();
      await expect(home.open()).rejects.toThrow(/STORE_LOCKED/);
      await log.close();
      await expect(log.append([record('late')])).rejects.toThrow(/STORE_CLOSED/);
      await (await home.open()).close();
    });

    it('refuses a record beyond its limits and goes on', async () => {
      const home = await makeHome();
      await home.create([]);
      const log = await home.open();
      await expect(log.append([{ type: 0, payload: new Uint8Array() }])).rejects.toThrow(/STORE_LIMIT/);
      await expect(log.append([{ type: 1, payload: new Uint8Array(4 * 1024 * 1024 + 1) }])).rejects.toThrow(
        /STORE_LIMIT/,
      );
      await log.append([record('fine')]);
      await log.close();
    });
  });
}

describe('CRC32C', () => {
  // Source: RFC 3720, appendix B.4.
  for (const [name, bytes, expected] of [
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['0 to 31', Uint8Array.from({ length: 32 }, (_, at) => at), 0x46dd794e],
    ['31 to 0', Uint8Array.from({ length: 32 }, (_, at) => 31 - at), 0x113fdb5c],
  ] as const) {
    it(name, () => {
      expect(crc32c(bytes)).toBe(expected);
    });
  }
});

describe('a disk that fails', () => {
  it('stops the log for good at a failed sync, and whatever the cache shows is written afresh at the next start', async () => {
    const disk = new MemoryDisk();
    const store = memoryStore(disk);
    await store.create(IDENTITY, [], STORE_ID, OPTIONS);
    const log = await store.open(IDENTITY, OPTIONS);
    await log.append([record('safe')]);
    disk.gate = ({ kind }) => (kind === 'sync' ? 'fail' : 'perform');
    await expect(log.append([record('lost')])).rejects.toThrow(/STORE_SYNC_FAILED/);
    disk.gate = () => 'perform';
    await expect(log.append([record('later')])).rejects.toThrow(/STORE_SYNC_FAILED/);
    disk.killProcess();
    const again = await store.open(IDENTITY, OPTIONS);
    const shown = texts(again.recovered.records);
    // What opening has shown survives any crash from now on: it was synced afresh.
    disk.losePower(LOSES_UNSYNCED);
    const last = await store.open(IDENTITY, OPTIONS);
    expect(texts(last.recovered.records)).toEqual(shown);
    expect(shown[0]).toBe('safe');
  });

  it('that is full refuses and stops', async () => {
    const disk = new MemoryDisk();
    const store = memoryStore(disk);
    await store.create(IDENTITY, [], STORE_ID, OPTIONS);
    const log = await store.open(IDENTITY, OPTIONS);
    disk.gate = ({ kind }) => (kind === 'write' ? 'full' : 'perform');
    await expect(log.append([record('x')])).rejects.toThrow(/STORE_FULL/);
    await expect(log.append([record('y')])).rejects.toThrow(/STORE_FULL/);
  });
});

interface Found {
  /** The last append that was asked for, and the last whose promise resolved; -1 for none. */
  asked: number;
  promised: number;
}

/** Runs a history of appends and snapshots; notes in `found` what was promised, up to the crash. */
async function runHistory(disk: MemoryDisk, steps: readonly number[], found: Found): Promise<void> {
  const store = memoryStore(disk);
  const opened = await store.open(IDENTITY, OPTIONS);
  for (const [at, size] of steps.entries()) {
    found.asked = at;
    const done = opened.append([record(`r${at}`, size)]).then(() => {
      found.promised = Math.max(found.promised, at);
    });
    if (at % 7 === 6) {
      const all = Array.from({ length: at + 1 }, (_, each) => record(`r${each}`));
      await Promise.race([opened.snapshot(all), halted(disk)]);
    }
    // Now and then the next append comes while this one is under way.
    if (size % 3 !== 0) await Promise.race([done, halted(disk)]);
  }
  await Promise.race([opened.close(), halted(disk)]);
}

/** Resolves some turns later: by then everything that can still happen without power has happened. */
async function halted(disk: MemoryDisk): Promise<void> {
  let before = -1;
  for (let quiet = 0; quiet < 20; quiet++) {
    await Promise.resolve();
    if (disk.operations !== before) quiet = 0;
    before = disk.operations;
  }
}

const outcomes: [string, (seed: number) => CrashOutcome][] = [
  ['nothing unsynced', () => LOSES_UNSYNCED],
  ['everything', () => KEEPS_UNSYNCED],
  [
    'the front of each write, torn at any byte',
    (seed) => ({
      keep: ({ lengthBytes }) => [{ start: 0, end: (seed * 977) % (lengthBytes + 1) }],
      keepName: () => seed % 2 === 0,
    }),
  ],
  [
    'the back of each write',
    (seed) => ({
      keep: ({ lengthBytes }) => [{ start: (seed * 613) % lengthBytes, end: lengthBytes }],
      keepName: () => seed % 3 !== 0,
    }),
  ],
];

describe('after a crash at every operation', () => {
  for (const [name, outcome] of outcomes) {
    it(`that keeps ${name}: a prefix that holds everything promised, and no synced block was rewritten`, async () => {
      let promisedMax = -1;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 1, max: 6000 }), { minLength: 3, maxLength: 16 }),
          async (steps) => {
            for (let crashAt = 0; ; crashAt++) {
              const disk = new MemoryDisk();
              await memoryStore(disk).create(IDENTITY, [], STORE_ID, OPTIONS);
              const from = disk.operations;
              disk.gate = ({ index }) => (index === from + crashAt ? 'lose-power' : 'perform');
              const found: Found = { asked: -1, promised: -1 };
              await Promise.race([runHistory(disk, steps, found), halted(disk)]);
              const reached = disk.operations > from + crashAt;
              disk.gate = () => 'perform';
              disk.losePower(outcome(crashAt));
              const again = await memoryStore(disk).open(IDENTITY, OPTIONS);
              const recovered = texts(again.recovered.records);
              expect(recovered).toEqual(recovered.map((_, at) => `r${at}`));
              expect(recovered.length).toBeGreaterThan(found.promised);
              expect(recovered.length).toBeLessThanOrEqual(found.asked + 1);
              promisedMax = Math.max(promisedMax, found.promised);
              expect(disk.rewrites).toEqual([]);
              if (!reached) break;
            }
          },
        ),
        { numRuns: 6 },
      );
      // Else nothing was ever promised before a crash, and the property would say nothing.
      expect(promisedMax).toBeGreaterThan(1);
    });
  }
});

describe('a damaged store', () => {
  it('never gives back anything but a prefix, whichever bit is turned, and says damage where acknowledged data is behind', async () => {
    const make = async () => {
      const disk = new MemoryDisk();
      const store = memoryStore(disk);
      await store.create(IDENTITY, [], STORE_ID, OPTIONS);
      const log = await store.open(IDENTITY, OPTIONS);
      for (let at = 0; at < 4; at++) await log.append([record(`r${at}`)]);
      disk.killProcess();
      return { disk, store };
    };
    const { disk: sample } = await make();
    const length = (name: string) => sample.content(name).findLastIndex((byte) => byte !== 0) + 1;
    const file = [...sample.files()].sort((x, y) => length(y) - length(x))[0] ?? '';
    const used = length(file);
    let damaged = 0;
    for (let offset = 0; offset < used; offset += 37) {
      const { disk, store } = await make();
      disk.flipBit(file, offset, offset % 8);
      try {
        const { records } = await store.read();
        const found = texts(records);
        expect(found).toEqual(found.map((_, at) => `r${at}`));
      } catch (error) {
        expect(error).toBeInstanceOf(StoreError);
        expect(String(error)).toMatch(/STORE_DAMAGED|STORE_VERSION/);
        damaged++;
      }
    }
    expect(damaged).toBeGreaterThan(0);
  });
});
