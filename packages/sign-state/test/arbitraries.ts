import fc from 'fast-check';

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

const hash = fc.constantFrom(0, 32).chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
const blockId = fc
  .record({ hash, partSetTotal: fc.nat(2 ** 31), partSetHash: hash })
  .filter((id) => id.hash.length + id.partSetTotal + id.partSetHash.length > 0);
const common = {
  height: fc.bigInt(0n, 2n ** 63n - 1n),
  round: fc.nat(2 ** 31 - 1),
  blockId: fc.option(blockId, { nil: undefined }),
  timestamp: fc.record({ seconds: fc.bigInt(-62135596800n, 253402300799n), nanos: fc.nat(999_999_999) }),
  chainId: fc.string({ maxLength: 40 }),
};

export const voteArbitrary = fc.record({ type: fc.constantFrom('prevote', 'precommit'), ...common });
export const proposalArbitrary = fc.record({ polRound: fc.integer({ min: -1, max: 2 ** 31 - 1 }), ...common });
