import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeExtensionSignBytes,
  encodeProposalSignBytes,
  encodeVoteSignBytes,
  equalExceptTimestamp,
  parseExtensionSignBytes,
  parseSignBytes,
  SIGN_BYTES_MAX,
  SignBytesError,
} from '../src/index.js';
import { fromHex, proposalArbitrary, voteArbitrary } from './arbitraries.js';

interface VectorCase {
  name: string;
  kind: 'vote' | 'proposal' | 'vote_extension';
  chain_id: string;
  message: {
    type?: number;
    height: string;
    round: number;
    pol_round?: number;
    extension?: string;
    block_id?: { hash: string; part_set_header: { total: number; hash: string } } | null;
    timestamp: { seconds: string; nanos: number };
  };
  sign_bytes: string;
}

// Source: sign-bytes.json names, case by case, the CometBFT, Tendermint and tmkms tests it comes from.
const { cases } = JSON.parse(readFileSync(new URL('./data/sign-bytes.json', import.meta.url), 'utf8')) as {
  cases: VectorCase[];
};

function common({ message, chain_id }: VectorCase) {
  const block = message.block_id;
  const nil = !block || (block.hash === '' && block.part_set_header.total === 0 && block.part_set_header.hash === '');
  return {
    height: BigInt(message.height),
    round: message.round,
    chainId: chain_id,
    blockId: nil
      ? undefined
      : {
          hash: fromHex(block.hash),
          partSetTotal: block.part_set_header.total,
          partSetHash: fromHex(block.part_set_header.hash),
        },
    timestamp: message.timestamp && {
      seconds: BigInt(message.timestamp.seconds),
      nanos: message.timestamp.nanos,
    },
  };
}

function encode(row: VectorCase): Uint8Array {
  const { message } = row;
  if (row.kind === 'proposal') return encodeProposalSignBytes({ ...common(row), polRound: message.pol_round ?? 0 });
  if (row.kind === 'vote') {
    return encodeVoteSignBytes({ ...common(row), type: message.type === 1 ? 'prevote' : 'precommit' });
  }
  return encodeExtensionSignBytes({ ...common(row), extension: fromHex(message.extension ?? '') });
}

describe('sign bytes', () => {
  for (const row of cases.filter((each) => each.kind !== 'vote' || each.message.type !== 0)) {
    it(`encodes and parses: ${row.name}`, () => {
      expect(Buffer.from(encode(row)).toString('hex')).toBe(row.sign_bytes);
      if (row.kind === 'vote_extension') {
        const parsed = parseExtensionSignBytes(fromHex(row.sign_bytes));
        expect([parsed.height, parsed.round, parsed.chainId]).toEqual([
          BigInt(row.message.height),
          row.message.round,
          row.chain_id,
        ]);
        return;
      }
      const parsed = parseSignBytes(fromHex(row.sign_bytes));
      expect(parsed).toMatchObject(common(row));
      if (row.kind === 'proposal') expect(parsed.polRound).toBe(row.message.pol_round ?? 0);
    });
  }

  for (const row of cases.filter((each) => each.kind === 'vote' && each.message.type === 0)) {
    it(`refuses a vote without a type: ${row.name}`, () => {
      expect(() => parseSignBytes(fromHex(row.sign_bytes))).toThrow(/SIGN_BYTES_RANGE: type/);
    });
  }

  const good = fromHex(cases.find((row) => row.name === 'precommit, full block id')?.sign_bytes ?? '');
  const refusals: [string, Uint8Array, RegExp][] = [
    ['nothing', new Uint8Array(), /SIGN_BYTES_MALFORMED/],
    ['an empty message', Uint8Array.of(0), /SIGN_BYTES_RANGE: type/],
    ['a trailing byte', Uint8Array.of(...good, 0), /SIGN_BYTES_MALFORMED.*length/],
    ['a wrong length', Uint8Array.of((good[0] ?? 0) - 1, ...good.subarray(1)), /SIGN_BYTES_MALFORMED/],
    ['an overlong length', Uint8Array.of((good[0] ?? 0) | 0x80, 0, ...good.subarray(1)), /NOT_CANONICAL/],
    ['an unknown field', Uint8Array.of((good[0] ?? 0) + 2, ...good.subarray(1), 0x40, 1), /NOT_CANONICAL/],
    [
      'a repeated field',
      Uint8Array.of((good[0] ?? 0) + 2, 8, 2, ...good.subarray(1)),
      /SIGN_BYTES_MALFORMED: .*field 1/,
    ],
    ['a group', Uint8Array.of(1, 0x0b), /wire type 3/],
    ['too many bytes', new Uint8Array(SIGN_BYTES_MAX + 1), /SIGN_BYTES_SIZE/],
    ['a negative height', fromHex('1408021100000000000000802a002000'.padEnd(42, '0')), /SIGN_BYTES/],
    ['a chain id that is not UTF-8', fromHex('0a08022a003203ff41ff00'.slice(0, 22)), /SIGN_BYTES_MALFORMED/],
  ];
  for (const [name, bytes, message] of refusals) {
    it(`refuses ${name}`, () => {
      expect(() => parseSignBytes(bytes)).toThrow(message);
    });
  }

  it('refuses values that cannot stand in a vote', () => {
    const vote = {
      type: 'prevote',
      height: 1n,
      round: 0,
      blockId: undefined,
      timestamp: { seconds: 0n, nanos: 0 },
      chainId: 'c',
    } as const;
    const hash = new Uint8Array(31);
    for (const bad of [
      { height: -1n },
      { height: 2n ** 63n },
      { round: -1 },
      { round: 2 ** 31 },
      { timestamp: { seconds: -62135596801n, nanos: 0 } },
      { timestamp: { seconds: 253402300800n, nanos: 0 } },
      { timestamp: { seconds: 0n, nanos: 1_000_000_000 } },
      { blockId: { hash, partSetTotal: 1, partSetHash: new Uint8Array(32) } },
      { blockId: { hash: new Uint8Array(), partSetTotal: 0, partSetHash: new Uint8Array() } },
      { chainId: 'c'.repeat(51) },
    ]) {
      expect(() => encodeVoteSignBytes({ ...vote, ...bad })).toThrow(/SIGN_BYTES_RANGE/);
    }
  });

  it('round-trips every vote and proposal', () => {
    fc.assert(
      fc.property(voteArbitrary, (vote) => {
        const parsed = parseSignBytes(encodeVoteSignBytes(vote));
        expect(parsed).toMatchObject({
          step: vote.type,
          height: vote.height,
          round: vote.round,
          chainId: vote.chainId,
        });
      }),
    );
    fc.assert(
      fc.property(proposalArbitrary, (proposal) => {
        expect(parseSignBytes(encodeProposalSignBytes(proposal))).toMatchObject(proposal);
      }),
    );
  });

  it('reads no truncation, and reads a flipped bit as what the altered bytes say or not at all', () => {
    for (const row of cases.filter((each) => each.kind !== 'vote_extension')) {
      const bytes = fromHex(row.sign_bytes);
      for (let length = 0; length < bytes.length; length++) {
        expect(() => parseSignBytes(bytes.subarray(0, length))).toThrow(SignBytesError);
      }
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const flipped = bytes.slice();
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        try {
          const parsed = parseSignBytes(flipped);
          expect(Buffer.from(parsed.bytes).equals(flipped)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(SignBytesError);
        }
      }
    }
  });

  it('tells a difference in the timestamp from every other difference', () => {
    fc.assert(
      fc.property(voteArbitrary, voteArbitrary, (vote, other) => {
        const a = parseSignBytes(encodeVoteSignBytes(vote));
        const moved = parseSignBytes(encodeVoteSignBytes({ ...vote, timestamp: other.timestamp }));
        const next = parseSignBytes(
          encodeVoteSignBytes({ ...vote, height: vote.height === 0n ? 1n : vote.height - 1n }),
        );
        expect(equalExceptTimestamp(a, moved)).toBe(true);
        expect(equalExceptTimestamp(a, next)).toBe(false);
      }),
    );
  });

  it('compares two messages as their encodings with one timestamp compare, whichever field differs', () => {
    const message = fc.record({
      type: fc.constantFrom('proposal', 'prevote', 'precommit'),
      height: fc.bigInt(1n, 2n),
      round: fc.integer({ min: 0, max: 1 }),
      polRound: fc.integer({ min: -1, max: 0 }),
      chainId: fc.constantFrom('a', 'b'),
      blockId: fc.option(
        fc.record({
          hash: fc.constantFrom(new Uint8Array(32).fill(1), new Uint8Array(32).fill(2), new Uint8Array()),
          partSetTotal: fc.integer({ min: 1, max: 2 }),
          partSetHash: fc.constantFrom(new Uint8Array(32).fill(1), new Uint8Array(32).fill(2), new Uint8Array()),
        }),
        { nil: undefined },
      ),
      seconds: fc.bigInt(0n, 1n),
    });
    const encode = (of: Arbitrated<typeof message>, seconds: bigint) => {
      const { type, polRound, ...rest } = of;
      const timestamp = { seconds, nanos: 1 };
      return type === 'proposal'
        ? encodeProposalSignBytes({ ...rest, polRound, timestamp })
        : encodeVoteSignBytes({ ...rest, type, timestamp });
    };
    let equals = 0;
    fc.assert(
      fc.property(message, message, fc.boolean(), (one, two, isSame) => {
        const other = isSame ? { ...one, seconds: two.seconds } : two;
        const [a, b] = [parseSignBytes(encode(one, one.seconds)), parseSignBytes(encode(other, other.seconds))];
        const expected = Buffer.from(encode(one, 5n)).equals(encode(other, 5n));
        if (expected) equals++;
        expect(equalExceptTimestamp(a, b)).toBe(expected);
      }),
      { numRuns: 1000 },
    );
    expect(equals).toBeGreaterThan(100);
  });
});

type Arbitrated<A> = A extends fc.Arbitrary<infer T> ? T : never;
