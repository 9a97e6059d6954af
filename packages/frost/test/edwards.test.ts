import { readFileSync } from 'node:fs';
import { ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DECODED_MAX, Edwards, type PointOperand, TABLES_MAX, TERMS_MAX } from '../src/edwards.js';
import type { PreparedPoint } from '../src/prepared-point.js';
import { fromHex, random, toHex } from './native.js';

// The oracle shares no code with the module under test.
const { Point } = ed25519;
type OraclePoint = InstanceType<typeof Point>;
const ORDER = Point.Fn.ORDER;
const edwards = await Edwards.load();

const { small_order_or_noncanonical_elements: refused, invalid_elements: invalid } = JSON.parse(
  readFileSync(new URL('./data/rfc9591-ed25519.json', import.meta.url), 'utf8'),
) as Record<string, { elements: string[] }>;
const elements = [...(refused?.elements ?? []), ...(invalid?.elements ?? [])];

/** Strict decoding by the oracle. */
function oraclePoint(bytes: Uint8Array): OraclePoint | undefined {
  try {
    return Point.fromBytes(bytes, false);
  } catch {
    return undefined;
  }
}

function littleEndian(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, at) => Number((value >> BigInt(8 * at)) & 0xffn));
}

const IDENTITY = littleEndian(1n);
/** The eight points of order 1, 2, 4 and 8. */
const torsion = elements.flatMap((element) => {
  const point = oraclePoint(fromHex(element));
  return point?.isSmallOrder() ? [point] : [];
});

const nibbles = (digit: string): bigint => BigInt(`0x0${digit.repeat(62)}f`);
const EDGE_SCALARS = [
  0n,
  1n,
  2n,
  7n,
  8n,
  9n,
  15n,
  16n,
  ORDER - 1n,
  ORDER - 2n,
  ORDER >> 1n,
  2n ** 252n - 1n, // ones everywhere: carries run to the last digit
  2n ** 252n,
  2n ** 251n,
  ...['7', '8', '9', 'f', '1'].map(nibbles),
];
const scalars = fc.oneof(fc.constantFrom(...EDGE_SCALARS), fc.bigInt(0n, ORDER - 1n));
const multiples = fc.oneof(fc.constantFrom(1n, 2n, 3n, ORDER - 1n), fc.bigInt(1n, ORDER - 1n));
/** Any points of the curve: of prime order, of small order, and their sums. */
const points = fc
  .tuple(fc.option(multiples), fc.nat(torsion.length - 1))
  .map(([multiple, at]) =>
    (torsion[at] ?? Point.ZERO).add(multiple === null ? Point.ZERO : Point.BASE.multiply(multiple)),
  );
const forms = fc.constantFrom('encoded', 'decoded', 'table');

/** The operand in a form, and the slots to give back. */
function operandOf(point: OraclePoint, form: string, kept: PreparedPoint[]): PointOperand {
  const bytes = point.toBytes();
  const operand = form === 'table' ? edwards.prepare(bytes) : form === 'decoded' ? edwards.decode(bytes) : bytes;
  if (operand === undefined) throw new Error('no slot left');
  if (!(operand instanceof Uint8Array)) kept.push(operand);
  return operand;
}

function product(point: OraclePoint, scalar: bigint): OraclePoint {
  return scalar === 0n ? Point.ZERO : point.multiplyUnsafe(scalar);
}

describe('sums of points', () => {
  it('are those of an independent implementation, for any points of the curve, any scalars, in any form', () => {
    const term = fc.tuple(points, forms);
    fc.assert(
      fc.property(
        fc.array(term, { maxLength: 7 }),
        fc.array(fc.tuple(term, scalars), { maxLength: 7 }),
        (added, multiplied) => {
          const kept: PreparedPoint[] = [];
          const sum = edwards.sum(
            added.map(([point, form]) => operandOf(point, form, kept)),
            multiplied.map(([[point, form], scalar]) => ({
              scalar: littleEndian(scalar),
              point: operandOf(point, form, kept),
            })),
          );
          for (const each of kept) each.release();
          const plain = added.reduce((total, [point]) => total.add(point), Point.ZERO);
          const expected = multiplied.reduce((total, [[point], scalar]) => total.add(product(point, scalar)), plain);
          expect(toHex(sum)).toBe(expected.toHex());
        },
      ),
      { numRuns: 400 },
    );
  }, 120_000);

  it('are right for every edge scalar, alone and next to its negative', () => {
    const point = Point.BASE.multiply(987_654_321n);
    const kept: PreparedPoint[] = [];
    for (const form of ['encoded', 'decoded', 'table']) {
      const operand = operandOf(point, form, kept);
      for (const scalar of EDGE_SCALARS) {
        const one = { scalar: littleEndian(scalar), point: operand };
        const other = { scalar: littleEndian((ORDER - scalar) % ORDER), point: operand };
        expect(toHex(edwards.sum([], [one]))).toBe(product(point, scalar).toHex());
        expect(toHex(edwards.sum([], [one, one]))).toBe(product(point, (2n * scalar) % ORDER).toHex());
        expect(edwards.sum([], [one, other])).toEqual(IDENTITY);
      }
    }
    for (const each of kept) each.release();
  });

  it('know equal points, inverse points and the identity', () => {
    const point = Point.BASE.multiply(42n);
    const bytes = point.toBytes();
    expect(edwards.sum([], [])).toEqual(IDENTITY);
    expect(toHex(edwards.sum([bytes, bytes], []))).toBe(point.double().toHex());
    expect(edwards.sum([bytes, point.negate().toBytes()], [])).toEqual(IDENTITY);
    expect(edwards.sum([IDENTITY, bytes], [])).toEqual(bytes);
    expect(edwards.sum([], [{ scalar: littleEndian(5n), point: IDENTITY }])).toEqual(IDENTITY);
    expect(toHex(edwards.sum([], [{ scalar: littleEndian(42n), point: edwards.base }]))).toBe(point.toHex());
  });

  it(`take ${TERMS_MAX} points and ${TERMS_MAX} products, and not one more`, () => {
    const multiples = Array.from({ length: TERMS_MAX }, (_, at) => BigInt(at + 1));
    const encoded = multiples.map((multiple) => Point.BASE.multiply(multiple).toBytes());
    const products = encoded.map((point, at) => ({ scalar: littleEndian(BigInt(at) + 2n ** 200n), point }));
    const expected = multiples.reduce((total, each) => total + each + each * (each - 1n + 2n ** 200n), 0n) % ORDER;
    expect(toHex(edwards.sum(encoded, products))).toBe(Point.BASE.multiply(expected).toHex());
    expect(() => edwards.sum([...encoded, IDENTITY], [])).toThrow(/33 points and 0 products/);
    expect(() => edwards.sum([], [...products, { scalar: IDENTITY, point: IDENTITY }])).toThrow(/33 products/);
  });

  it('name the operand that is no point', () => {
    const good = Point.BASE.toBytes();
    const bad = elements.filter((element) => oraclePoint(fromHex(element)) === undefined).map(fromHex);
    expect(bad.length).toBe(3);
    for (const each of [...bad, new Uint8Array(31), new Uint8Array(33), new Uint8Array()]) {
      expect(() => edwards.sum([good, each, good], [])).toThrow(/TERM_MALFORMED.*index 1 of the points/);
      const one = { scalar: IDENTITY, point: good };
      expect(() => edwards.sum([good], [one, one, { scalar: IDENTITY, point: each }])).toThrow(
        /index 2 of the products/,
      );
      expect(() => edwards.prepare(each)).toThrow(/POINT_MALFORMED/);
      expect(() => edwards.decode(each)).toThrow(/POINT_MALFORMED/);
    }
    expect(edwards.sum([good], [])).toEqual(good);
  });

  it('refuse scalars at and above the order', () => {
    for (const scalar of [littleEndian(ORDER), littleEndian(2n ** 256n - 1n), new Uint8Array(31)]) {
      expect(() => edwards.sum([], [{ scalar, point: edwards.base }])).toThrow(
        /TERM_MALFORMED.*index 0 of the products/,
      );
    }
  });
});

describe('decoding', () => {
  const P = 2n ** 255n - 19n;
  const edges = [0n, 1n, 2n, P - 1n, P, P + 1n, 2n ** 255n - 1n].flatMap((y) => [y, y + 2n ** 255n]);
  /** Values whose limbs are at the ends of their ranges. */
  const limbs = Array.from({ length: 255 }, (_, at) => 2n ** BigInt(at)).flatMap((power) => [
    power,
    power - 1n,
    P - power,
  ]);
  const encodings = fc.oneof(
    fc.constantFrom(...edges, ...limbs),
    fc.bigInt(0n, 2n ** 256n - 1n),
    fc.bigInt(P - 40n, P + 18n).chain((y) => fc.boolean().map((sign) => y + (sign ? 2n ** 255n : 0n))),
  );

  function check(bytes: Uint8Array): void {
    const expected = oraclePoint(bytes);
    if (expected === undefined) expect(() => edwards.sum([bytes], []), toHex(bytes)).toThrow(/TERM_MALFORMED/);
    else expect(edwards.sum([bytes], []), toHex(bytes)).toEqual(bytes);
    expect(edwards.isValidPoint(bytes), toHex(bytes)).toBe(
      expected?.isTorsionFree() === true && !expected.equals(Point.ZERO),
    );
  }

  it('accepts what an independent strict decoder accepts, and encodes it as it was', () => {
    for (const y of [...edges, ...limbs]) check(littleEndian(((y % 2n ** 256n) + 2n ** 256n) % 2n ** 256n));
    fc.assert(
      fc.property(encodings, (value) => check(littleEndian(((value % 2n ** 256n) + 2n ** 256n) % 2n ** 256n))),
      { numRuns: 600 },
    );
  }, 120_000);
});

describe('a valid point', () => {
  it('is one of prime order', () => {
    for (let round = 0; round < 50; round++) {
      const point = Point.BASE.multiply((BigInt(`0x${toHex(random(31))}`) % (ORDER - 1n)) + 1n);
      expect(edwards.isValidPoint(point.toBytes())).toBe(true);
      for (const small of torsion) {
        expect(edwards.isValidPoint(point.add(small).toBytes())).toBe(small.equals(Point.ZERO));
      }
    }
  });

  it('is none that is small, non-canonical, not on the curve or not of 32 bytes', () => {
    expect(torsion.length).toBe(8);
    expect(elements.length).toBeGreaterThan(10);
    for (const element of elements) expect(edwards.isValidPoint(fromHex(element)), element).toBe(false);
    for (const length of [0, 31, 33, 64]) expect(edwards.isValidPoint(new Uint8Array(length).fill(1))).toBe(false);
  });
});

describe('prepared points', () => {
  const encodedAt = (at: number): Uint8Array => Point.BASE.multiply(BigInt(at + 1)).toBytes();

  for (const [what, count, keep] of [
    ['tables', TABLES_MAX, (module: Edwards, bytes: Uint8Array) => module.prepare(bytes)],
    ['decoded points', DECODED_MAX, (module: Edwards, bytes: Uint8Array) => module.decode(bytes)],
  ] as const) {
    it(`fill ${count} slots of ${what}, lie in their own place, and give it back`, async () => {
      const module = await Edwards.load();
      const kept = Array.from({ length: count }, (_, at) => keep(module, encodedAt(at)));
      expect(keep(module, encodedAt(0))).toBeUndefined();
      const scalar = littleEndian(ORDER - 1n);
      for (const [at, point] of kept.entries()) {
        if (point === undefined) throw new Error(`no slot for point ${at}`);
        expect(module.sum([point], [])).toEqual(encodedAt(at));
        expect(module.sum([encodedAt(at)], [{ scalar, point }])).toEqual(IDENTITY);
      }
      expect(module.sum([], [{ scalar: littleEndian(3n), point: module.base }])).toEqual(encodedAt(2));
      kept[7]?.release();
      kept[7]?.release();
      const again = keep(module, encodedAt(1000));
      expect(again).toBeDefined();
      // The slot was given back once, though it was released twice.
      expect(keep(module, encodedAt(0))).toBeUndefined();
      expect(module.sum([again ?? encodedAt(0)], [])).toEqual(encodedAt(1000));
    });
  }

  it('give their slot back when what should be prepared is no point', async () => {
    const module = await Edwards.load();
    for (let round = 0; round <= TABLES_MAX; round++)
      expect(() => module.prepare(new Uint8Array(32).fill(0xff))).toThrow();
    expect(module.prepare(encodedAt(0))).toBeDefined();
  });

  it('are refused after their release, and by another module', async () => {
    const point = edwards.prepare(encodedAt(4));
    if (point === undefined) throw new Error('no slot left');
    const other = await Edwards.load();
    expect(() => other.sum([point], [])).toThrow(/another module/);
    expect(edwards.sum([point], [])).toEqual(encodedAt(4));
    point.release();
    expect(point.released).toBe(true);
    expect(() => edwards.sum([point], [])).toThrow(/after its release/);
    expect(() => edwards.sum([], [{ scalar: IDENTITY, point }])).toThrow(/after its release/);
  });
});
