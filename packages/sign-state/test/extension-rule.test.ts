import { describe, expect, it } from 'vitest';
import { assertExtensionOf, encodeExtensionSignBytes, encodeVoteSignBytes, parseSignBytes } from '../src/index.js';

const at = { height: 7n, round: 1, chainId: 'chain-1' };
const blockId = { hash: new Uint8Array(32).fill(1), partSetTotal: 1, partSetHash: new Uint8Array(32).fill(2) };
const vote = (over: { type?: 'prevote' | 'precommit'; isNil?: boolean } = {}) =>
  parseSignBytes(
    encodeVoteSignBytes({
      ...at,
      type: over.type ?? 'precommit',
      blockId: over.isNil === true ? undefined : blockId,
      timestamp: { seconds: 5n, nanos: 0 },
    }),
  );
const extension = (over: Partial<typeof at> = {}) =>
  encodeExtensionSignBytes({ ...at, extension: Uint8Array.of(1, 2), ...over });

describe('an extension', () => {
  it('is that of the precommit at its height and round on its chain', () => {
    expect(() => assertExtensionOf(vote(), extension())).not.toThrow();
  });

  it.each([
    ['height', { height: 8n }],
    ['round', { round: 2 }],
    ['chain', { chainId: 'chain-2' }],
  ])('of another %s is refused', (_what, over) => {
    expect(() => assertExtensionOf(vote(), extension(over))).toThrow(/another vote/);
  });

  it.each([
    ['a prevote', vote({ type: 'prevote' })],
    ['a nil precommit', vote({ isNil: true })],
  ])('beside %s is refused', (_what, message) => {
    expect(() => assertExtensionOf(message, extension())).toThrow(/no non-nil precommit/);
  });

  it('that is a vote in disguise is refused', () => {
    expect(() => assertExtensionOf(vote(), vote().bytes)).toThrow();
  });
});
