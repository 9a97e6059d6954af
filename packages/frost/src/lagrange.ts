/** Lagrange coefficients at zero (RFC 9591 section 4.2). Identifiers are public. */

import { scalarOf } from './scalar.js';
import type { Sodium } from './sodium.js';

/** Coefficients remembered: every signer of every signer set in use, and room. The oldest goes. */
export const COEFFICIENTS_MAX = 512;

/** Coefficients, remembered: an inversion costs as much as the rest of a signature share's scalars. */
export class LagrangeCoefficients {
  readonly #sodium: Sodium;
  readonly #known = new Map<string, Uint8Array>();

  constructor(sodium: Sodium) {
    this.#sodium = sodium;
  }

  /** λ of `identifier` in `set`. Not to be written to. @param set - ascending */
  of(set: readonly number[], identifier: number): Uint8Array {
    const key = `${identifier} in ${set.join()}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const coefficient = lagrangeCoefficient(this.#sodium, set, identifier);
    if (this.#known.size >= COEFFICIENTS_MAX) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    }
    this.#known.set(key, coefficient);
    return coefficient;
  }

  get size(): number {
    return this.#known.size;
  }
}

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
