/**
 * The two equations of a session between points (RFC 9591 sections 4.5 and 5.4). All of it is public.
 *
 * A commitment that is no point names its sender.
 */

import { type Edwards, TERMS_MAX } from './edwards.js';
import { FrostError } from './errors.js';
import type { NonceCommitment } from './nonce-pair.js';
import { operandsOf } from './prepared-commitment.js';
import { equal, scalarOf } from './scalar.js';

/** A signer's commitment with its binding factor. */
export interface BoundCommitment {
  readonly identifier: number;
  readonly commitment: NonceCommitment;
  readonly factor: Uint8Array;
}

/** One place is for the sum so far. */
const SIGNERS_PER_SUM = TERMS_MAX - 1;

/** The encoding of the identity. */
const IDENTITY = scalarOf(1);

/**
 * The sum of D_i + rho_i E_i over the signers, and of `known`: R, when that is the sum over all others.
 *
 * @throws FrostError `POINT_MALFORMED` naming the signer
 */
export function sumOfCommitments(
  edwards: Edwards,
  signers: readonly BoundCommitment[],
  known: Uint8Array | undefined,
): Uint8Array {
  let sum = known ?? IDENTITY;
  for (let at = 0; at < signers.length; at += SIGNERS_PER_SUM) {
    const part = signers.slice(at, at + SIGNERS_PER_SUM);
    const operands = part.map(({ commitment }) => operandsOf(commitment));
    const points = operands.map(({ hiding }) => hiding);
    const products = operands.map(({ binding }, index) => ({
      scalar: part[index]?.factor ?? IDENTITY,
      point: binding,
    }));
    sum = naming(
      ({ list, index }) => ({ what: list === 'points' ? HIDING : BINDING, culprit: part[index]?.identifier }),
      () => edwards.sum([...points, sum], products),
    );
  }
  return sum;
}

const HIDING = 'hiding commitment';
const BINDING = 'binding commitment';

/**
 * Whether z B = D + rho E + w Y, computed as D + rho E + w Y − z B = 0.
 *
 * @param weight - w, the challenge times the signer's Lagrange coefficient
 * @param negatedShare - −z
 * @throws FrostError `POINT_MALFORMED` naming the signer
 */
export function satisfiesShareEquation(
  edwards: Edwards,
  signer: BoundCommitment,
  { verificationShare, weight, negatedShare }: Record<'verificationShare' | 'weight' | 'negatedShare', Uint8Array>,
): boolean {
  const { hiding, binding } = operandsOf(signer.commitment);
  const difference = naming(
    ({ list, index }) => ({
      what: list === 'points' ? HIDING : index === 0 ? BINDING : 'verification share',
      culprit: signer.identifier,
    }),
    () =>
      edwards.sum(
        [hiding],
        [
          { scalar: signer.factor, point: binding },
          { scalar: weight, point: verificationShare },
          { scalar: negatedShare, point: edwards.base },
        ],
      ),
  );
  return equal(difference, IDENTITY);
}

/** Says whose point it was. */
function naming<T>(
  who: (term: { list: 'points' | 'products'; index: number }) => { what: string; culprit: number | undefined },
  compute: () => T,
): T {
  try {
    return compute();
  } catch (error) {
    if (error instanceof FrostError && error.detail.code === 'TERM_MALFORMED')
      throw new FrostError({ code: 'POINT_MALFORMED', ...who(error.detail) }, { cause: error });
    throw error;
  }
}
