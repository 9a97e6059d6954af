import { ed25519 } from '@noble/curves/ed25519.js';

// Arithmetic of secrets that shares no code with the package: only tests may know a secret as a number.
export const { Point } = ed25519;
const field = Point.Fn;
export const ORDER = field.ORDER;

export function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduceRight((number, byte) => number * 256n + BigInt(byte), 0n);
}

export function littleEndian(number: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, at) => Number((number >> BigInt(8 * at)) & 0xffn));
}

export function lambda(set: readonly number[], identifier: number): bigint {
  return set
    .filter((other) => other !== identifier)
    .map((other) => field.mul(BigInt(other), field.inv(field.sub(BigInt(other), BigInt(identifier)))))
    .reduce((product, each) => field.mul(product, each), 1n);
}

/** The value at zero of the polynomial through the points. */
export function interpolate(points: ReadonlyMap<number, Uint8Array>): bigint {
  const set = [...points.keys()];
  return set.reduce(
    (sum, each) => field.add(sum, field.mul(lambda(set, each), numberOf(points.get(each) ?? new Uint8Array()))),
    0n,
  );
}

/** What a dealer with this polynomial, lowest coefficient first, gives a holder. */
export function dealOf(polynomial: readonly bigint[], holder: number) {
  const value = polynomial.reduceRight((sum, next) => field.create(sum * BigInt(holder) + next), 0n);
  const commitments = polynomial.map((each) => Point.BASE.multiplyUnsafe(field.create(each)).toBytes());
  return { commitments, subShare: littleEndian(value) };
}

/** Every choice of `size` of them, in order. */
export function subsets<T>(all: readonly T[], size: number): T[][] {
  if (size === 0) return [[]];
  return all.flatMap((first, at) => subsets(all.slice(at + 1), size - 1).map((rest) => [first, ...rest]));
}
