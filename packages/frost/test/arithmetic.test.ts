import { describe, expect, it } from 'vitest';
import { loadArithmetic } from '../src/arithmetic.js';
import { EDWARDS_WASM } from '../src/gen/edwards-wasm.js';
import { COEFFICIENTS_MAX, LagrangeCoefficients, lagrangeCoefficient } from '../src/lagrange.js';
import { fromHex, random, toHex } from './native.js';

const { sodium, edwards } = await loadArithmetic();

/** The module with one byte changed, `offset` bytes into the only place where `hex` is. */
function spoiled(hex: string, offset: number): string {
  const bytes = Buffer.from(EDWARDS_WASM, 'base64');
  const at = bytes.indexOf(Buffer.from(hex, 'hex'));
  if (at < 0 || bytes.indexOf(Buffer.from(hex, 'hex'), at + 1) >= 0) throw new Error(`expected ${hex} once`);
  bytes.writeUInt8(bytes.readUInt8(at + offset) ^ 1, at + offset);
  return bytes.toString('base64');
}

describe('loading', () => {
  for (const [what, hex] of [
    ['d', 'b67859ff8572d300'],
    ['2 d', '59f1b2fe0ae5a6ff'],
    ['the root of −1', 'b0a00efed3c986ff'],
    ['the base point', '5866666666666666'],
    ['the order', 'ecd3f55c1a631258'],
  ] as const) {
    it(`refuses a module with another value for ${what}`, async () => {
      await expect(loadArithmetic(spoiled(hex, 0))).rejects.toThrow(/expected the arithmetic of points to agree/);
    });
  }

  it('refuses a module that wraps 2^255 otherwise than to 19', async () => {
    // i64.const 19, i64.mul.
    const wrap = Buffer.from('42137e', 'hex');
    const bytes = Buffer.from(EDWARDS_WASM, 'base64');
    const accepted: number[] = [];
    let places = 0;
    for (let at = bytes.indexOf(wrap); at >= 0; at = bytes.indexOf(wrap, at + 1)) {
      places++;
      const copy = Buffer.from(bytes);
      copy.writeUInt8(18, at + 1);
      await loadArithmetic(copy.toString('base64')).then(
        () => accepted.push(at),
        (error: Error) => expect(error.message).toMatch(/to agree with libsodium/),
      );
    }
    expect(places).toBeGreaterThan(10);
    // The carry before encoding: most elements are tight by then and have nothing to wrap.
    expect(accepted.length).toBeLessThanOrEqual(1);
  });

  it('refuses what is no module', async () => {
    await expect(loadArithmetic('AAAA')).rejects.toThrow();
  });
});

describe('the two arithmetics', () => {
  it('give R of the same commitments, bit for bit', () => {
    for (let round = 0; round < 200; round++) {
      const signers = Array.from({ length: 2 + (round % 6) }, () => ({
        hiding: sodium.multiplyBase(sodium.reduce(random(64))),
        binding: sodium.multiplyBase(sodium.reduce(random(64))),
        factor: sodium.reduce(random(64)),
      }));
      const expected = signers
        .map(({ hiding, binding, factor }) => sodium.addPoints(hiding, sodium.multiplyPoint(factor, binding)))
        .reduce((sum, term) => sodium.addPoints(sum, term));
      const found = edwards.sum(
        signers.map(({ hiding }) => hiding),
        signers.map(({ binding, factor }) => ({ scalar: factor, point: binding })),
      );
      expect(toHex(found)).toBe(toHex(expected));
    }
  });
});

describe('remembered Lagrange coefficients', () => {
  it('are those computed, for the set and the signer asked for', () => {
    const coefficients = new LagrangeCoefficients(sodium);
    for (const set of [[1, 2], [1, 3], [2, 3], [1, 2, 3], [12], [3, 65_535]]) {
      for (const identifier of set) {
        const expected = lagrangeCoefficient(sodium, set, identifier);
        expect(coefficients.of(set, identifier)).toEqual(expected);
        expect(coefficients.of(set, identifier)).toEqual(expected);
      }
    }
    // λ of 1 in {1, 2} is 2 / (2 − 1).
    expect(coefficients.of([1, 2], 1)).toEqual(fromHex(`02${'00'.repeat(31)}`));
  });

  it(`are at most ${COEFFICIENTS_MAX}, the oldest going first`, () => {
    const coefficients = new LagrangeCoefficients(sodium);
    for (let other = 2; other < COEFFICIENTS_MAX + 12; other++) coefficients.of([1, other], 1);
    expect(coefficients.size).toBe(COEFFICIENTS_MAX);
    expect(coefficients.of([1, 2], 1)).toEqual(lagrangeCoefficient(sodium, [1, 2], 1));
    expect(coefficients.size).toBe(COEFFICIENTS_MAX);
  });
});
