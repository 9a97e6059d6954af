/**
 * Sealed frames of a SecretConnection (protocol notes, section 1.2.1).
 *
 * A plain frame is a 4-byte little-endian length, data, and filler up to 1028 bytes; sealed with ChaCha20-Poly1305 it is
 * 1044. Each direction counts its frames from 0; the count is the nonce and must never come round, for then one key
 * would seal two frames with one nonce. The filler we send is zeros; the filler we get is whatever the node's buffer held.
 * Frames without data are never sent: nodes read one as a message of length zero.
 */

import { createCipheriv, createDecipheriv } from 'node:crypto';
import { PrivvalError } from '../errors.js';

export const FRAME_DATA_BYTES_MAX = 1024;
const LENGTH_BYTES = 4;
const PLAIN_FRAME_BYTES = LENGTH_BYTES + FRAME_DATA_BYTES_MAX;
const TAG_BYTES = 16;
export const SEALED_FRAME_BYTES = PLAIN_FRAME_BYTES + TAG_BYTES;
const ALGORITHM = 'chacha20-poly1305';
const COUNTER_MAX = 2n ** 64n - 1n;

/** Seals what we send. */
export class FrameSealer {
  readonly #key: Uint8Array;
  readonly #nonce: FrameNonce;

  /** @param firstCounter - for tests; a connection begins at 0 */
  constructor(key: Uint8Array, firstCounter = 0n) {
    this.#key = key;
    this.#nonce = new FrameNonce(firstCounter);
  }

  /** Cuts data into as few frames as possible. @throws PrivvalError `FRAME_COUNTER_EXHAUSTED` */
  seal(data: Uint8Array): Uint8Array {
    const frames = Math.ceil(data.length / FRAME_DATA_BYTES_MAX);
    const out = Buffer.allocUnsafe(frames * SEALED_FRAME_BYTES);
    for (let i = 0; i < frames; i++) {
      const part = data.subarray(i * FRAME_DATA_BYTES_MAX, (i + 1) * FRAME_DATA_BYTES_MAX);
      this.#sealFrame(part, out.subarray(i * SEALED_FRAME_BYTES, (i + 1) * SEALED_FRAME_BYTES));
    }
    return out;
  }

  #sealFrame(part: Uint8Array, out: Buffer): void {
    const plain = Buffer.alloc(PLAIN_FRAME_BYTES);
    plain.writeUInt32LE(part.length, 0);
    plain.set(part, LENGTH_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#key, this.#nonce.next(), { authTagLength: TAG_BYTES });
    cipher.update(plain).copy(out, 0);
    cipher.final();
    cipher.getAuthTag().copy(out, PLAIN_FRAME_BYTES);
  }
}

/** Opens what we receive, whatever chunks it comes in. After an error the connection is over. */
export class FrameOpener {
  readonly #key: Uint8Array;
  readonly #nonce: FrameNonce;
  #rest: Buffer = Buffer.alloc(0);

  /** @param firstCounter - for tests; a connection begins at 0 */
  constructor(key: Uint8Array, firstCounter = 0n) {
    this.#key = key;
    this.#nonce = new FrameNonce(firstCounter);
  }

  /**
   * Takes bytes of the stream and returns the data of all frames that are complete.
   *
   * @throws PrivvalError `FRAME_TAG_INVALID`, `FRAME_LENGTH_INVALID`, `FRAME_COUNTER_EXHAUSTED`
   */
  open(chunk: Uint8Array): Uint8Array[] {
    const bytes = this.#rest.length === 0 ? toBuffer(chunk) : Buffer.concat([this.#rest, chunk]);
    const opened: Uint8Array[] = [];
    let at = 0;
    for (; bytes.length - at >= SEALED_FRAME_BYTES; at += SEALED_FRAME_BYTES) {
      opened.push(this.#openFrame(bytes.subarray(at, at + SEALED_FRAME_BYTES)));
    }
    // A copy: the rest is under one frame, the chunk it is a view of may be 64 KiB.
    this.#rest = Buffer.from(bytes.subarray(at));
    return opened;
  }

  #openFrame(sealed: Buffer): Uint8Array {
    const decipher = createDecipheriv(ALGORITHM, this.#key, this.#nonce.next(), { authTagLength: TAG_BYTES });
    decipher.setAuthTag(sealed.subarray(PLAIN_FRAME_BYTES));
    const plain = decipher.update(sealed.subarray(0, PLAIN_FRAME_BYTES));
    try {
      decipher.final();
    } catch (cause) {
      throw new PrivvalError({ code: 'FRAME_TAG_INVALID' }, { cause });
    }
    const foundBytes = plain.readUInt32LE(0);
    if (foundBytes > FRAME_DATA_BYTES_MAX) {
      throw new PrivvalError({ code: 'FRAME_LENGTH_INVALID', foundBytes, limitBytes: FRAME_DATA_BYTES_MAX });
    }
    return plain.subarray(LENGTH_BYTES, LENGTH_BYTES + foundBytes);
  }
}

/** 4 zero bytes and the 64-bit little-endian frame count. */
class FrameNonce {
  #counter: bigint;
  readonly #bytes = Buffer.alloc(12);

  constructor(firstCounter: bigint) {
    this.#counter = firstCounter;
  }

  next(): Buffer {
    if (this.#counter > COUNTER_MAX) throw new PrivvalError({ code: 'FRAME_COUNTER_EXHAUSTED' });
    this.#bytes.writeBigUInt64LE(this.#counter, 4);
    this.#counter += 1n;
    return this.#bytes;
  }
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
