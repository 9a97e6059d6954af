import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkSign,
  compareHrs,
  decodeMarkRecord,
  encodeMarkRecord,
  encodeVoteSignBytes,
  type Mark,
  type MarkRecord,
  MarkRecordError,
  parseSignBytes,
  SignBytesError,
  type Step,
} from '../src/index.js';
import { fromHex, voteArbitrary } from './arbitraries.js';

interface RuleCase {
  name: string;
  state: { height: string; round: number; step: number; sign_bytes?: string };
  request: { sign_bytes: string };
  expect: string;
}

// Source: cometbft/cometbft v0.38.25 privval/file.go and file_test.go; the cases are written for this project.
const { cases } = JSON.parse(readFileSync(new URL('./data/double-sign.json', import.meta.url), 'utf8')) as {
  cases: RuleCase[];
};
const STEPS: readonly (Step | undefined)[] = [undefined, 'proposal', 'prevote', 'precommit'];

function markOf({ state }: RuleCase): Mark | undefined {
  const step = STEPS[state.step];
  if (step === undefined) return undefined;
  const signBytes = state.sign_bytes === undefined ? undefined : parseSignBytes(fromHex(state.sign_bytes));
  return { height: BigInt(state.height), round: state.round, step, signBytes };
}

const EXPECTED: Record<string, object> = {
  sign: { kind: 'new' },
  reuse: { kind: 'same' },
  reuse_with_old_timestamp: { kind: 'timestamp-only' },
  conflicting_data: { kind: 'denied', reason: 'conflicting-data' },
  no_sign_bytes: { kind: 'denied', reason: 'conflicting-data' },
  height_regression: { kind: 'denied', reason: 'height-regression' },
  round_regression: { kind: 'denied', reason: 'round-regression' },
  step_regression: { kind: 'denied', reason: 'step-regression' },
};

describe('the rule', () => {
  // The rows on unexpected extensions are a matter of the request's shape: packages/privval and share-release hold them.
  for (const row of cases.filter((each) => each.expect !== 'unexpected_extension')) {
    it(`${row.expect}: ${row.name}`, () => {
      expect(checkSign(markOf(row), parseSignBytes(fromHex(row.request.sign_bytes)))).toEqual(EXPECTED[row.expect]);
    });
  }

  it('allows nothing at or below a floor', () => {
    const floor: Mark = { height: 10n, round: 2 ** 31 - 1, step: 'precommit', signBytes: undefined };
    fc.assert(
      fc.property(voteArbitrary, (vote) => {
        const verdict = checkSign(floor, parseSignBytes(encodeVoteSignBytes(vote)));
        expect(verdict.kind).toBe(vote.height > 10n ? 'new' : 'denied');
      }),
    );
  });

  it('says new exactly above the mark, and same only for equal bytes', () => {
    fc.assert(
      fc.property(voteArbitrary, voteArbitrary, fc.boolean(), (first, second, sameHeight) => {
        const mark = parseSignBytes(encodeVoteSignBytes(first));
        const other = sameHeight ? { ...second, height: first.height, round: first.round, type: first.type } : second;
        const request = parseSignBytes(encodeVoteSignBytes(other));
        const verdict = checkSign({ ...mark, signBytes: mark }, request);
        expect(verdict.kind === 'new').toBe(compareHrs(request, mark) > 0);
        if (verdict.kind === 'same') expect(request.bytes).toEqual(mark.bytes);
      }),
    );
  });
});

describe('the stored mark', () => {
  const vote = parseSignBytes(
    encodeVoteSignBytes({
      type: 'prevote',
      height: 7n,
      round: 1,
      blockId: undefined,
      timestamp: { seconds: 1n, nanos: 2 },
      chainId: 'chain',
    }),
  );
  const records: MarkRecord[] = [
    { height: 7n, round: 1, step: 'prevote', chainId: 'chain', timeMs: 1_700_000_000_123, signBytes: vote },
    { height: 9n, round: 2 ** 31 - 1, step: 'precommit', chainId: 'chaîne', timeMs: 0, signBytes: undefined },
  ];

  it('round-trips', () => {
    for (const record of records) expect(decodeMarkRecord(encodeMarkRecord(record))).toEqual(record);
  });

  it('refuses every truncation and another version', () => {
    for (const record of records) {
      const bytes = encodeMarkRecord(record);
      for (let length = 0; length < bytes.length; length++) {
        expect(() => decodeMarkRecord(bytes.subarray(0, length))).toThrow(MarkRecordError);
      }
      bytes[0] = 2;
      expect(() => decodeMarkRecord(bytes)).toThrow(/expected version 1, found version 2/);
    }
  });

  it('refuses sign bytes that say another height than the record', () => {
    const bytes = encodeMarkRecord({ ...records[0], height: 8n } as MarkRecord);
    expect(() => decodeMarkRecord(bytes)).toThrow(MarkRecordError);
  });

  it('reads a flipped bit as an error or as another mark, never as a crash', () => {
    const bytes = encodeMarkRecord(records[0] as MarkRecord);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      try {
        expect(encodeMarkRecord(decodeMarkRecord(flipped))).toEqual(flipped);
      } catch (error) {
        expect(error instanceof MarkRecordError || error instanceof SignBytesError).toBe(true);
      }
    }
  });
});
