/**
 * Merlin transcripts: what was said, hashed in order, and challenges that depend on all of it.
 *
 * Source: merlin v1.0 (dalek-cryptography/merlin 2.0.0), over {@link Strobe128}. Labels are ASCII; every message is
 * framed by its label and its length, so that no two different transcripts absorb the same bytes.
 */

import { Strobe128 } from './strobe.js';

export class MerlinTranscript {
  readonly #strobe: Strobe128;

  /** @param label - the protocol's name */
  constructor(label: string) {
    this.#strobe = new Strobe128(ascii('Merlin v1.0'));
    this.append('dom-sep', ascii(label));
  }

  /** Adds a message. */
  append(label: string, message: Uint8Array): void {
    this.#strobe.metaAd(ascii(label), false);
    this.#strobe.metaAd(le32(message.length), true);
    this.#strobe.ad(message);
  }

  /** Draws `length` bytes that depend on the whole transcript, and become part of it. */
  challenge(label: string, length: number): Uint8Array {
    this.#strobe.metaAd(ascii(label), false);
    this.#strobe.metaAd(le32(length), true);
    return this.#strobe.prf(length);
  }

  /** A copy of the state for comparison with vectors. */
  inspect(): { state: Uint8Array; pos: number; posBegin: number } {
    return this.#strobe.inspect();
  }

  /** Overwrites the state; the object must not be used after. */
  wipe(): void {
    this.#strobe.wipe();
  }
}

function ascii(text: string): Uint8Array {
  return Buffer.from(text, 'ascii');
}

function le32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
