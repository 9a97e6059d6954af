import { describe, expect, it } from 'vitest';
import { TABLES_MAX } from '../src/edwards.js';
import { loadFrost, type NonceCommitment, type NoncePair, type PreparedCommitment } from '../src/index.js';
import { nativeVerifier, random, toHex } from './native.js';

const frost = await loadFrost();

function dealt(threshold: number, members: number) {
  const identifiers = Array.from({ length: members }, (_, at) => at + 1);
  return frost.deal({ secret: frost.randomSecret(random), threshold, identifiers, epoch: 1, random });
}

function prepared(commitment: NonceCommitment): PreparedCommitment {
  const found = frost.prepareCommitment(commitment);
  if (found === undefined) throw new Error('no room');
  return found;
}

const { group, shares } = dealt(3, 5);
const signers = shares.slice(0, 3);

/** The same pairs as often as wanted. */
function pairsFrom(drawn: readonly Uint8Array[][]): NoncePair[] {
  return signers.map((share, at) => {
    const queue = (drawn[at] ?? []).map((each) => each.slice());
    return frost.generateNonces(share, () => queue.shift() ?? new Uint8Array());
  });
}

describe('a session with prepared commitments', () => {
  it('gives the same R and the same shares, whichever are prepared, and after their release', () => {
    const drawn = signers.map(() => [random(32), random(32)]);
    const message = random(122);
    const results = [0, 1, 2, 4, 6, 7].flatMap((mask) =>
      [false, true].map((released) => {
        const pairs = pairsFrom(drawn);
        const kept: PreparedCommitment[] = [];
        const list = pairs.map(({ commitment }, at) => {
          if (((mask >> at) & 1) === 0) return { identifier: at + 1, commitment };
          const own = prepared(commitment);
          kept.push(own);
          return { identifier: at + 1, commitment: own };
        });
        const session = frost.openSession(group, list);
        if (released) for (const each of kept) each.release();
        const signed = signers.map((share, at) => {
          const bound = session.bind(message);
          const signature = bound.signShare(share, pairs[at] as NoncePair);
          bound.verifyShare(share.identifier, signature);
          return toHex(signature) + toHex(bound.commitmentR);
        });
        for (const each of kept) each.release();
        return signed.join();
      }),
    );
    expect(new Set(results).size).toBe(1);
  });

  it('releases them when R is known: they serve one session', () => {
    const pairs = signers.map((share) => frost.generateNonces(share, random));
    const list = pairs.map(({ commitment }, at) => ({ identifier: at + 1, commitment: prepared(commitment) }));
    const bound = frost.openSession(group, list).bind(random(122));
    expect(list.map(({ commitment }) => commitment.released)).toEqual([false, false, false]);
    bound.signShare(signers[0] as (typeof signers)[0], pairs[0] as NoncePair);
    expect(list.map(({ commitment }) => commitment.released)).toEqual([true, true, true]);
  });

  it('keeps the points of the bytes, whatever becomes of the array they came in', () => {
    const pair = frost.generateNonces(signers[0] ?? (shares[0] as (typeof shares)[0]), random);
    const bytes = { hiding: pair.commitment.hiding.slice(), binding: pair.commitment.binding.slice() };
    const own = prepared(bytes);
    bytes.hiding.fill(7);
    bytes.binding.fill(7);
    expect(own.hiding).toEqual(pair.commitment.hiding);
    expect(own.binding).toEqual(pair.commitment.binding);
    own.release();
    own.release();
    expect(own.released).toBe(true);
  });

  it(`has room for ${TABLES_MAX}, keeps nothing of one that does not fit, and has room again`, () => {
    const { commitment } = frost.generateNonces(shares[0] as (typeof shares)[0], random);
    const kept = Array.from({ length: TABLES_MAX }, () => prepared(commitment));
    for (let round = 0; round < 3; round++) expect(frost.prepareCommitment(commitment)).toBeUndefined();
    kept[0]?.release();
    const again = prepared(commitment);
    expect(frost.prepareCommitment(commitment)).toBeUndefined();
    for (const each of [...kept, again]) each.release();
    for (let round = 0; round < TABLES_MAX + 1; round++) {
      const bad = { hiding: commitment.hiding, binding: new Uint8Array(32).fill(0xff) };
      expect(() => frost.prepareCommitment(bad)).toThrow(/POINT_MALFORMED/);
    }
    prepared(commitment).release();
  });
});

describe('a session', () => {
  it('names the signer whose commitment is no point, when it was not checked before', () => {
    const bad = new Uint8Array(32).fill(0xff);
    for (const [what, spoil] of [
      ['hiding', (good: NonceCommitment) => ({ ...good, hiding: bad })],
      ['binding', (good: NonceCommitment) => ({ ...good, binding: bad })],
    ] as const) {
      const pairs = signers.map((share) => frost.generateNonces(share, random));
      const list = pairs.map(({ commitment }, at) => ({
        identifier: at + 1,
        commitment: at === 1 ? spoil(commitment) : commitment,
      }));
      const bound = frost.openSession(group, list).bind(random(20));
      const expected = new RegExp(`POINT_MALFORMED: ${what} commitment.*signer 2`);
      expect(() => bound.signShare(shares[0] as (typeof shares)[0], pairs[0] as NoncePair)).toThrow(expected);
      expect(() => bound.commitmentR).toThrow(expected);
    }
  });

  it('says that a verification share is no point, when the group was not checked before', () => {
    const pairs = signers.map((share) => frost.generateNonces(share, random));
    const list = pairs.map(({ commitment }, at) => ({ identifier: at + 1, commitment }));
    const verificationShares = new Map([...group.verificationShares, [2, new Uint8Array(32).fill(0xff)]]);
    const bound = frost.openSession({ ...group, verificationShares }, list).bind(random(20));
    expect(() => bound.verifyShare(2, new Uint8Array(32).fill(1))).toThrow(
      /POINT_MALFORMED: verification share.*signer 2/,
    );
  });

  it('of more signers than one sum takes gives a signature that OpenSSL accepts', { timeout: 60_000 }, () => {
    const many = dealt(70, 70);
    const pairs = many.shares.map((share) => frost.generateNonces(share, random));
    const list = pairs.map(({ commitment }, at) => ({ identifier: at + 1, commitment }));
    const message = random(33);
    const bound = frost.openSession(many.group, list).bind(message);
    const signed = new Map(
      many.shares.map((share, at) => [share.identifier, bound.signShare(share, pairs[at] as NoncePair)]),
    );
    expect(nativeVerifier(many.group.groupKey)(message, bound.aggregate(signed))).toBe(true);
    signed.set(40, frost.randomSecret(random));
    expect(bound.culprits(signed)).toEqual([40]);
  });
});
