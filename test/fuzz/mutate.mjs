// What becomes of honest bytes and fields on their way to a signer.

const NUMBERS = [
  0n,
  1n,
  2n,
  3n,
  32n,
  127n,
  128n,
  999n,
  1000n,
  1001n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  -1n,
  -2n,
  -62135596801n,
  253402300800n,
];
const SIZES = [0, 1, 19, 21, 31, 33, 64, 255, 4096];
/** Longest extension of CometBFT, bytes. */
const EXTENSION_BYTES_MAX = 1024 * 1024;

/** Mutated so that it is not what it was: now and then a mutation changes nothing. */
export function spoilBytes(random, bytes) {
  const mutated = mutateBytes(random, bytes);
  return mutated.equals(bytes) ? flip(random, bytes) : mutated;
}

/** Bytes with one to three small changes, or cut, or lengthened. */
export function mutateBytes(random, bytes) {
  let out = Buffer.from(bytes);
  for (
    let left = random.weighted([
      [6, 1],
      [2, 2],
      [1, 3],
    ]);
    left > 0;
    left--
  )
    out = mutateOnce(random, out);
  return out;
}

function mutateOnce(random, bytes) {
  const at = random.below(bytes.length + 1);
  const span = Math.min(bytes.length - at, 1 + random.below(8));
  const [head, middle, tail] = [bytes.subarray(0, at), bytes.subarray(at, at + span), bytes.subarray(at + span)];
  return random.weighted([
    [5, () => flip(random, bytes)],
    [2, () => head],
    [2, () => Buffer.concat([head, tail])],
    [2, () => Buffer.concat([head, random.bytes(span), tail])],
    [2, () => Buffer.concat([head, random.bytes(1 + random.below(12)), middle, tail])],
    [1, () => Buffer.concat([head, middle, middle, tail])],
    [1, () => Buffer.concat([head, Buffer.alloc(span, random.pick([0, 0x7f, 0x80, 0xff])), tail])],
    [1, () => Buffer.concat([bytes, bytes])],
  ])();
}

export function flip(random, bytes) {
  if (bytes.length === 0) return bytes;
  const out = Buffer.from(bytes);
  const bit = random.below(out.length * 8);
  out[bit >> 3] ^= 1 << (bit & 7);
  return out;
}

/** Fields with one change somewhere in the tree: valid protobuf in most cases, another meaning or none. */
export function mutateFields(random, fields) {
  const copy = clone(fields);
  const lists = [];
  collect(copy, lists);
  const list = random.pick(lists);
  const at = random.below(Math.max(1, list.length));
  const found = list[at];
  if (found === undefined) {
    list.push(anyField(random));
    return copy;
  }
  random.weighted([
    [2, () => list.splice(at, 1)],
    [3, () => list.splice(random.below(list.length + 1), 0, clone([found])[0])],
    [2, () => list.splice(random.below(list.length + 1), 0, anyField(random))],
    [2, () => list.reverse()],
    [
      2,
      () => {
        found.field = random.pick([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16, 100, 2 ** 29 - 1]);
      },
    ],
    [8, () => changeValue(random, found)],
  ])();
  return copy;
}

function changeValue(random, found) {
  if (found.varint !== undefined) {
    const next = random.weighted([
      [6, random.pick(NUMBERS)],
      [3, found.varint + random.pick([-2n, -1n, 1n, 2n])],
      [1, found.varint + 101n],
    ]);
    if (random.chance(0.1)) found.bytes = random.bytes(random.below(12));
    found.varint = found.bytes === undefined ? next : undefined;
    return;
  }
  if (found.fields !== undefined) {
    const as = random.below(3);
    if (as === 0) found.varint = random.pick(NUMBERS);
    else found.bytes = as === 1 ? Buffer.alloc(0) : random.bytes(random.below(40));
    found.fields = undefined;
    return;
  }
  if (found.bytes === undefined) return;
  found.bytes = random.weighted([
    [4, () => flip(random, found.bytes)],
    [4, () => Buffer.alloc(random.pick(SIZES), random.below(256))],
    [1, () => Buffer.alloc(EXTENSION_BYTES_MAX + random.below(3) - 1, 1)],
    [2, () => Buffer.from(random.pick(['', 'another-chain', '\u{1f512}', 'fuzz-tcp\0', 'FUZZ-TCP']))],
  ])();
}

function anyField(random) {
  return random.pick([
    { field: 1 + random.below(40), varint: random.pick(NUMBERS) },
    { field: 1 + random.below(40), bytes: random.bytes(random.below(20)) },
    { field: 1 + random.below(40), fixed64: 1n },
    { raw: random.bytes(1 + random.below(6)) },
  ]);
}

function collect(fields, lists) {
  lists.push(fields);
  for (const each of fields) if (each.fields !== undefined) collect(each.fields, lists);
}

function clone(fields) {
  return fields.map((each) => (each.fields === undefined ? { ...each } : { ...each, fields: clone(each.fields) }));
}
