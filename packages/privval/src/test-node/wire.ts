/**
 * Just enough protobuf for the test node, written apart from the signer's codec so that one checks the other.
 */

import { TestNodeError } from './test-node-error.js';

/** A field to write: bigint and number as varint, strings and byte arrays length-delimited. Order is kept. */
export type WireField = readonly [field: number, value: bigint | number | string | Uint8Array];

/** Writes the fields given; leaving out defaults is the caller's business. */
export function writeFields(fields: readonly WireField[]): Buffer {
  return Buffer.concat(
    fields.map(([field, value]) => {
      if (typeof value === 'bigint' || typeof value === 'number') {
        return Buffer.concat([uvarint(BigInt(field) << 3n), uvarint(BigInt(value))]);
      }
      const data = Buffer.from(value);
      return Buffer.concat([uvarint((BigInt(field) << 3n) | 2n), uvarint(BigInt(data.length)), data]);
    }),
  );
}

/** Fields that differ from their default, as proto3 writes them. */
export function withoutDefaults(fields: readonly WireField[]): WireField[] {
  return fields.filter(([, value]) =>
    typeof value === 'bigint' || typeof value === 'number' ? BigInt(value) !== 0n : value.length > 0,
  );
}

/** A field of 8 bytes, little-endian (sfixed64). */
export function writeSfixed64(field: number, value: bigint): Buffer {
  const data = Buffer.alloc(8);
  data.writeBigInt64LE(value);
  return Buffer.concat([uvarint((BigInt(field) << 3n) | 1n), data]);
}

/** Prefixes with the length. */
export function delimit(message: Uint8Array): Buffer {
  return Buffer.concat([uvarint(BigInt(message.length)), message]);
}

/** Negative values take ten bytes. */
export function uvarint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

/** Fields read: the last value of each. */
export class WireMessage {
  readonly #varints = new Map<number, bigint>();
  readonly #strings = new Map<number, Buffer>();

  /** @throws TestNodeError `REPLY_MALFORMED` */
  constructor(bytes: Uint8Array) {
    const buffer = Buffer.from(bytes);
    let at = 0;
    const varint = (): bigint => {
      let value = 0n;
      for (let shift = 0n; shift < 70n; shift += 7n) {
        const byte = buffer[at++];
        if (byte === undefined) throw malformed('a varint without an end');
        value |= BigInt(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
      }
      throw malformed('a varint over ten bytes');
    };
    while (at < buffer.length) {
      const tag = varint();
      const field = Number(tag >> 3n);
      if ((tag & 7n) === 0n) {
        this.#varints.set(field, varint());
      } else if ((tag & 7n) === 2n) {
        const length = Number(varint());
        if (length > buffer.length - at) throw malformed('a field past the end');
        this.#strings.set(field, buffer.subarray(at, at + length));
        at += length;
      } else if ((tag & 7n) === 1n || (tag & 7n) === 5n) {
        // No field of ours is fixed-size; unknown ones are skipped, as nodes do.
        at += (tag & 7n) === 1n ? 8 : 4;
        if (at > buffer.length) throw malformed('a field past the end');
      } else {
        throw malformed(`wire type ${tag & 7n}`);
      }
    }
  }

  /** All field numbers present. */
  get fields(): number[] {
    return [...this.#varints.keys(), ...this.#strings.keys()];
  }

  varint(field: number): bigint {
    return this.#varints.get(field) ?? 0n;
  }

  bytes(field: number): Buffer {
    return this.#strings.get(field) ?? Buffer.alloc(0);
  }

  /** Undefined if absent. */
  message(field: number): WireMessage | undefined {
    const bytes = this.#strings.get(field);
    return bytes === undefined ? undefined : new WireMessage(bytes);
  }
}

function malformed(problem: string): TestNodeError {
  return new TestNodeError('REPLY_MALFORMED', `expected a protobuf reply, found ${problem}`);
}
