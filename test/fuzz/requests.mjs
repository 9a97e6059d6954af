// What an honest node asks, as fields: the ground that mutations are made on.

import { createHash } from 'node:crypto';

const hash = (text) => createHash('sha256').update(text).digest();

/** Votes, proposals, and the rest now and then. A height is asked by some cases, with few blocks, so that they contradict one another. */
export function honestRequest(random, chainId, height) {
  const make = random.weighted([
    [6, vote],
    [3, proposal],
    [1, () => [{ field: 1, fields: [{ field: 1, bytes: Buffer.from(chainId) }] }]],
    [1, () => [{ field: 7, fields: [] }]],
    [1, signBytes],
  ]);
  return make(random, chainId, height);
}

function vote(random, chainId, height) {
  const precommit = random.chance(0.5);
  const block = random.below(4);
  const fields = [
    { field: 1, varint: precommit ? 2n : 1n },
    { field: 2, varint: height },
    ...optional(
      3,
      random.weighted([
        [8, 0n],
        [1, 1n],
        [1, 2n],
      ]),
    ),
    blockId(4, block, height),
    timestamp(5, random),
    { field: 6, bytes: Buffer.alloc(20, 7) },
    ...optional(7, BigInt(random.below(3))),
  ];
  if (precommit && block > 0 && random.chance(0.5)) {
    const long = random.chance(0.02) ? 1024 * 1024 : 40;
    fields.push({ field: 9, bytes: Buffer.alloc(random.below(long) + 1, random.below(256)) });
  }
  const skip = random.chance(0.1) ? [{ field: 3, varint: 1n }] : [];
  return [{ field: 3, fields: [{ field: 1, fields }, { field: 2, bytes: Buffer.from(chainId) }, ...skip] }];
}

function proposal(random, chainId, height) {
  const fields = [
    { field: 1, varint: 32n },
    { field: 2, varint: height },
    { field: 4, varint: -1n },
    blockId(5, 1 + random.below(3), height),
    timestamp(6, random),
  ];
  return [
    {
      field: 5,
      fields: [
        { field: 1, fields },
        { field: 2, bytes: Buffer.from(chainId) },
      ],
    },
  ];
}

/** CometBFT 1.0's raw bytes: the chains here sign none. */
function signBytes(random) {
  return [{ field: 9, fields: [{ field: 1, bytes: random.bytes(random.below(80)) }] }];
}

/** Block 0 is nil. */
function blockId(field, block, height) {
  if (block === 0) return { field, fields: [{ field: 2, fields: [] }] };
  const parts = [
    { field: 1, varint: 1n },
    { field: 2, bytes: hash(`parts ${block} ${height}`) },
  ];
  return {
    field,
    fields: [
      { field: 1, bytes: hash(`block ${block} ${height}`) },
      { field: 2, fields: parts },
    ],
  };
}

function timestamp(field, random) {
  return {
    field,
    fields: [
      { field: 1, varint: 1_700_000_000n + BigInt(random.below(1000)) },
      ...optional(2, BigInt(random.below(1e9))),
    ],
  };
}

function optional(field, value) {
  return value === 0n ? [] : [{ field, varint: value }];
}
