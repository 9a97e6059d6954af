/** The arithmetic everything here is handed: libsodium for secrets and hashes, the module of points for what is public. */

import { Edwards } from './edwards.js';
import { assertAgreement } from './edwards-self-test.js';
import { LagrangeCoefficients } from './lagrange.js';
import { Sodium } from './sodium.js';

export interface Arithmetic {
  readonly sodium: Sodium;
  readonly edwards: Edwards;
  readonly coefficients: LagrangeCoefficients;
}

/**
 * Loads both and compares them.
 *
 * @param base64 - another build of the module of points; tests pass a broken one
 * @throws Error when they disagree
 */
export async function loadArithmetic(base64?: string): Promise<Arithmetic> {
  const [sodium, edwards] = await Promise.all([Sodium.load(), Edwards.load(base64)]);
  assertAgreement(edwards, sodium);
  return { sodium, edwards, coefficients: new LagrangeCoefficients(sodium) };
}
