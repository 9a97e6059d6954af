import { encodeVoteSignBytes, type Hrs, hrsKey, type ParsedSignBytes, parseSignBytes } from '@quorumsign/sign-state';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { decodeSnapshotData, encodeIntent, encodeResult } from '../src/core/entry-data.js';
import { INTENTS_MAX, RESULT_HEIGHTS_KEPT, ReplicatedState } from '../src/core/replicated-state.js';

const CHAIN = 'chain-a';
const TRUE = new Uint8Array(64).fill(1);
const FALSE = new Uint8Array(64).fill(2);
const NOTHING = new Uint8Array();

function vote(height: number, { chainId = CHAIN, block = 1 } = {}): ParsedSignBytes {
  const hash = new Uint8Array(32).fill(block);
  const blockId = { hash, partSetTotal: 1, partSetHash: hash };
  const timestamp = { seconds: 1n, nanos: 0 };
  return parseSignBytes(
    encodeVoteSignBytes({ type: 'prevote', height: BigInt(height), round: 0, blockId, timestamp, chainId }),
  );
}

const at = (height: number): Hrs => ({ height: BigInt(height), round: 0, step: 'prevote' });

describe('replicated intents', () => {
  const state = () =>
    new ReplicatedState({ parse: parseSignBytes, isOurs: (chainId) => chainId === CHAIN, verify: () => true });
  const intentsOf = (of: ReplicatedState) => decodeSnapshotData(of.encodeSnapshot(1n << 62n)).intents;

  it('far ahead, of a leader that lied, do not keep what is behind them', () => {
    const made = state();
    let index = 1n;
    made.append({ index: index++, term: 1n, data: encodeIntent(vote(1_000_000_000)) });
    for (let height = 1; height <= 200; height++) {
      made.append({ index: index++, term: 1n, data: encodeIntent(vote(height)) });
      made.addVerified(vote(height), TRUE, '', NOTHING);
    }
    expect(intentsOf(made).length).toBeLessThanOrEqual(Number(RESULT_HEIGHTS_KEPT) + 2);
  });

  it('are the newest few thousand at most, whatever a leader has logged', () => {
    const made = state();
    const count = INTENTS_MAX + 500;
    for (let at = 1; at <= count; at++) {
      const chainId = at % 2 === 0 ? CHAIN : `strange-${at}`;
      made.append({ index: BigInt(at), term: 1n, data: encodeIntent(vote(1_000_000 + at, { chainId })) });
    }
    const kept = intentsOf(made);
    expect(kept).toHaveLength(INTENTS_MAX);
    expect(kept.at(-1)?.index).toBe(BigInt(count));
    expect(made.intentAt(500n)).toBeUndefined();
    expect(made.intentAt(BigInt(count))?.message.height).toBe(BigInt(1_000_000 + count));
  });
});

describe('replicated results', () => {
  let verified: bigint[];
  let state: ReplicatedState;
  let nextIndex: bigint;

  function fresh(): ReplicatedState {
    return new ReplicatedState({
      parse: parseSignBytes,
      isOurs: (chainId) => chainId === CHAIN,
      verify: (_chainId, message, signature) => {
        verified.push(parseSignBytes(message).height);
        return signature[0] === 1;
      },
    });
  }

  function claim(message: ParsedSignBytes, signature: Uint8Array): void {
    const result = { signBytes: message.bytes, signature, extensionHash: NOTHING, extensionSignature: NOTHING };
    state.append({ index: nextIndex++, term: 1n, data: encodeResult(result) });
  }

  beforeEach(() => {
    verified = [];
    nextIndex = 1n;
    state = fresh();
  });

  it('are verified when they are asked for, and once', () => {
    claim(vote(1), TRUE);
    claim(vote(2), TRUE);
    expect(verified).toEqual([]);
    expect(state.result(CHAIN, at(1))?.signature).toEqual(TRUE);
    expect(state.result(CHAIN, at(1))?.signature).toEqual(TRUE);
    expect(verified).toEqual([1n]);
  });

  it('of a form that no signature has are not kept', () => {
    for (const change of [
      { signature: new Uint8Array(100_000) },
      { extensionHash: new Uint8Array(100_000) },
      { extensionHash: new Uint8Array(32), extensionSignature: new Uint8Array(100_000) },
      { extensionSignature: new Uint8Array(64) },
    ]) {
      const form = { signBytes: vote(1).bytes, signature: TRUE, extensionHash: NOTHING, extensionSignature: NOTHING };
      state.append({ index: nextIndex++, term: 1n, data: encodeResult({ ...form, ...change }) });
    }
    expect(state.encodeSnapshot(nextIndex).length).toBeLessThan(100);
    expect(state.result(CHAIN, at(1))).toBeUndefined();
  });

  it('keep the newest extensions, however many were made up before', () => {
    for (let made = 1; made <= 20; made++) state.addVerified(vote(1), TRUE, `hash-${made}`, TRUE);
    expect([...(state.result(CHAIN, at(1))?.extensions.keys() ?? [])].at(-1)).toBe('hash-20');
    expect(state.result(CHAIN, at(1))?.extensions.size).toBe(16);
  });

  it('are none where the claim is false, and a true one behind it counts', () => {
    claim(vote(1), FALSE);
    expect(state.result(CHAIN, at(1))).toBeUndefined();
    claim(vote(1, { block: 2 }), FALSE);
    claim(vote(1, { block: 3 }), TRUE);
    expect(state.result(CHAIN, at(1))?.message.bytes).toEqual(vote(1, { block: 3 }).bytes);
  });

  it('are above a height only when they are true', () => {
    claim(vote(5), TRUE);
    claim(vote(9), FALSE);
    expect(state.resultAbove(CHAIN, at(4))?.message.height).toBe(5n);
    expect(state.resultAbove(CHAIN, at(5))).toBeUndefined();
    expect(state.highestResult(CHAIN)?.message.height).toBe(5n);
  });

  it('cost a request above all of them nothing', () => {
    for (let height = 1; height <= 20; height++) claim(vote(height), TRUE);
    expect(state.result(CHAIN, at(21))).toBeUndefined();
    expect(state.resultAbove(CHAIN, at(21))).toBeUndefined();
    expect(verified).toEqual([]);
  });

  it('that nobody asks for are verified by one in thirty at most', () => {
    for (let height = 1; height <= 3000; height++) claim(vote(height), TRUE);
    expect(verified.length).toBeLessThanOrEqual(100);
    expect(state.highestResult(CHAIN)?.message.height).toBe(3000n);
  });

  it('are not lost to false claims of absurd heights', () => {
    for (let height = 1; height <= 10; height++) claim(vote(height), TRUE);
    for (let height = 1; height <= 500; height++) claim(vote(1_000_000 + height), FALSE);
    expect(state.highestResult(CHAIN)?.message.height).toBe(10n);
    for (let height = 1; height <= 10; height++) expect(state.result(CHAIN, at(height))?.signature).toEqual(TRUE);
  });

  it('of a chain that is not ours are not kept', () => {
    claim(vote(1, { chainId: 'chain-b' }), TRUE);
    expect(state.result('chain-b', at(1))).toBeUndefined();
    expect(verified).toEqual([]);
  });

  it('that this leader made come back through the log unverified', () => {
    state.addVerified(vote(1), TRUE, '', NOTHING);
    claim(vote(1), TRUE);
    expect(state.result(CHAIN, at(1))?.signature).toEqual(TRUE);
    expect(verified).toEqual([]);
  });

  it('travel in a snapshot, and are verified by whoever takes it', () => {
    claim(vote(1), TRUE);
    expect(state.result(CHAIN, at(1))).toBeDefined();
    claim(vote(2), TRUE);
    claim(vote(3), FALSE);
    const snapshot = state.encodeSnapshot(nextIndex);
    expect(verified).toEqual([1n]);
    state = fresh();
    state.restoreSnapshot(snapshot);
    expect([1, 2, 3].map((height) => state.result(CHAIN, at(height)) !== undefined)).toEqual([true, true, false]);
    expect(verified).toEqual([1n, 1n, 2n, 3n]);
  });

  it('are the same as if each had been verified as it came', () => {
    const step = fc.record({
      height: fc.integer({ min: 1, max: 200 }),
      block: fc.integer({ min: 1, max: 2 }),
      isTrue: fc.boolean(),
      asks: fc.constantFrom('nothing', 'result', 'above', 'highest'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        state = fresh();
        const known = new Map<string, ParsedSignBytes>();
        let highest = 0;
        for (const { height, block, isTrue, asks } of steps) {
          // A height that is long past is pruned at a moment that is nobody's business.
          if (BigInt(height) + RESULT_HEIGHTS_KEPT < BigInt(highest)) continue;
          const message = vote(height, { block });
          claim(message, isTrue ? TRUE : FALSE);
          if (isTrue && !known.has(hrsKey(message))) known.set(hrsKey(message), message);
          if (isTrue) highest = Math.max(highest, height);
          if (asks === 'result')
            expect(state.result(CHAIN, message)?.message.bytes).toEqual(known.get(hrsKey(message))?.bytes);
          if (asks === 'highest') expect(Number(state.highestResult(CHAIN)?.message.height ?? 0n)).toBe(highest);
          if (asks === 'above') {
            const above = state.resultAbove(CHAIN, message)?.message.height;
            expect(above).toBe(highest > height ? BigInt(highest) : undefined);
          }
        }
      }),
    );
  });
});
