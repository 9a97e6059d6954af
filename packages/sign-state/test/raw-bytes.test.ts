import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkRawBytes,
  encodeCelestiaRawBytes,
  encodeExtensionSignBytes,
  encodeProposalSignBytes,
  encodeVoteSignBytes,
  PREFIX_PATTERN,
  parseExtensionSignBytes,
  parseSignBytes,
  RAW_BYTES_KINDS,
  RAW_BYTES_MAX,
  type RawBytesKind,
  type RawBytesPolicy,
} from '../src/index.js';

const CHAIN = 'mocha-4';
const text = (value: string) => new TextEncoder().encode(value);
const celestia = (over: Partial<Parameters<typeof encodeCelestiaRawBytes>[0]> = {}) =>
  encodeCelestiaRawBytes({ chainId: CHAIN, rawBytes: Uint8Array.of(1, 2), uniqueId: 'fibre-payment', ...over });
const timestamp = { seconds: 5n, nanos: 0 };
const blockId = { hash: new Uint8Array(32).fill(1), partSetTotal: 1, partSetHash: new Uint8Array(32).fill(2) };
const at = { height: 7n, round: 1, chainId: CHAIN };
const signBytes = {
  prevote: encodeVoteSignBytes({ ...at, type: 'prevote', blockId, timestamp }),
  'nil precommit': encodeVoteSignBytes({ ...at, type: 'precommit', blockId: undefined, timestamp }),
  proposal: encodeProposalSignBytes({ ...at, polRound: -1, blockId, timestamp }),
  extension: encodeExtensionSignBytes({ ...at, extension: text('x') }),
  'empty extension': encodeExtensionSignBytes({ ...at, extension: new Uint8Array() }),
};
const ALL: RawBytesPolicy = {
  celestia: ['fibre'],
  'sign-bytes': ['oracle/v1:'],
  'second-extension': ['bridge/v1:', 'bridge/v2:'],
};
const check = (kind: RawBytesKind, bytes: Uint8Array, policy: RawBytesPolicy = ALL) =>
  checkRawBytes(kind, bytes, { chainId: CHAIN, policy });

describe('raw bytes', () => {
  // celestia-core: RawBytesMessageSignBytes; the layout is that of privval-protocol, section 8.
  it("Celestia's sign bytes are the prefix and the delimited request", () => {
    const expected = [...text('COMET::RAW_BYTES::SIGN'), 0x1c];
    expected.push(0x0a, 7, ...text(CHAIN), 0x12, 2, 1, 2, 0x1a, 13, ...text('fibre-payment'));
    expect([...celestia()]).toEqual(expected);
  });

  it.each([
    ['celestia', celestia()],
    ['sign-bytes', text('oracle/v1:price')],
    ['second-extension', text('bridge/v2:transfer')],
    ['second-extension', new Uint8Array()],
  ] as const)('of kind %s are allowed where the policy allows them', (kind, bytes) => {
    expect(check(kind, bytes)).toBeUndefined();
  });

  it.each(RAW_BYTES_KINDS)('of kind %s are refused where the policy does not name the kind', (kind) => {
    for (const bytes of [celestia(), text('oracle/v1:x'), text('bridge/v1:x'), new Uint8Array()]) {
      expect(check(kind, bytes, {})).toMatch(/not signed for this chain/);
    }
  });

  const refusals: [string, RawBytesKind, Uint8Array, RegExp][] = [
    ['no prefix of the kind', 'sign-bytes', text('bridge/v1:x'), /begin with one of: oracle/],
    ['a cut prefix', 'sign-bytes', text('oracle/v1'), /begin with/],
    ['nothing, but for second extensions', 'sign-bytes', new Uint8Array(), /begin with/],
    ['nothing, as Celestia bytes', 'celestia', new Uint8Array(), /SignRawBytesRequest/],
    ['another chain', 'celestia', celestia({ chainId: 'celestia' }), /another chain id/],
    ['no chain', 'celestia', celestia({ chainId: '' }), /another chain id/],
    ['no raw bytes', 'celestia', celestia({ rawBytes: new Uint8Array() }), /raw bytes and a unique id/],
    ['no unique id', 'celestia', celestia({ uniqueId: '' }), /raw bytes and a unique id/],
    ['another unique id', 'celestia', celestia({ uniqueId: 'a-fibre' }), /unique id that begins with one of: fibre/],
    ['bytes behind the request', 'celestia', Uint8Array.of(...celestia(), 0), /SignRawBytesRequest/],
    ['the request without its prefix', 'celestia', celestia().subarray(22), /SignRawBytesRequest/],
    ['too many bytes', 'sign-bytes', text(`oracle/v1:${'x'.repeat(RAW_BYTES_MAX)}`), /at most/],
  ];
  it.each(refusals)('are refused with %s', (_name, kind, bytes, reason) => {
    expect(check(kind, bytes)).toMatch(reason);
  });

  it('an empty prefix for unique ids allows nothing', () => {
    expect(check('celestia', celestia(), { celestia: [''] })).toMatch(/unique id/);
  });

  for (const [name, bytes] of Object.entries(signBytes)) {
    it(`are refused when they are a ${name}, whatever the policy`, () => {
      for (const kind of RAW_BYTES_KINDS) expect(check(kind, bytes)).toBeTypeOf('string');
      const careless: RawBytesPolicy = { 'sign-bytes': [''], 'second-extension': [''] };
      expect(check('sign-bytes', bytes, careless)).toMatch(/never signed/);
      expect(check('second-extension', bytes, careless)).toMatch(/never signed/);
    });
  }

  it('with a well-formed prefix never parse as sign bytes, and sign bytes never begin with one', () => {
    const prefix = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9:._/-]{7,20}$/);
    fc.assert(
      fc.property(prefix, fc.uint8Array({ maxLength: 200 }), (begin, rest) => {
        expect(begin).toMatch(PREFIX_PATTERN);
        const bytes = Uint8Array.of(...text(begin), ...rest);
        expect(() => parseSignBytes(bytes)).toThrow();
        expect(() => parseExtensionSignBytes(bytes)).toThrow();
      }),
      { numRuns: 2000 },
    );
    for (const bytes of Object.values(signBytes)) {
      expect(new TextDecoder('latin1').decode(bytes.subarray(0, 8))).not.toMatch(PREFIX_PATTERN);
    }
  });

  it('of Celestia with any bit flipped are refused, or name another allowed unique id or other raw bytes', () => {
    const whole = celestia();
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = whole.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      if (check('celestia', flipped) !== undefined) continue;
      const byte = bit >> 3;
      const inRawBytes = byte >= 34 && byte < 36;
      const behindPrefix = byte >= 38 + 'fibre'.length;
      expect(inRawBytes || behindPrefix, `bit ${bit}`).toBe(true);
    }
  });
});
