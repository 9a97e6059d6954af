import { loadFrost } from '@quorumsign/frost';
import { describe, expect, it } from 'vitest';
import { createVerifier } from '../src/shell/verifier.js';
import { warmUp } from '../src/shell/warm-up.js';

const frost = await loadFrost();

describe('the warm-up', () => {
  it('has every vote signed by a cluster of its own', () => {
    expect(warmUp(frost, { threshold: 2, members: 3, verify: createVerifier(), nowMs: () => 0 })).toBe(400);
  });

  it('ends when its time is up', () => {
    let nowMs = 0;
    const signed = warmUp(frost, { threshold: 2, members: 3, verify: createVerifier(), nowMs: () => (nowMs += 500) });
    expect(signed).toBeLessThan(10);
  });

  it('ends at a signature that does not come, instead of waiting for it', () => {
    expect(warmUp(frost, { threshold: 2, members: 3, verify: () => false, nowMs: () => 0 })).toBe(0);
  });
});
