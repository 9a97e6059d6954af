/**
 * STROBE-128, the part that Merlin transcripts need: meta-AD, AD and PRF.
 *
 * State of 200 bytes under Keccak-f[1600], rate 166. Source: STROBE specification v1.0.2 and merlin 2.0.0 `strobe.rs`;
 * checked state by state against vectors. It runs a few times per connection, so it is written to be read, not to be
 * fast. The state is secret once a secret was absorbed.
 */

import { keccakP } from '@noble/hashes/sha3.js';

const STATE_BYTES = 200;
/** 200 bytes less twice the security level (2 * 16), less two bytes of padding. */
const RATE = 166;
const FLAG_I = 1;
const FLAG_A = 2;
const FLAG_C = 4;
const FLAG_M = 16;
const FLAG_K = 32;

export class Strobe128 {
  readonly #state = new Uint8Array(STATE_BYTES);
  #pos = 0;
  #posBegin = 0;
  #flags = 0;

  /** @param label - ASCII, names the protocol that runs over this state */
  constructor(label: Uint8Array) {
    this.#state.set([1, RATE + 2, 1, 0, 1, 96]);
    this.#state.set(Buffer.from('STROBEv1.0.2', 'ascii'), 6);
    permute(this.#state);
    this.metaAd(label, false);
  }

  /** Absorbs framing data; `more` continues the operation before it. */
  metaAd(data: Uint8Array, more: boolean): void {
    this.#beginOp(FLAG_M | FLAG_A, more);
    this.#absorb(data);
  }

  /** Absorbs associated data. */
  ad(data: Uint8Array): void {
    this.#beginOp(FLAG_A, false);
    this.#absorb(data);
  }

  /** Squeezes pseudo-random bytes that depend on all absorbed so far. */
  prf(length: number): Uint8Array {
    this.#beginOp(FLAG_I | FLAG_A | FLAG_C, false);
    const out = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
      out[i] = this.#state[this.#pos] ?? 0;
      this.#state[this.#pos] = 0;
      this.#advance();
    }
    return out;
  }

  /** A copy of the state for comparison with vectors. */
  inspect(): { state: Uint8Array; pos: number; posBegin: number } {
    return { state: this.#state.slice(), pos: this.#pos, posBegin: this.#posBegin };
  }

  /** Overwrites the state; the object must not be used after. */
  wipe(): void {
    this.#state.fill(0);
  }

  #beginOp(flags: number, more: boolean): void {
    if (more) {
      if (flags !== this.#flags)
        throw new Error('STROBE: a continued operation must have the flags of the one before it');
      return;
    }
    const old = this.#posBegin;
    this.#posBegin = this.#pos + 1;
    this.#flags = flags;
    this.#absorb(Uint8Array.of(old, flags));
    if ((flags & (FLAG_C | FLAG_K)) !== 0 && this.#pos !== 0) this.#runF();
  }

  #absorb(data: Uint8Array): void {
    for (const byte of data) {
      this.#xor(this.#pos, byte);
      this.#advance();
    }
  }

  #advance(): void {
    this.#pos += 1;
    if (this.#pos === RATE) this.#runF();
  }

  #runF(): void {
    this.#xor(this.#pos, this.#posBegin);
    this.#xor(this.#pos + 1, 0x04);
    this.#xor(RATE + 1, 0x80);
    permute(this.#state);
    this.#pos = 0;
    this.#posBegin = 0;
  }

  #xor(at: number, byte: number): void {
    this.#state[at] = (this.#state[at] ?? 0) ^ byte;
  }
}

/** Keccak-f[1600] over 25 little-endian lanes, in place. */
function permute(state: Uint8Array): void {
  const view = new DataView(state.buffer, state.byteOffset, state.byteLength);
  const words = new Uint32Array(STATE_BYTES / 4);
  for (let i = 0; i < words.length; i++) words[i] = view.getUint32(4 * i, true);
  keccakP(words);
  for (let i = 0; i < words.length; i++) view.setUint32(4 * i, words[i] ?? 0, true);
  words.fill(0);
}
