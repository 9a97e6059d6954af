import {
  encodeVoteSignBytes,
  type MarkRecord,
  type ParsedSignBytes,
  parseSignBytes,
  STEP_NUMBER,
} from '@quorumsign/sign-state';
import { describe, expect, it } from 'vitest';
import { MarkReports } from '../src/core/mark-reports.js';
import { Marks } from '../src/core/marks.js';
import type { ReportedMark } from '../src/gen/cosigner/cosigner.js';
import { blockOf } from './core-cluster.js';

const chainId = 'chain-1';

function vote(height: bigint, block = 1): ParsedSignBytes {
  const timestamp = { seconds: 1n, nanos: 0 };
  return parseSignBytes(
    encodeVoteSignBytes({ type: 'prevote', height, round: 0, blockId: blockOf(block), timestamp, chainId }),
  );
}

function mark(message: ParsedSignBytes, durable = true): ReportedMark {
  const { height, round, step } = message;
  return { chainId, height, round, step: STEP_NUMBER[step], signBytes: message.bytes, durable };
}

function reports(term = 3n, own: readonly MarkRecord[] = []): MarkReports {
  const made = new MarkReports('self', new Marks(own), parseSignBytes);
  made.begin(term);
  return made;
}

describe('the reports of marks', () => {
  it('count silence as unwilling', () => {
    const made = reports();
    expect(made.willing(vote(5n))).toEqual(['self']);
    made.merge('a', { term: 3n, complete: true, marks: [] });
    expect(made.willing(vote(5n))).toEqual(['self', 'a']);
  });

  it('count only those of the own term', () => {
    const made = reports();
    made.merge('a', { term: 2n, complete: true, marks: [] });
    made.merge('b', { term: 4n, complete: true, marks: [] });
    expect(made.willing(vote(5n))).toEqual(['self']);
    made.merge('c', { term: 3n, complete: true, marks: [] });
    made.begin(4n);
    expect(made.willing(vote(5n))).toEqual(['self']);
  });

  it('count a part for nothing before the whole', () => {
    const made = reports();
    made.merge('a', { term: 3n, complete: false, marks: [] });
    expect(made.willing(vote(5n))).toEqual(['self']);
  });

  it('say willing below, exactly at, and not above or for other bytes', () => {
    const made = reports();
    made.merge('below', { term: 3n, complete: true, marks: [mark(vote(4n))] });
    made.merge('same', { term: 3n, complete: true, marks: [mark(vote(5n))] });
    made.merge('other', { term: 3n, complete: true, marks: [mark(vote(5n, 2))] });
    made.merge('above', { term: 3n, complete: true, marks: [mark(vote(6n))] });
    expect(made.willing(vote(5n))).toEqual(['self', 'below', 'same']);
    expect(made.blocked(vote(5n))).toEqual(['other', 'above']);
  });

  it('take marks whose sync is under way as unwilling, but not as a reason to deny', () => {
    const made = reports();
    made.merge('a', { term: 3n, complete: true, marks: [mark(vote(6n), false)] });
    expect(made.willing(vote(5n))).toEqual(['self']);
    expect(made.blocked(vote(5n))).toEqual([]);
  });

  it('never let an older report overwrite a newer one', () => {
    const made = reports();
    made.merge('a', { term: 3n, complete: true, marks: [mark(vote(6n))] });
    made.merge('a', { term: 3n, complete: true, marks: [mark(vote(4n))] });
    expect(made.willing(vote(5n))).toEqual(['self']);
  });

  it('expect the mark of a share that was asked for', () => {
    const made = reports();
    made.merge('a', { term: 3n, complete: true, marks: [] });
    made.expect('a', vote(6n));
    expect(made.willing(vote(5n))).toEqual(['self']);
    expect(made.willing(vote(6n))).toEqual(['self', 'a']);
    expect(made.willing(vote(6n, 2))).toEqual(['self']);
  });

  it('refuse a mark that contradicts its own sign bytes', () => {
    const bad = { ...mark(vote(5n)), height: 4n };
    expect(() => reports().merge('a', { term: 3n, complete: true, marks: [bad] })).toThrow(/expected a mark that says/);
    expect(() => reports().merge('a', { term: 3n, complete: true, marks: [{ ...mark(vote(5n)), step: 4 }] })).toThrow(
      /step/,
    );
  });
});

describe('the marks', () => {
  it('of more chains than there can be, or of a name that none has, are refused and fill no memory', () => {
    const made = reports();
    expect(made.merge('beta', { term: 3n, complete: true, marks: [] })).toBe(true);
    const bare = { height: 1n, round: 0, step: 1, signBytes: new Uint8Array(), durable: true };
    const part = (from: number) => ({
      term: 3n,
      complete: false,
      marks: Array.from({ length: 600 }, (_, at) => ({ ...bare, chainId: `strange-${from + at}` })),
    });
    made.merge('beta', part(0));
    expect(() => made.merge('beta', part(600))).toThrow(/expected marks of at most 1024 chains/);
    const long = { ...bare, chainId: 'x'.repeat(51) };
    expect(() => reports().merge('beta', { term: 3n, complete: true, marks: [long] })).toThrow(
      /expected a chain id of at most 50 bytes, found 51/,
    );
  });

  it('only rise', () => {
    const marks = new Marks([]);
    const at = (height: bigint) => ({ ...vote(height), signBytes: vote(height), timeMs: 0 });
    marks.move(at(5n));
    expect(() => marks.move(at(5n))).toThrow(/impossible/);
    expect(() => marks.move(at(4n))).toThrow(/impossible/);
    expect(marks.isDurably(vote(5n))).toBe(false);
    marks.persisted(at(5n));
    expect(marks.isDurably(vote(5n))).toBe(true);
    expect(marks.isDurably(vote(5n, 2))).toBe(false);
  });
});
