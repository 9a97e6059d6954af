import { compareHrs, encodeVoteSignBytes, floorMark, type MarkRecord, parseSignBytes } from '@quorumsign/sign-state';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CARRIED_AHEAD_MAX, carriedMark, unbelievable } from '../../src/core/epochs/carried-marks.js';
import { blockOf } from '../core-cluster.js';

const CHAIN = 'chain-1';

function mark(height: bigint, block = 1, round = 0): MarkRecord {
  const timestamp = { seconds: 1n, nanos: 0 };
  const fields = { type: 'prevote', height, round, blockId: blockOf(block), timestamp, chainId: CHAIN } as const;
  const signBytes = parseSignBytes(encodeVoteSignBytes(fields));
  return { height, round, step: 'prevote', chainId: CHAIN, signBytes, timeMs: 5 };
}

describe('the mark with which a member begins', () => {
  it('is the highest, with its bytes where all that are this high agree', () => {
    expect(carriedMark([mark(4n), mark(7n), mark(7n), mark(6n)], 99)).toEqual({ ...mark(7n), timeMs: 99 });
  });

  it('has no bytes where two that are the highest differ: nothing is signed there again', () => {
    expect(carriedMark([mark(7n, 1), mark(7n, 2)], 99)?.signBytes).toBeUndefined();
    expect(carriedMark([mark(7n, 1), { ...mark(7n), signBytes: undefined }], 99)?.signBytes).toBeUndefined();
  });

  it('is a floor where a floor is the highest', () => {
    expect(carriedMark([mark(7n), floorMark(7n, CHAIN, 1)], 99)).toEqual(floorMark(7n, CHAIN, 99));
  });

  it('is none where nobody has one', () => {
    expect(carriedMark([], 99)).toBeUndefined();
  });

  it('is below no mark that went into it', () => {
    const marks = fc.array(
      fc.tuple(fc.bigInt(1n, 9n), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 2 })),
      {
        minLength: 1,
      },
    );
    fc.assert(
      fc.property(marks, (fields) => {
        const all = fields.map((each) => mark(...each));
        const carried = carriedMark(all, 0);
        for (const each of all) expect(compareHrs(carried as MarkRecord, each)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('a mark that is not believed', () => {
  const dealers = (a: bigint, b: bigint) =>
    new Map([
      ['a', a],
      ['b', b],
    ]);

  it('is further above all else than may be', () => {
    expect(unbelievable(dealers(5n, 5n + CARRIED_AHEAD_MAX + 1n), [])).toBe('b');
    expect(unbelievable(dealers(5n, 5n + CARRIED_AHEAD_MAX), [])).toBeUndefined();
  });

  it('is believed where a signature is near it, however far behind the other dealers are', () => {
    expect(unbelievable(dealers(5n, 1_000_000n), [])).toBe('b');
    expect(unbelievable(dealers(5n, 1_000_000n), [999_999n])).toBeUndefined();
  });
});
