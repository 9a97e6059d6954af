import { loadFrost, type PreparedCommitment, type SigningShare } from '@quorumsign/frost';
import { describe, expect, it } from 'vitest';
import { createVerifier } from '../src/shell/verifier.js';
import { warmUp } from '../src/shell/warm-up.js';

const frost = await loadFrost();
const DEAL = { threshold: 2, identifiers: [1, 2, 3], epoch: 1 };
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));

describe('the warm-up', () => {
  it('has every vote signed by a cluster of its own', () => {
    expect(warmUp(frost, { threshold: 2, members: 3, verify: createVerifier(), nowMs: () => 0 })).toBe(400);
  });

  it('gives back the room for prepared commitments', () => {
    const room = () => {
      const share = frost.deal({ ...DEAL, secret: frost.randomSecret(random), random }).shares[0] as SigningShare;
      const { commitment } = frost.generateNonces(share, random);
      const kept: PreparedCommitment[] = [];
      for (let made = frost.prepareCommitment(commitment); made; made = frost.prepareCommitment(commitment))
        kept.push(made);
      for (const each of kept) each.release();
      return kept.length;
    };
    const before = room();
    warmUp(frost, { threshold: 2, members: 3, verify: createVerifier(), nowMs: () => 0 });
    expect(room()).toBe(before);
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
