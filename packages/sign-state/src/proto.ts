/**
 * The few protobuf wire forms that canonical sign bytes use: varint, fixed 64 and length-delimited fields.
 *
 * Own code, because a general decoder is lenient where this one must be strict: a repeated or unknown field, a field out
 * of order or of another wire type, an overlong varint or a string that is not UTF-8 are errors. Proto3 defaults are
 * left out when writing, except sub-messages, which are written when asked for, even empty (CometBFT writes timestamps
 * and part set headers so).
 */

import { SignBytesError } from './errors.js';
import { decodeUtf8, encodeUtf8 } from './utf8.js';

const WIRE_VARINT = 0;
const WIRE_FIXED64 = 1;
const WIRE_BYTES = 2;
const FIELDS_MAX = 16;
/** Up to here plain numbers do, which are much quicker. */
const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);

export class ProtoWriter {
  readonly #out: number[] = [];
  #tail: Uint8Array[] = [];

  /** @param value - 0 to 2^64-1 */
  varint(field: number, value: bigint): void {
    if (value === 0n) return;
    this.#out.push(field << 3);
    this.#push(value);
  }

  sfixed64(field: number, value: bigint): void {
    if (value === 0n) return;
    this.#out.push((field << 3) | WIRE_FIXED64);
    this.#fixed32(Number(BigInt.asUintN(32, value)));
    this.#fixed32(Number(BigInt.asUintN(32, value >> 32n)));
  }

  bytes(field: number, value: Uint8Array): void {
    if (value.length > 0) this.message(field, value);
  }

  string(field: number, value: string): void {
    this.bytes(field, encodeUtf8(value));
  }

  message(field: number, value: Uint8Array): void {
    this.#out.push((field << 3) | WIRE_BYTES);
    this.#pushNumber(value.length);
    if (value.length < 256) {
      for (let at = 0; at < value.length; at++) this.#out.push(value[at] ?? 0);
      return;
    }
    // Large values (vote extensions) are kept aside, not taken apart byte by byte.
    this.#tail.push(new Uint8Array(this.#out), value);
    this.#out.length = 0;
  }

  /** A message that another writer has written. */
  nested(field: number, message: ProtoWriter): void {
    if (message.#tail.length > 0) {
      this.message(field, message.finish());
      return;
    }
    this.#out.push((field << 3) | WIRE_BYTES);
    this.#pushNumber(message.#out.length);
    for (const byte of message.#out) this.#out.push(byte);
  }

  finish(): Uint8Array {
    if (this.#tail.length === 0) return new Uint8Array(this.#out);
    const parts = [...this.#tail, new Uint8Array(this.#out)];
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  /** The message behind its length. */
  delimited(): Uint8Array {
    const prefix = new ProtoWriter();
    if (this.#tail.length === 0) {
      prefix.#pushNumber(this.#out.length);
      return new Uint8Array(prefix.#out.concat(this.#out));
    }
    const message = this.finish();
    prefix.#pushNumber(message.length);
    const whole = new Uint8Array(prefix.#out.length + message.length);
    whole.set(prefix.#out);
    whole.set(message, prefix.#out.length);
    return whole;
  }

  #push(value: bigint): void {
    let rest = value;
    while (rest > SAFE_MAX) {
      this.#out.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.#pushNumber(Number(rest));
  }

  #pushNumber(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.#out.push((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.#out.push(rest);
  }

  /** Little-endian. */
  #fixed32(value: number): void {
    this.#out.push(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24);
  }
}

/** The fields of one message by number; an absent field reads as its proto3 default. */
export class ProtoFields {
  readonly #values: ReadonlyMap<number, { wire: number; value: bigint | Uint8Array }>;
  constructor(values: ReadonlyMap<number, { wire: number; value: bigint | Uint8Array }>) {
    this.#values = values;
  }

  varint(field: number): bigint {
    return this.#integer(field, WIRE_VARINT);
  }

  /** Signed. */
  sfixed64(field: number): bigint {
    return BigInt.asIntN(64, this.#integer(field, WIRE_FIXED64));
  }

  bytes(field: number): Uint8Array {
    return this.#delimited(field) ?? new Uint8Array(0);
  }

  string(field: number): string {
    const text = decodeUtf8(this.bytes(field));
    if (text === undefined) throw malformed(`field ${field}, which is not UTF-8`, 0);
    return text;
  }

  message(field: number): ProtoReader | undefined {
    const bytes = this.#delimited(field);
    return bytes === undefined ? undefined : new ProtoReader(bytes);
  }

  #integer(field: number, wire: number): bigint {
    const found = this.#values.get(field);
    if (found === undefined) return 0n;
    if (found.wire !== wire || typeof found.value !== 'bigint')
      throw malformed(`field ${field} of wire type ${found.wire}`, 0);
    return found.value;
  }

  #delimited(field: number): Uint8Array | undefined {
    const found = this.#values.get(field);
    if (found === undefined) return undefined;
    if (!(found.value instanceof Uint8Array)) throw malformed(`field ${field} of wire type ${found.wire}`, 0);
    return found.value;
  }
}

export class ProtoReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Opens a message that stands behind its length and fills the input to the end. */
  static delimited(bytes: Uint8Array): ProtoReader {
    const reader = new ProtoReader(bytes);
    const length = reader.#varint();
    if (length !== BigInt(bytes.length - reader.#at)) {
      throw malformed(`a length of ${length} before ${bytes.length - reader.#at} bytes`, 0);
    }
    return new ProtoReader(bytes.subarray(reader.#at));
  }

  /** Reads to the end. Field numbers must rise; at most 16 fields. */
  fields(): ProtoFields {
    const values = new Map<number, { wire: number; value: bigint | Uint8Array }>();
    let last = 0;
    while (this.#at < this.#bytes.length) {
      const start = this.#at;
      const key = Number(this.#varint());
      const field = Math.floor(key / 8);
      const wire = key % 8;
      if (field <= last || field > FIELDS_MAX) throw malformed(`field ${field} behind field ${last}`, start);
      last = field;
      values.set(field, { wire, value: this.#value(wire, start) });
    }
    return new ProtoFields(values);
  }

  #value(wire: number, start: number): bigint | Uint8Array {
    switch (wire) {
      case WIRE_VARINT:
        return this.#varint();
      case WIRE_FIXED64: {
        const eight = this.#take(8n, start);
        return new DataView(eight.buffer, eight.byteOffset, 8).getBigUint64(0, true);
      }
      case WIRE_BYTES:
        return this.#take(this.#varint(), start);
      default:
        throw malformed(`wire type ${wire}`, start);
    }
  }

  #take(length: bigint, start: number): Uint8Array {
    if (length > BigInt(this.#bytes.length - this.#at))
      throw malformed(`${length} bytes announced, fewer there`, start);
    this.#at += Number(length);
    return this.#bytes.subarray(this.#at - Number(length), this.#at);
  }

  #varint(): bigint {
    const first = this.#bytes[this.#at];
    if (first !== undefined && first < 0x80) {
      this.#at++;
      return BigInt(first);
    }
    let value = 0n;
    for (let i = 0; i < 10; i++) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw malformed('the end inside a number', this.#at);
      this.#at++;
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) {
        if (value >= 1n << 64n) throw malformed('a number above 64 bits', this.#at - 1);
        return value;
      }
    }
    throw malformed('a number of more than ten bytes', this.#at);
  }
}

function malformed(problem: string, offset: number): SignBytesError {
  return new SignBytesError({ code: 'SIGN_BYTES_MALFORMED', problem, offset });
}
