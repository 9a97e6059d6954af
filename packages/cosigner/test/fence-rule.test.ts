import { describe, expect, it } from 'vitest';
import { followPosition, judgeMemory, judgePosition, type PeerStore, RETIRED_MAX } from '../src/core/fence-rule.js';
import type { Memory, Position } from '../src/gen/cosigner/cosigner.js';

const id = (byte: number) => new Uint8Array(16).fill(byte);
const position = (over: Partial<Position> = {}): Position => ({
  store: id(1),
  boot: id(2),
  recovered: 10n,
  batches: 20n,
  proof: new Uint8Array(32),
  admission: 0,
  ...over,
});
const known = (over: Partial<Position> = {}, retired: Uint8Array[] = []): PeerStore => ({
  position: position(over),
  retired,
});

describe('a peer is let in', () => {
  it.each<[string, PeerStore | undefined, Position]>([
    ['that nobody has heard of', undefined, position()],
    ['that is the process it was', known(), position({ batches: 20n })],
    ['that found at its start what it had told of', known(), position({ boot: id(3), recovered: 20n, batches: 20n })],
    ['that had gone on unseen', known(), position({ boot: id(3), recovered: 30n, batches: 31n })],
    [
      'that has a store nobody has heard of',
      known(),
      position({ store: id(9), boot: id(3), recovered: 1n, batches: 1n }),
    ],
  ])('%s', (_title, before, told) => {
    expect(judgePosition(before, told).kind).toBe('admitted');
  });

  it('with a new store, and its old one is refused from then on', () => {
    const verdict = judgePosition(known(), position({ store: id(9), boot: id(3), recovered: 1n, batches: 1n }));
    if (verdict.kind !== 'admitted') throw new Error(verdict.reason);
    expect(verdict.isReplaced).toBe(true);
    expect(judgePosition(verdict.store, position({ boot: id(4), recovered: 99n, batches: 99n }))).toMatchObject({
      kind: 'fenced',
      reason: /was replaced by/,
    });
  });
});

describe('a peer is refused', () => {
  it.each<[string, PeerStore | undefined, Position, RegExp]>([
    [
      'that found one batch less than it had told of',
      known(),
      position({ boot: id(3), recovered: 19n, batches: 19n }),
      /expected batch 20, found 19/,
    ],
    [
      'that has more batches now, but found less at its start',
      known(),
      position({ boot: id(3), recovered: 19n, batches: 500n }),
      /expected batch 20, found 19/,
    ],
    ['whose running process was set back', known(), position({ batches: 19n }), /expected batch 20, found 19/],
    ['with a store that was replaced', known({}, [id(7)]), position({ store: id(7) }), /was replaced/],
    [
      'that changes its store without end',
      known(
        {},
        Array.from({ length: RETIRED_MAX }, (_, at) => id(100 + at)),
      ),
      position({ store: id(9) }),
      /has had 64 stores/,
    ],
    ['whose position cannot be', undefined, position({ store: new Uint8Array(3) }), /none that a cosigner tells/],
    [
      'that would fill the disk with its proof',
      undefined,
      position({ proof: new Uint8Array(5000) }),
      /none that a cosigner tells/,
    ],
    ['that has less than it found', undefined, position({ recovered: 21n }), /none that a cosigner tells/],
  ])('%s', (_title, before, told, reason) => {
    expect(judgePosition(before, told)).toMatchObject({ kind: 'fenced', reason });
  });
});

describe('on a connection', () => {
  it('a position only rises, and is that of one process and store', () => {
    const before = known();
    expect(followPosition(before, position({ batches: 25n })).position.batches).toBe(25n);
    expect(followPosition(before, position({ batches: 19n }))).toBe(before);
    expect(followPosition(before, position({ batches: 25n, boot: id(3) }))).toBe(before);
    expect(followPosition(before, position({ batches: 25n, store: id(3) }))).toBe(before);
    expect(followPosition(before, position({ batches: 25n, proof: new Uint8Array(5000) }))).toBe(before);
  });
});

describe("a peer's memory of this store", () => {
  const own = { store: id(1), boot: id(5), recovered: 15n, batches: 18n };
  const memory = (over: Partial<Memory>): Memory => ({
    position: undefined,
    retired: [],
    sealed: new Uint8Array(),
    commit: 0n,
    term: 0n,
    heights: [],
    ...over,
  });
  const judge = (over: Partial<Memory>, isOwnProof = true) => judgeMemory(own, memory(over), () => isOwnProof);

  it('that fits is no claim', () => {
    expect(judge({})).toBeUndefined();
    expect(judge({ position: position({ batches: 15n }) })).toBeUndefined();
    expect(judge({ position: position({ batches: 18n, boot: id(5) }) })).toBeUndefined();
    expect(judge({ position: position({ batches: 99n, store: id(8) }), retired: [id(8)] })).toBeUndefined();
  });

  it('that knows more is a claim, and proven when this cosigner said so itself', () => {
    expect(judge({ position: position({ batches: 16n }) })).toMatchObject({ proven: true });
    expect(judge({ position: position({ batches: 16n }) }, false)).toMatchObject({ proven: false });
    expect(judge({ position: position({ batches: 19n, boot: id(5) }) })).toMatchObject({ proven: true });
  });

  it('that has another store in its place is a claim that nobody can prove', () => {
    expect(judge({ retired: [id(1)] })).toMatchObject({ proven: false });
  });
});
