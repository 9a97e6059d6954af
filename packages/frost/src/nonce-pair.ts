/**
 * Round one: a nonce pair and its commitments (RFC 9591 section 5.1).
 *
 * A pair is used once. `use` hands the secret over and wipes it, whatever becomes of the computation; a second use throws.
 */

import type { Edwards } from './edwards.js';
import { FrostError } from './errors.js';
import { h3 } from './hash.js';
import type { SigningShare } from './signing-share.js';
import type { Sodium } from './sodium.js';

const REDACTED = '[nonce pair, redacted]';

/** Public: hiding and binding commitment, 32 bytes each, checked points. */
export interface NonceCommitment {
  readonly hiding: Uint8Array;
  readonly binding: Uint8Array;
}

/** `length` cryptographic random bytes. */
export type RandomBytes = (length: number) => Uint8Array;

export class NoncePair {
  readonly commitment: NonceCommitment;
  readonly #hiding: Uint8Array;
  readonly #binding: Uint8Array;
  #spent = false;

  constructor(hiding: Uint8Array, binding: Uint8Array, commitment: NonceCommitment) {
    this.#hiding = hiding;
    this.#binding = binding;
    this.commitment = commitment;
  }

  /** @throws FrostError `NONCE_USED` the second time */
  use<T>(compute: (hiding: Uint8Array, binding: Uint8Array) => T): T {
    if (this.#spent) throw new FrostError({ code: 'NONCE_USED' });
    this.#spent = true;
    try {
      return compute(this.#hiding, this.#binding);
    } finally {
      this.destroy();
    }
  }

  destroy(): void {
    this.#spent = true;
    this.#hiding.fill(0);
    this.#binding.fill(0);
  }

  toJSON(): string {
    return REDACTED;
  }

  toString(): string {
    return REDACTED;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }
}

/** Draws a pair, hedged with the share: a predictable random source alone does not give the nonces away. */
export function generateNonces(sodium: Sodium, share: SigningShare, random: RandomBytes): NoncePair {
  const draw = (): Uint8Array => {
    const fresh = random(32);
    if (fresh.length !== 32) throw new Error(`expected 32 random bytes, found ${fresh.length}`);
    const nonce = share.reveal((secret) => h3(sodium, fresh, secret));
    fresh.fill(0);
    return nonce;
  };
  const hiding = draw();
  const binding = draw();
  const commitment = { hiding: sodium.multiplyBase(hiding), binding: sodium.multiplyBase(binding) };
  return new NoncePair(hiding, binding, commitment);
}

/**
 * Takes a published commitment in.
 *
 * @param bytes - hiding then binding point, 64 bytes
 * @throws FrostError `POINT_MALFORMED` naming the sender
 */
export function parseCommitment(edwards: Edwards, bytes: Uint8Array, identifier: number): NonceCommitment {
  const commitment = { hiding: bytes.slice(0, 32), binding: bytes.slice(32) };
  for (const [what, point] of Object.entries(commitment)) {
    if (!edwards.isValidPoint(point)) {
      throw new FrostError({ code: 'POINT_MALFORMED', what: `${what} commitment`, culprit: identifier });
    }
  }
  return commitment;
}
