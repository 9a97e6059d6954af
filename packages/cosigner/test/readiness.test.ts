import { describe, expect, it } from 'vitest';
import { isReady, MEET_MS_MAX } from '../src/shell/readiness.js';

const WELL = { hasLeader: true, isJoining: false, connected: ['beta', 'gamma'] };
const meets = (...connected: boolean[]) => connected.map((each) => ({ connected: each }));

describe('a cosigner is ready', () => {
  it('as soon as it has met all the others', () => {
    expect(isReady(WELL, { threshold: 2, peers: meets(true, true), upMs: 0 })).toBe(true);
  });

  it('without those that are away, a moment after its start', () => {
    const [one, all] = [
      { ...WELL, connected: ['beta'] },
      { threshold: 2, peers: meets(true, false) },
    ];
    expect(isReady(one, { ...all, upMs: MEET_MS_MAX - 1 })).toBe(false);
    expect(isReady(one, { ...all, upMs: MEET_MS_MAX })).toBe(true);
  });

  it.each([
    ['before its start is done', {}, undefined],
    ['without a leader', { hasLeader: false }, MEET_MS_MAX],
    ['while it is joining', { isJoining: true }, MEET_MS_MAX],
    ['with fewer than t', { connected: [] }, MEET_MS_MAX],
  ])('never %s', (_, change, upMs) => {
    expect(isReady({ ...WELL, ...change }, { threshold: 2, peers: meets(true, true), upMs })).toBe(false);
  });
});
