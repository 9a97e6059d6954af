/**
 * One direction of a Noise cipher: ChaCha20-Poly1305 under a key and a counter (Noise revision 34, section 5.1). The nonce is four zero
 * bytes, then the counter, 64 bits little-endian; it never wraps and a key is used with a counter once.
 */

import { createCipheriv, createDecipheriv } from 'node:crypto';
import { PrivvalError } from '../errors.js';

export const TAG_BYTES = 16;
/** 2^64 − 1 is reserved by the specification. */
const COUNTER_MAX = 2n ** 64n - 2n;

export class CipherState {
  readonly #key: Uint8Array;
  readonly #nonce = Buffer.alloc(12);
  #counter = 0n;

  /** @param key - 32 bytes, kept */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  encrypt(associated: Uint8Array, plaintext: Uint8Array): Buffer {
    const cipher = createCipheriv('chacha20-poly1305', this.#key, this.#nextNonce(), { authTagLength: TAG_BYTES });
    cipher.setAAD(associated, { plaintextLength: plaintext.length });
    return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  }

  /** @throws PrivvalError `FRAME_TAG_INVALID` */
  decrypt(associated: Uint8Array, sealed: Uint8Array): Buffer {
    if (sealed.length < TAG_BYTES) throw new PrivvalError({ code: 'FRAME_TAG_INVALID' });
    const text = sealed.subarray(0, sealed.length - TAG_BYTES);
    const decipher = createDecipheriv('chacha20-poly1305', this.#key, this.#nextNonce(), { authTagLength: TAG_BYTES });
    decipher.setAAD(associated, { plaintextLength: text.length });
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(text), decipher.final()]);
    } catch (cause) {
      throw new PrivvalError({ code: 'FRAME_TAG_INVALID' }, { cause });
    }
  }

  #nextNonce(): Buffer {
    if (this.#counter > COUNTER_MAX) throw new PrivvalError({ code: 'FRAME_COUNTER_EXHAUSTED' });
    this.#nonce.writeBigUInt64LE(this.#counter, 4);
    this.#counter++;
    return this.#nonce;
  }
}
