// Frames that a lying cosigner makes up (proto/cosigner/cosigner.proto): every kind, with numbers near those that it has heard and far
// from them.

import { mutateFields } from './mutate.mjs';
import { read } from './wire.mjs';

const FAR = [0n, 1n, 2n ** 31n, 2n ** 53n, 2n ** 62n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n];

/** @param heard - frames that came, for the numbers in them */
export function liesOf(random, chainId, heard) {
  const near = numbersOf(heard);
  const number = () => (random.chance(0.1) ? random.pick(FAR) : random.pick(near) + BigInt(random.below(4) - 1));
  const chain = { field: 1, bytes: Buffer.from(random.chance(0.9) ? chainId : 'another') };
  const commitment = (field) => ({
    field,
    fields: [
      { field: 1, varint: BigInt(1 + random.below(4)) },
      { field: 2, varint: number() },
      { field: 3, bytes: random.bytes(64) },
    ],
  });
  const kinds = {
    1: () => [
      { field: 1, varint: BigInt(random.below(12)) },
      ...[2, 3, 4, 5, 8, 9].map((field) => ({ field, varint: number() })),
      ...Array.from({ length: random.below(3) }, () => ({
        field: 6,
        fields: [
          { field: 1, varint: number() },
          { field: 2, varint: number() },
          { field: 3, bytes: random.bytes(random.below(60)) },
        ],
      })),
      { field: 7, varint: BigInt(random.below(2)) },
      ...(random.chance(0.2)
        ? [
            {
              field: 10,
              fields: [
                { field: 1, varint: number() },
                { field: 2, varint: number() },
                { field: 3, bytes: random.bytes(random.below(60)) },
              ],
            },
          ]
        : []),
    ],
    2: () => [
      { field: 1, varint: number() },
      {
        field: 2,
        fields: [
          chain,
          { field: 2, varint: number() },
          { field: 3, varint: number() },
          { field: 4, varint: BigInt(random.below(5)) },
          { field: 5, bytes: random.bytes(random.below(90)) },
          { field: 6, varint: 1n },
        ],
      },
      { field: 3, varint: 1n },
    ],
    3: () =>
      [1, 2, 3]
        .map((field) => ({ field, varint: number() }))
        .concat({ field: 4, fields: [commitment(2), commitment(2)] }),
    4: () => [
      { field: 1, varint: number() },
      { field: 2, bytes: random.bytes(random.pick([0, 31, 32, 33])) },
    ],
    5: () => [chain, { field: 2, bytes: Buffer.of(1, 2) }, { field: 3, varint: number() }],
    6: () => [chain, { field: 2, bytes: Buffer.of(1, 2) }, commitment(3), commitment(3)],
    7: () => [
      { field: 1, varint: number() },
      { ...chain, field: 2 },
      { field: 3, bytes: random.bytes(random.below(100)) },
      { field: 5, varint: number() },
    ],
    8: () => [
      { field: 1, varint: number() },
      { field: 2, bytes: random.bytes(64) },
      { field: 3, varint: number() },
    ],
    10: () => [
      { field: 1, varint: number() },
      { ...chain, field: 2 },
      { field: 3, bytes: Buffer.from('sign-bytes') },
      { field: 4, bytes: random.bytes(20) },
      commitment(5),
    ],
  };
  const fields = Array.from({ length: 1 + random.below(2) }, () => {
    const field = Number(random.pick(Object.keys(kinds)));
    return { field, fields: kinds[field]() };
  });
  return random.chance(0.4) ? mutateFields(random, fields) : fields;
}

/** Terms and indexes of the Raft messages among the last frames. */
function numbersOf(heard) {
  const found = [0n, 1n];
  for (const frame of heard.slice(-8)) {
    let start = 1;
    while (frame[start] >= 0x80) start++;
    try {
      const raft = read(frame.subarray(start + 1), { 1: 'bytes' })[1];
      if (raft === undefined) continue;
      const { 2: term, 3: index, 5: commit } = read(raft, { 2: 'varint', 3: 'varint', 5: 'varint' });
      for (const each of [term, index, commit]) if (each !== undefined) found.push(each);
    } catch {
      // Several Raft messages in one frame: the reader wants one.
    }
  }
  return found;
}
