/**
 * A nonce commitment whose points are kept decoded, the binding one with a table, until it is released.
 *
 * It stands wherever a commitment does: a session takes its points while they are kept, and its bytes afterwards. The session that
 * it serves releases it; where it comes to serve none, whoever had it prepared does.
 */

import type { Edwards, PointOperand } from './edwards.js';
import type { NonceCommitment } from './nonce-pair.js';
import type { PreparedPoint } from './prepared-point.js';

export class PreparedCommitment implements NonceCommitment {
  readonly hiding: Uint8Array;
  readonly binding: Uint8Array;
  readonly #hidingPoint: PreparedPoint;
  readonly #bindingPoint: PreparedPoint;

  /** The points are those of the bytes; `prepareCommitment` sees to it. */
  constructor(commitment: NonceCommitment, hidingPoint: PreparedPoint, bindingPoint: PreparedPoint) {
    this.hiding = commitment.hiding;
    this.binding = commitment.binding;
    this.#hidingPoint = hidingPoint;
    this.#bindingPoint = bindingPoint;
  }

  get released(): boolean {
    return this.#hidingPoint.released;
  }

  get operands(): { readonly hiding: PointOperand; readonly binding: PointOperand } {
    return this.released ? this : { hiding: this.#hidingPoint, binding: this.#bindingPoint };
  }

  /** Frees the points' slots; again is nothing. */
  release(): void {
    this.#hidingPoint.release();
    this.#bindingPoint.release();
  }
}

/**
 * Prepares a commitment that was checked: work for idle moments.
 *
 * @returns undefined when there is no room; the commitment as it is works too, only slower
 */
export function prepareCommitment(edwards: Edwards, commitment: NonceCommitment): PreparedCommitment | undefined {
  // A copy: the points must stay those of the bytes.
  const copy = { hiding: commitment.hiding.slice(), binding: commitment.binding.slice() };
  const hidingPoint = edwards.decode(copy.hiding);
  if (hidingPoint === undefined) return undefined;
  let bindingPoint: PreparedPoint | undefined;
  try {
    bindingPoint = edwards.prepare(copy.binding);
  } finally {
    if (bindingPoint === undefined) hidingPoint.release();
  }
  return bindingPoint === undefined ? undefined : new PreparedCommitment(copy, hidingPoint, bindingPoint);
}

/** The points of a commitment as operands of a sum. */
export function operandsOf(commitment: NonceCommitment): {
  readonly hiding: PointOperand;
  readonly binding: PointOperand;
} {
  return commitment instanceof PreparedCommitment ? commitment.operands : commitment;
}

/** Frees what a commitment has prepared; without effect on one that is not prepared. */
export function releaseCommitment(commitment: NonceCommitment): void {
  if (commitment instanceof PreparedCommitment) commitment.release();
}

/** Whether a sum with this commitment's points is cheap now. */
export function isPrepared(commitment: NonceCommitment): boolean {
  return commitment instanceof PreparedCommitment && !commitment.released;
}
