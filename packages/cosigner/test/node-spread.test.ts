import { describe, expect, it } from 'vitest';
import { NodeSpread } from '../src/shell/node-spread.js';

const used = (name: string, { inUseForMs = 5_000, pending = 0 } = {}) => ({ name, inUseForMs, pending });
const standby = (name: string) => ({ name, inUseForMs: undefined, pending: 0 });
const NOW_MS = 1_000_000;
const at = (nowMs: number) => ({ nowMs, hasPeer: true });

describe('a cosigner that serves all nodes of a chain', () => {
  it('gives one of them up', () => {
    expect(new NodeSpread().toGiveUp('c', [used('a'), used('b')], at(NOW_MS))?.name).toBe('b');
    expect(new NodeSpread().toGiveUp('c', [used('a'), used('b'), used('d')], at(NOW_MS))?.name).toBe('d');
  });

  it.each([
    ['has only one', [used('a')]],
    ['has none', []],
    ['is standby at one', [used('a'), standby('b')]],
    ['has had one for less than 5 s', [used('a'), used('b', { inUseForMs: 4_999 })]],
    ['has a request of each', [used('a', { pending: 1 }), used('b', { pending: 1 })]],
  ])('gives none up when it %s', (_when, nodes) => {
    expect(new NodeSpread().toGiveUp('c', nodes, at(NOW_MS))).toBeUndefined();
  });

  it('gives none up while no other cosigner is connected', () => {
    const now = { nowMs: NOW_MS, hasPeer: false };
    expect(new NodeSpread().toGiveUp('c', [used('a'), used('b')], now)).toBeUndefined();
  });

  it('gives up one that asks for nothing just now', () => {
    expect(new NodeSpread().toGiveUp('c', [used('a'), used('b', { pending: 1 })], at(NOW_MS))?.name).toBe('a');
  });

  it('does not give up the same in vain for ten minutes', () => {
    const spread = new NodeSpread();
    spread.toGiveUp('c', [used('a'), used('b')], at(NOW_MS));
    spread.toGiveUp('c', [used('a'), standby('b')], at(NOW_MS + 59_999));
    expect(spread.toGiveUp('c', [used('a'), used('b')], at(NOW_MS + 599_999))).toBeUndefined();
    expect(spread.toGiveUp('c', [used('a'), used('b')], at(NOW_MS + 600_000))?.name).toBe('b');
  });

  it('gives one up again when another cosigner had kept it for a minute', () => {
    const spread = new NodeSpread();
    spread.toGiveUp('c', [used('a'), used('b')], at(NOW_MS));
    spread.toGiveUp('c', [used('a'), standby('b')], at(NOW_MS + 60_000));
    expect(spread.toGiveUp('c', [used('a'), used('b')], at(NOW_MS + 70_000))?.name).toBe('b');
  });

  it('goes by each chain alone', () => {
    const spread = new NodeSpread();
    spread.toGiveUp('c', [used('a'), used('b')], at(NOW_MS));
    expect(spread.toGiveUp('d', [used('e'), used('f')], at(NOW_MS))?.name).toBe('f');
  });
});
