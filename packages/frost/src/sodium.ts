/**
 * libsodium's curve and hash operations through its raw pointers, on memory of our own that is wiped after every call.
 *
 * The friendly wrappers leave copies of their secret inputs in the WebAssembly heap; here every operand is copied into one
 * fixed block, and the block is overwritten before the call returns. The heap's view is looked up at each use, because
 * it is replaced when the memory grows.
 */

import sodium from 'libsodium-wrappers-sumo';

/** What is used of the WebAssembly module; the package's types stop short of it. */
interface RawSodium {
  readonly HEAPU8: Uint8Array;
  _malloc(size: number): number;
  _free(pointer: number): void;
  _crypto_core_ed25519_is_valid_point(point: number): number;
  _crypto_core_ed25519_add(out: number, a: number, b: number): number;
  _crypto_core_ed25519_scalar_mul(out: number, a: number, b: number): void;
  _crypto_core_ed25519_scalar_add(out: number, a: number, b: number): void;
  _crypto_core_ed25519_scalar_sub(out: number, a: number, b: number): void;
  _crypto_core_ed25519_scalar_invert(out: number, a: number): number;
  _crypto_core_ed25519_scalar_reduce(out: number, a: number): void;
  _crypto_scalarmult_ed25519_noclamp(out: number, scalar: number, point: number): number;
  _crypto_scalarmult_ed25519_base_noclamp(out: number, scalar: number): number;
  _crypto_hash_sha512(out: number, message: number, lengthLow: number, lengthHigh: number): number;
  _crypto_sign_ed25519_verify_detached(
    signature: number,
    message: number,
    lengthLow: number,
    lengthHigh: number,
    key: number,
  ): number;
}

const SLOT_BYTES = 64;
const MESSAGE_BYTES = 16 * 1024;

export class Sodium {
  readonly #raw: RawSodium;
  /** Three slots of 64 bytes (two inputs, one output), then room for a message. */
  readonly #block: number;

  private constructor(raw: RawSodium) {
    this.#raw = raw;
    this.#block = raw._malloc(3 * SLOT_BYTES + MESSAGE_BYTES);
    if (this.#block === 0) throw new Error('expected memory from libsodium, found none');
  }

  /** Waits for the WebAssembly module. */
  static async load(): Promise<Sodium> {
    await sodium.ready;
    // The module's own exports are not in the package's types.
    return new Sodium((sodium as unknown as { libsodium: RawSodium }).libsodium);
  }

  /** Canonical, on the curve, of prime order, not the identity. */
  isValidPoint(point: Uint8Array): boolean {
    if (point.length !== 32) return false;
    this.#put(0, point);
    return this.#raw._crypto_core_ed25519_is_valid_point(this.#block) === 1;
  }

  /** @throws Error for points not on the curve; callers have checked theirs */
  addPoints(a: Uint8Array, b: Uint8Array): Uint8Array {
    return this.#two(a, b, (out, left, right) => this.#raw._crypto_core_ed25519_add(out, left, right), 32);
  }

  addScalars(a: Uint8Array, b: Uint8Array): Uint8Array {
    return this.#two(a, b, (out, left, right) => void this.#raw._crypto_core_ed25519_scalar_add(out, left, right), 32);
  }

  subtractScalars(a: Uint8Array, b: Uint8Array): Uint8Array {
    return this.#two(a, b, (out, left, right) => void this.#raw._crypto_core_ed25519_scalar_sub(out, left, right), 32);
  }

  multiplyScalars(a: Uint8Array, b: Uint8Array): Uint8Array {
    return this.#two(a, b, (out, left, right) => void this.#raw._crypto_core_ed25519_scalar_mul(out, left, right), 32);
  }

  /** @throws Error for zero */
  invertScalar(a: Uint8Array): Uint8Array {
    return this.#two(a, a, (out, left) => this.#raw._crypto_core_ed25519_scalar_invert(out, left), 32);
  }

  /** 64 bytes little-endian modulo the group order. */
  reduce(wide: Uint8Array): Uint8Array {
    return this.#two(wide, wide, (out, left) => void this.#raw._crypto_core_ed25519_scalar_reduce(out, left), 32);
  }

  /** scalar × base point, in constant time. @throws Error for zero */
  multiplyBase(scalar: Uint8Array): Uint8Array {
    return this.#two(scalar, scalar, (out, left) => this.#raw._crypto_scalarmult_ed25519_base_noclamp(out, left), 32);
  }

  /** scalar × point, in constant time. @throws Error for a zero scalar or a point of small order */
  multiplyPoint(scalar: Uint8Array, point: Uint8Array): Uint8Array {
    return this.#two(
      scalar,
      point,
      (out, left, right) => this.#raw._crypto_scalarmult_ed25519_noclamp(out, left, right),
      32,
    );
  }

  /** SHA-512 of the parts in a row, 64 bytes. */
  sha512(...parts: readonly Uint8Array[]): Uint8Array {
    return this.#withMessage(parts, (message, length) => {
      const out = this.#block + 2 * SLOT_BYTES;
      this.#raw._crypto_hash_sha512(out, message, length, 0);
      const digest = this.#raw.HEAPU8.slice(out, out + SLOT_BYTES);
      this.#wipe();
      return digest;
    });
  }

  /** Ed25519 (RFC 8032, cofactorless). */
  verify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    if (key.length !== 32 || signature.length !== 64) return false;
    return this.#withMessage([message], (pointer, length) => {
      this.#put(0, signature);
      this.#put(1, key);
      return (
        this.#raw._crypto_sign_ed25519_verify_detached(this.#block, pointer, length, 0, this.#block + SLOT_BYTES) === 0
      );
    });
  }

  #two(
    a: Uint8Array,
    b: Uint8Array,
    operation: (out: number, left: number, right: number) => number | undefined,
    outBytes: number,
  ): Uint8Array {
    this.#put(0, a);
    this.#put(1, b);
    const out = this.#block + 2 * SLOT_BYTES;
    const failed = operation(out, this.#block, this.#block + SLOT_BYTES) ?? 0;
    const result = this.#raw.HEAPU8.slice(out, out + outBytes);
    this.#wipe();
    if (failed !== 0) throw new Error('expected operands of prime order and not zero, found others');
    return result;
  }

  #withMessage<T>(parts: readonly Uint8Array[], use: (pointer: number, length: number) => T): T {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const large = length > MESSAGE_BYTES;
    const pointer = large ? this.#raw._malloc(length) : this.#block + 3 * SLOT_BYTES;
    if (pointer === 0) throw new Error(`expected ${length} bytes of memory from libsodium, found none`);
    let at = pointer;
    for (const part of parts) {
      this.#raw.HEAPU8.set(part, at);
      at += part.length;
    }
    try {
      return use(pointer, length);
    } finally {
      this.#raw.HEAPU8.fill(0, pointer, pointer + length);
      if (large) this.#raw._free(pointer);
    }
  }

  #put(slot: number, bytes: Uint8Array): void {
    if (bytes.length > SLOT_BYTES) throw new Error(`impossible: an operand of ${bytes.length} bytes`);
    this.#raw.HEAPU8.set(bytes, this.#block + slot * SLOT_BYTES);
  }

  #wipe(): void {
    this.#raw.HEAPU8.fill(0, this.#block, this.#block + 3 * SLOT_BYTES);
  }
}
