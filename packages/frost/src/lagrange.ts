/** Lagrange coefficients at zero (RFC 9591 section 4.2). Identifiers are public. */

import { scalarOf } from './scalar.js';
import type { Sodium } from './sodium.js';

/** λ of `identifier` in `set`: the product of j / (j − i) over the others. */
export function lagrangeCoefficient(sodium: Sodium, set: readonly number[], identifier: number): Uint8Array {
  let numerator = scalarOf(1);
  let denominator = scalarOf(1);
  for (const other of set) {
    if (other === identifier) continue;
    numerator = sodium.multiplyScalars(numerator, scalarOf(other));
    denominator = sodium.multiplyScalars(denominator, sodium.subtractScalars(scalarOf(other), scalarOf(identifier)));
  }
  return sodium.multiplyScalars(numerator, sodium.invertScalar(denominator));
}
