// Faults put before the oracle on purpose: one that finds none of them finds nothing.

import { generateKeyPairSync, sign } from 'node:crypto';
import { publicBytes } from './links.mjs';
import { Oracle } from './oracle.mjs';
import { delimit, encode } from './wire.mjs';

const CHAIN = 'planted-1';
const HASH = Buffer.alloc(32, 1);
const OTHER = Buffer.alloc(32, 2);

/** @returns names of the planted faults that were not found, and of the good replies that were blamed */
export function unfoundFaults() {
  const missed = [];
  for (const [name, faulty, play] of PLAYS) {
    const { privateKey } = generateKeyPairSync('ed25519');
    const oracle = new Oracle(CHAIN, publicBytes(privateKey));
    play({ oracle, key: privateKey });
    if (oracle.violations.length > 0 !== faulty) missed.push(`${name}: ${oracle.violations[0] ?? 'nothing was found'}`);
  }
  return missed;
}

const PLAYS = [
  ['an honest vote', false, (it) => asks(it, {})],
  ['a vote and its replay', false, (it) => [asks(it, {}), asks(it, {})]],
  ['an honest precommit with its extension', false, (it) => asks(it, { type: 2, extension: true })],
  [
    'a refusal',
    false,
    ({ oracle }) => oracle.judge(oracle.ask(request({})), encode([{ field: 4, fields: [{ field: 2, fields: [] }] }])),
  ],
  ['another block at one height', true, (it) => [asks(it, {}), asks(it, { hash: OTHER })]],
  ['nil after a block', true, (it) => [asks(it, {}), asks(it, { hash: Buffer.alloc(0) })]],
  ['a lower height', true, (it) => [asks(it, {}), asks(it, { height: 4n })]],
  ['a lower step', true, (it) => [asks(it, { type: 2, extension: true }), asks(it, {})]],
  ['a second signature of one message', true, (it) => [asks(it, {}), asks(it, { seconds: 9n })]],
  ['another chain', true, (it) => asks(it, { chainId: 'another' })],
  ['a hash of 31 bytes', true, (it) => asks(it, { hash: HASH.subarray(1) })],
  ['a negative round', true, (it) => asks(it, { round: -1n })],
  ['a height that stands twice', true, (it) => asks(it, { twice: true })],
  ['a signature over other bytes', true, (it) => asks(it, { signed: { height: 6n } })],
  ['a signature with another time', true, (it) => asks(it, { signed: { seconds: 9n } })],
  ['an extension signature on a prevote', true, (it) => asks(it, { extension: true })],
  ['no extension signature on a precommit', true, (it) => asks(it, { type: 2 })],
  [
    'a signature of raw bytes',
    true,
    ({ oracle }) =>
      oracle.judge(
        oracle.ask(encode([{ field: 9, fields: [{ field: 1, bytes: HASH }] }])),
        encode([{ field: 10, fields: [{ field: 1, bytes: Buffer.alloc(64, 1) }] }]),
      ),
  ],
  [
    'the key of somebody else',
    true,
    ({ oracle }) =>
      oracle.judge(
        oracle.ask(encode([{ field: 1, fields: [] }])),
        encode([{ field: 2, fields: [{ field: 1, fields: [{ field: 1, bytes: HASH }] }] }]),
      ),
  ],
];

function request({ type = 1, height = 5n, round = 0n, hash = HASH, seconds = 7n, chainId = CHAIN, twice = false }) {
  const vote = [
    { field: 1, varint: BigInt(type) },
    { field: 2, varint: height },
    ...(twice ? [{ field: 2, varint: height }] : []),
    ...(round === 0n ? [] : [{ field: 3, varint: round }]),
    blockId(hash),
    { field: 5, fields: [{ field: 1, varint: seconds }] },
  ];
  return encode([
    {
      field: 3,
      fields: [
        { field: 1, fields: vote },
        { field: 2, bytes: Buffer.from(chainId) },
      ],
    },
  ]);
}

/** A signer that signs whatever it is asked; `signed` is what it signs in place of that. */
function asks({ oracle, key }, vote) {
  const { type = 1, height = 5n, hash = HASH, seconds = 7n } = { ...vote, ...vote.signed };
  const bytes = delimit(
    encode([
      { field: 1, varint: BigInt(type) },
      { field: 2, fixed64: height },
      ...(hash.length === 0 ? [] : [blockId(hash)]),
      { field: 5, fields: [{ field: 1, varint: seconds }] },
      { field: 6, bytes: Buffer.from(CHAIN) },
    ]),
  );
  const extension = delimit(
    encode([
      { field: 2, fixed64: height },
      { field: 4, bytes: Buffer.from(CHAIN) },
    ]),
  );
  const reply = [
    { field: 5, fields: [{ field: 1, varint: vote.seconds ?? 7n }] },
    { field: 8, bytes: sign(null, bytes, key) },
    ...(vote.extension ? [{ field: 10, bytes: sign(null, extension, key) }] : []),
  ];
  oracle.judge(oracle.ask(request(vote)), encode([{ field: 4, fields: [{ field: 1, fields: reply }] }]));
}

function blockId(hash) {
  if (hash.length === 0) return { field: 4, fields: [{ field: 2, fields: [] }] };
  return {
    field: 4,
    fields: [
      { field: 1, bytes: hash },
      {
        field: 2,
        fields: [
          { field: 1, varint: 1n },
          { field: 2, bytes: hash },
        ],
      },
    ],
  };
}
