import type { NodeDialer } from '@quorumsign/privval';
import { describe, expect, it } from 'vitest';
import { conforms, GROUPS, type Result, runSuite, type SuiteEvents } from '../src/index.js';
import {
  CHAIN_ID,
  dialerOf,
  FickleKeyBackend,
  ForgetfulBackend,
  LawlessBackend,
  RuleBackend,
  StrangeKeyBackend,
} from './signers.js';

const OPTIONS = { listen: 'tcp://127.0.0.1:0', chainId: CHAIN_ID, startHeight: 1n, waitMs: 1000, redialMs: 300 };
const CHECKS = GROUPS.flatMap(({ checks }) => checks);

async function resultsOf(start: (address: string) => NodeDialer, events: SuiteEvents = {}): Promise<Result[]> {
  const dialers: NodeDialer[] = [];
  const begin = (address: string) => {
    const dialer = start(address);
    dialers.push(dialer);
    dialer.start();
  };
  try {
    return await runSuite({ ...OPTIONS, readTimeoutMs: 500 }, { ...events, listening: begin });
  } finally {
    for (const dialer of dialers) dialer.stop();
  }
}

const titles = (results: readonly Result[], verdict: Result['verdict']) =>
  results.filter((each) => each.verdict === verdict).map(({ title }) => title);

describe('the suite', () => {
  it('finds a good signer good, in every check', async () => {
    const results = await resultsOf((address) => dialerOf(address, new RuleBackend()));
    expect(titles(results, 'passed')).toEqual(CHECKS.map(({ title }) => title));
    expect(conforms(results, true)).toBe(true);
  });

  /** Every check in which a signature is held against the key that was shown. */
  const needingTheKey = [
    /^signs/,
    /requests in their order/,
    /^gives/,
    /^refuses (another block|nil|a lower|a second)/,
    /^goes on/,
    /survives|serves the next|256 MiB|altered/,
    /time of a vote/,
  ];
  const bad: [name: string, start: (address: string) => NodeDialer, failed: readonly RegExp[], musts: boolean][] = [
    [
      'signs whatever it is asked',
      (address) => dialerOf(address, new LawlessBackend()),
      [/another block/, /nil after/, /lower height/, /lower round/, /lower step/, /second proposal/, /in time only/],
      true,
    ],
    [
      'signs a vote again for another time',
      (address) => dialerOf(address, new ForgetfulBackend()),
      [/in time only/],
      true,
    ],
    [
      'signs no extensions',
      (address) => dialerOf(address, new RuleBackend(), { signExtensions: 'never' }),
      [/empty extension/, /^signs an extension$/, /20 kB/, /megabyte/, /requests in their order/, /lower step/],
      true,
    ],
    [
      'shows another key at each question',
      (address) => dialerOf(address, new FickleKeyBackend()),
      [/same key/, ...needingTheKey],
      true,
    ],
    [
      'signs with another key than it shows',
      (address) => dialerOf(address, new StrangeKeyBackend()),
      needingTheKey,
      true,
    ],
  ];
  for (const [name, start, failed, musts] of bad) {
    it(`finds what is wrong with a signer that ${name}, and nothing else`, async () => {
      const results = await resultsOf(start);
      const found = titles(results, 'failed');
      for (const pattern of failed) expect(found).toContainEqual(expect.stringMatching(pattern));
      for (const title of found)
        expect(
          failed.some((pattern) => pattern.test(title)),
          title,
        ).toBe(true);
      expect(conforms(results, false)).toBe(!musts);
    });
  }

  it('runs nothing more against a signer that went away, and does not find it good', async () => {
    const once = (dialer: NodeDialer, state: string) => {
      if (state === 'backoff') dialer.stop();
    };
    const results = await resultsOf((address) => dialerOf(address, new RuleBackend(), {}, once));
    const at = results.findIndex(({ verdict }) => verdict === 'not run');
    expect(at).toBeGreaterThan(0);
    expect(results.slice(at).every(({ verdict }) => verdict === 'not run')).toBe(true);
    expect(results.map(({ title }) => title)).toEqual(CHECKS.map(({ title }) => title));
    expect(conforms(results, false)).toBe(false);
  });

  it('goes on with a signer that was started again, and judges each check by itself', async () => {
    const backend = new RuleBackend();
    const lost: string[] = [];
    const started: NodeDialer[] = [];
    let listening = '';
    // Comes back after a reset, which ends its connection with an error, and never after a clean end.
    const startOne = () => {
      const dialer = dialerOf(listening, backend, {}, (each, state) => {
        if (state === 'backoff' && /end of stream/.test(each.status().lastFailure?.error ?? '')) each.stop();
      });
      started.push(dialer);
      return dialer;
    };
    const results = await resultsOf(
      (address) => {
        listening = address;
        return startOne();
      },
      {
        lost: ({ title }) => {
          lost.push(title);
          startOne().start();
        },
      },
    );
    for (const dialer of started) dialer.stop();
    expect(titles(results, 'not run')).toEqual([]);
    expect(lost).toContainEqual(expect.stringMatching(/when its node closes/));
    expect(titles(results, 'failed')).toEqual(lost);
    expect(conforms(results, false)).toBe(true);
    expect(conforms(results, true)).toBe(false);
  });

  it('ends with an error when no signer ever comes', async () => {
    await expect(runSuite({ ...OPTIONS, waitMs: 50, redialMs: 50 })).rejects.toThrow(/NO_CONNECTION/);
  });
});

describe('conforming', () => {
  const result = (level: Result['level'], verdict: Result['verdict']): Result => ({
    group: 'a',
    title: 'b',
    level,
    verdict,
    detail: '',
  });

  it.each<[Result['level'], Result['verdict'], boolean, boolean]>([
    ['must', 'passed', true, true],
    ['must', 'not applicable', true, true],
    ['must', 'failed', false, false],
    ['must', 'not run', false, false],
    ['should', 'failed', true, false],
    ['should', 'not run', true, false],
    ['may', 'failed', true, true],
    ['may', 'not run', true, true],
  ])('a %s that is %s: %s, strictly %s', (level, verdict, plain, strict) => {
    expect([conforms([result(level, verdict)], false), conforms([result(level, verdict)], true)]).toEqual([
      plain,
      strict,
    ]);
  });
});
