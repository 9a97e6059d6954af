/**
 * The WebAssembly module of assembly/ with its memory: fixed in size, filled and read at fixed places.
 *
 * Platform types for WebAssembly and base64 are missing where no platform is assumed, so what is used is declared here.
 */

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly TERMS: { readonly value: number };
  readonly ENCODED: { readonly value: number };
  readonly SCALARS: { readonly value: number };
  readonly RESULT: { readonly value: number };
  readonly TABLE_BYTES: { readonly value: number };
  readonly DECODED_BYTES: { readonly value: number };
  slots(): number;
  prepareBase(table: number): void;
  prepare(table: number): number;
  decodeInto(slot: number): number;
  hasPrimeOrder(): number;
  sum(points: number, products: number): number;
}

declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ readonly instance: { readonly exports: unknown } }>;
};
declare function atob(base64: string): string;

export class EdwardsModule {
  readonly exports: Exports;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  private constructor(exports: Exports) {
    this.exports = exports;
    this.#bytes = new Uint8Array(exports.memory.buffer);
    this.#view = new DataView(exports.memory.buffer);
  }

  /** @param base64 - the module; it imports nothing */
  static async load(base64: string): Promise<EdwardsModule> {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const { instance } = await WebAssembly.instantiate(bytes, {});
    // What the module exports is written in assembly/index.ts.
    return new EdwardsModule(instance.exports as Exports);
  }

  get memoryBytes(): number {
    return this.#bytes.length;
  }

  /** @param term - 0: encoded; otherwise the address of a slot, one more for a table */
  setTerm(place: number, term: number): void {
    this.#view.setUint32(this.exports.TERMS.value + 4 * place, term, true);
  }

  /** @param point - 32 bytes */
  setEncoded(place: number, point: Uint8Array): void {
    this.#bytes.set(point, this.exports.ENCODED.value + 32 * place);
  }

  /** @param scalar - 32 bytes */
  setScalar(place: number, scalar: Uint8Array): void {
    this.#bytes.set(scalar, this.exports.SCALARS.value + 32 * place);
  }

  /** A copy of the encoded result. */
  result(): Uint8Array {
    const at = this.exports.RESULT.value;
    return this.#bytes.slice(at, at + 32);
  }
}
