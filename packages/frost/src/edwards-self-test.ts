/**
 * Compares the module of points with libsodium and with the RFC, once, before anything relies on it.
 *
 * A wrong sum would make signatures that nobody accepts; a wrong check of a point would let one of small order in. Whatever
 * the reason (a broken build, an engine that compiles it wrongly), a signer that disagrees with itself does not start.
 */

import type { Edwards, PointOperand } from './edwards.js';
import { FrostError } from './errors.js';
import { equal, scalarOf } from './scalar.js';
import type { Sodium } from './sodium.js';

const ROUNDS = 4;

// Source: RFC 9591 Appendix E.1: of signers 1 and 3 the hiding commitment, binding commitment and binding factor; then R.
const RFC_SIGNERS = [
  [
    'b5aa8ab305882a6fc69cbee9327e5a45e54c08af61ae77cb8207be3d2ce13de3',
    '67e98ab55aa310c3120418e5050c9cf76cf387cb20ac9e4b6fdb6f82a469f932',
    'f2cb9d7dd9beff688da6fcc83fa89046b3479417f47f55600b106760eb3b5603',
  ],
  [
    'cfbdb165bd8aad6eb79deb8d287bcc0ab6658ae57fdcc98ed12c0669e90aec91',
    '7487bc41a6e712eea2f2af24681b58b1cf1da278ea11fe4e8b78398965f13552',
    'b087686bf35a13f3dc78e780a34b0fe8a77fef1b9938c563f5573d71d8d7890f',
  ],
] as const;
const RFC_R = '36282629c383bb820a88b71cae937d41f2f2adfcc3d02e55507e2fb9e2dd3cbe';

// y = 0, a point of order 4; and the encoding of the identity, which is no valid point either.
const ORDER_FOUR = new Uint8Array(32);
const IDENTITY = scalarOf(1);

/** @throws Error at the first difference */
export function assertAgreement(edwards: Edwards, sodium: Sodium): void {
  try {
    compare(edwards, sodium);
  } catch (error) {
    // The operands are good: a module that finds one malformed disagrees as well.
    throw error instanceof FrostError ? disagreement('whether an operand is one', { cause: error }) : error;
  }
}

function compare(edwards: Edwards, sodium: Sodium): void {
  const rfc = RFC_SIGNERS.map((signer) => signer.map(fromHex) as [Uint8Array, Uint8Array, Uint8Array]);
  const hiding = rfc.map(([point]) => point);
  const binding = rfc.map(([, point, scalar]) => ({ point, scalar }));
  assertEqual(edwards.sum(hiding, binding), fromHex(RFC_R), 'the sum of RFC 9591 E.1');

  for (let round = 1; round <= ROUNDS; round++) {
    const secret = sodium.reduce(sodium.sha512(scalarOf(round)));
    const scalar = sodium.reduce(sodium.sha512(secret));
    const point = sodium.multiplyBase(secret);
    const product = sodium.multiplyPoint(scalar, point);
    assertEqual(edwards.sum([], [{ scalar: secret, point: edwards.base }]), point, 'a product of the base point');
    assertProducts(edwards, point, scalar, product);
    assertValidity(edwards, sodium, [point, product, edwards.sum([point, ORDER_FOUR], []), ORDER_FOUR, IDENTITY]);
    assertEqual(edwards.sum([point, product], []), sodium.addPoints(point, product), 'a sum of two points');
    const negative = { scalar: sodium.subtractScalars(scalarOf(0), scalar), point };
    assertEqual(edwards.sum([product], [negative]), IDENTITY, 'a point less itself');
  }
}

/** Encoded, decoded and with a table, a point gives one product, and each form can be given back. */
function assertProducts(edwards: Edwards, point: Uint8Array, scalar: Uint8Array, product: Uint8Array): void {
  const kept = [edwards.decode(point), edwards.prepare(point)];
  const forms: (PointOperand | undefined)[] = [point, ...kept];
  for (const form of forms) {
    if (form === undefined) throw new Error('expected free slots for points, found none');
    assertEqual(edwards.sum([], [{ scalar, point: form }]), product, 'a product');
    assertEqual(edwards.sum([form], []), point, 'a decoded point');
  }
  for (const each of kept) each?.release();
}

function assertValidity(edwards: Edwards, sodium: Sodium, points: readonly Uint8Array[]): void {
  for (const point of points) {
    if (edwards.isValidPoint(point) !== sodium.isValidPoint(point)) throw disagreement('whether a point is valid');
  }
}

function assertEqual(found: Uint8Array, expected: Uint8Array, what: string): void {
  if (!equal(found, expected)) throw disagreement(what);
}

function disagreement(what: string, options?: ErrorOptions): Error {
  return new Error(
    `expected the arithmetic of points to agree with libsodium, found that ${what} differs; do not sign on this machine: reinstall, and report it if it stays`,
    options,
  );
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16));
}
