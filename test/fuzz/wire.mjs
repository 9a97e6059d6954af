// Protobuf of the fuzzer's own: written as lists of fields that mutations can take apart, read strictly, as a judge reads.

/** A field: `{ field, varint }`, `{ field, bytes }`, `{ field, fields }` (nested), `{ field, fixed64 }` or `{ raw }`. */
export function encode(fields) {
  return Buffer.concat(fields.map(encodeField));
}

function encodeField(each) {
  if (each.raw !== undefined) return each.raw;
  if (each.varint !== undefined) return Buffer.concat([tag(each.field, 0), varint(each.varint)]);
  if (each.fixed64 !== undefined) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(each.fixed64);
    return Buffer.concat([tag(each.field, 1), bytes]);
  }
  const content = each.fields === undefined ? Buffer.from(each.bytes) : encode(each.fields);
  return Buffer.concat([tag(each.field, 2), varint(content.length), content]);
}

export function delimit(message) {
  return Buffer.concat([varint(message.length), message]);
}

/** Negative values take ten bytes. */
export function varint(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

function tag(field, wireType) {
  return varint(BigInt(field) * 8n + BigInt(wireType));
}

/** Bytes that have no meaning, or two. */
export class Meaningless extends Error {}

/**
 * The fields of a message by number, those of `shape` only: 'varint', 'bytes' or a nested shape. Whatever stands twice, has another
 * wire type or does not end where it should is meaningless. Fields that `shape` does not know are stepped over.
 */
export function read(bytes, shape) {
  const found = {};
  let at = 0;
  const readVarint = () => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Meaningless('a varint without an end');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (value >= 2n ** 64n) throw new Meaningless('a varint over 64 bits');
        return value;
      }
    }
    throw new Meaningless('a varint over ten bytes');
  };
  const take = (length) => {
    if (length > bytes.length - at) throw new Meaningless('a field past the end');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = readVarint();
    const [field, wireType] = [Number(key >> 3n), Number(key & 7n)];
    if (field === 0) throw new Meaningless('field 0');
    const kind = shape[field];
    let value;
    if (wireType === 0) value = readVarint();
    else if (wireType === 1) value = take(8);
    else if (wireType === 2) value = take(Number(readVarint()));
    else if (wireType === 5) value = take(4);
    else throw new Meaningless(`wire type ${wireType}`);
    if (kind === undefined) continue;
    if (wireType !== (kind === 'varint' ? 0 : 2)) throw new Meaningless(`field ${field} with wire type ${wireType}`);
    if (field in found) throw new Meaningless(`field ${field} twice`);
    found[field] = typeof kind === 'object' ? read(value, kind) : value;
  }
  return found;
}
