/**
 * Sums and products of points of edwards25519, fast and in variable time.
 *
 * For public data only: commitments, binding factors, verification shares, signatures. Nothing secret ever enters this
 * module; secrets stay with libsodium (sodium.ts). Its memory is fixed and reused; a call allocates nothing but its result.
 */

import { EdwardsModule } from './edwards-module.js';
import { FrostError } from './errors.js';
import { EDWARDS_WASM } from './gen/edwards-wasm.js';
import { type PreparedPoint, Slots } from './prepared-point.js';
import { isCanonicalScalar, POINT_BYTES } from './scalar.js';

/** Points with a table for fast products kept at once, 7.5 KiB each. */
export const TABLES_MAX = 512;
/** Points kept decoded, without a table, at once; 200 bytes each. */
export const DECODED_MAX = 512;
/** Points, and products, of one sum. */
export const TERMS_MAX = 32;

/** 32 bytes, or a point prepared by the same instance. */
export type PointOperand = Uint8Array | PreparedPoint;

export interface Product {
  /** Canonical scalar, 32 bytes little-endian. Public: the time taken depends on it. */
  readonly scalar: Uint8Array;
  readonly point: PointOperand;
}

export class Edwards {
  /** The base point, with its table. Not to be released. */
  readonly base: PreparedPoint;
  readonly #module: EdwardsModule;
  readonly #tables: Slots;
  readonly #decoded: Slots;
  readonly #slots: readonly Slots[];

  private constructor(module: EdwardsModule) {
    const { exports } = module;
    const tableBytes = exports.TABLE_BYTES.value;
    const slotBytes = exports.DECODED_BYTES.value;
    const baseTable = exports.slots();
    const firstTable = baseTable + tableBytes;
    const firstDecoded = firstTable + TABLES_MAX * tableBytes;
    const neededBytes = firstDecoded + DECODED_MAX * slotBytes;
    if (neededBytes > module.memoryBytes)
      throw new Error(`expected ${neededBytes} bytes in the module of points, found ${module.memoryBytes}`);
    this.#module = module;
    // The base point has slots of its own, so that no other point ever lies in its table.
    const bases = new Slots({ firstAddress: baseTable, slotBytes: tableBytes, count: 1, tag: 1 });
    this.#tables = new Slots({ firstAddress: firstTable, slotBytes: tableBytes, count: TABLES_MAX, tag: 1 });
    this.#decoded = new Slots({ firstAddress: firstDecoded, slotBytes, count: DECODED_MAX, tag: 0 });
    this.#slots = [bases, this.#tables, this.#decoded];
    const base = bases.take((address) => {
      exports.prepareBase(address);
      return true;
    });
    if (base === undefined || base === 'malformed') throw new Error('impossible: no slot for the base point');
    this.base = base;
  }

  /**
   * Compiles the module. `loadFrost` compares it with libsodium before anything relies on it.
   *
   * @param base64 - another build of the module; tests pass a broken one
   */
  static async load(base64: string = EDWARDS_WASM): Promise<Edwards> {
    return new Edwards(await EdwardsModule.load(base64));
  }

  /** Canonical, on the curve, of prime order, not the identity. */
  isValidPoint(point: Uint8Array): boolean {
    if (point.length !== POINT_BYTES) return false;
    this.#module.setEncoded(0, point);
    return this.#module.exports.hasPrimeOrder() === 1;
  }

  /**
   * Keeps a point with its table: work for idle moments, after which a product costs a fifth.
   *
   * @returns undefined when `TABLES_MAX` are kept
   * @throws FrostError `POINT_MALFORMED` for what is no canonical encoding of a point; the order is not checked
   */
  prepare(point: Uint8Array): PreparedPoint | undefined {
    return this.#keep(point, this.#tables, (address) => this.#module.exports.prepare(address) === 1);
  }

  /** Keeps a point decoded, without a table: for a point that is only added. As `prepare`, with `DECODED_MAX`. */
  decode(point: Uint8Array): PreparedPoint | undefined {
    return this.#keep(point, this.#decoded, (address) => this.#module.exports.decodeInto(address) === 1);
  }

  /**
   * The sum of the points and of the products, encoded. Any points of the curve, equal and inverse ones too.
   *
   * @param points - at most `TERMS_MAX`
   * @param products - at most `TERMS_MAX`
   * @throws FrostError `TERM_MALFORMED` naming an operand that is no canonical encoding of a point or no canonical scalar
   */
  sum(points: readonly PointOperand[], products: readonly Product[]): Uint8Array {
    const module = this.#module;
    if (points.length > TERMS_MAX || products.length > TERMS_MAX)
      throw new Error(`impossible: a sum of ${points.length} points and ${products.length} products`);
    let index = 0;
    for (const point of points) {
      if (!this.#put(index, point)) throw new FrostError({ code: 'TERM_MALFORMED', list: 'points', index });
      index++;
    }
    index = 0;
    for (const { scalar, point } of products) {
      if (!isCanonicalScalar(scalar) || !this.#put(TERMS_MAX + index, point))
        throw new FrostError({ code: 'TERM_MALFORMED', list: 'products', index });
      module.setScalar(index, scalar);
      index++;
    }
    const malformed = module.exports.sum(points.length, products.length);
    if (malformed === 0) return module.result();
    const place = malformed - 1;
    if (place < TERMS_MAX) throw new FrostError({ code: 'TERM_MALFORMED', list: 'points', index: place });
    throw new FrostError({ code: 'TERM_MALFORMED', list: 'products', index: place - TERMS_MAX });
  }

  /** Puts an operand in its place; false when it cannot be a point. */
  #put(place: number, point: PointOperand): boolean {
    if (!(point instanceof Uint8Array)) {
      this.#module.setTerm(place, point.termFor(this.#slots));
      return true;
    }
    if (point.length !== POINT_BYTES) return false;
    this.#module.setTerm(place, 0);
    this.#module.setEncoded(place, point);
    return true;
  }

  #keep(point: Uint8Array, slots: Slots, fill: (address: number) => boolean): PreparedPoint | undefined {
    const length = point.length === POINT_BYTES;
    if (length) this.#module.setEncoded(0, point);
    const kept = slots.take((address) => length && fill(address));
    if (kept !== 'malformed') return kept;
    throw new FrostError({ code: 'POINT_MALFORMED', what: 'point', culprit: undefined });
  }
}
