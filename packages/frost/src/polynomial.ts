/** A polynomial whose coefficients are secret: those of a dealing, lowest first. */

import { scalarOf } from './scalar.js';
import type { Sodium } from './sodium.js';

/** Its value at a holder's identifier: secret, 32 bytes little-endian. What is computed on the way is wiped. */
export function evaluateSecret(sodium: Sodium, coefficients: readonly Uint8Array[], identifier: number): Uint8Array {
  const x = scalarOf(identifier);
  let value: Uint8Array = new Uint8Array(32);
  for (const coefficient of [...coefficients].reverse()) {
    const product = sodium.multiplyScalars(value, x);
    value.fill(0);
    value = sodium.addScalars(product, coefficient);
    product.fill(0);
  }
  return value;
}
