import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Packet as Generated } from '../src/gen/peer/peer.js';
import { FRAME_BYTES_MAX, PeerError } from '../src/index.js';
import {
  CONTROL_BYTES_MAX,
  decodePacket,
  encodeFrame,
  encodeGoodbye,
  encodeHello,
  encodePing,
  encodePong,
  type Packet,
} from '../src/packet.js';

const HELLO = {
  versionMin: 1,
  versionMax: 300,
  cluster: 'my-validator',
  name: 'alpha',
  bootId: Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'),
  random: Buffer.alloc(16, 9),
};
const GOODBYE = { reason: 'closed', message: 'shutting down' };
const EXAMPLES: [string, Buffer, Packet][] = [
  ['hello', encodeHello(HELLO), { kind: 'hello', hello: HELLO }],
  ['goodbye', encodeGoodbye(GOODBYE), { kind: 'goodbye', goodbye: GOODBYE }],
  ['ping', encodePing(7n), { kind: 'ping', sequence: 7n }],
  ['pong', encodePong(2n ** 64n - 1n), { kind: 'pong', sequence: 2n ** 64n - 1n }],
  ['frame', encodeFrame(Buffer.from('frame')), { kind: 'frame', frame: Buffer.from('frame') }],
];

/** The packet as bytes again; throws only `PACKET_MALFORMED`. */
function reencode(bytes: Uint8Array): Buffer | undefined {
  let packet: Packet;
  try {
    packet = decodePacket(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(PeerError);
    expect(error).toMatchObject({ code: 'PACKET_MALFORMED' });
    return undefined;
  }
  switch (packet.kind) {
    case 'hello':
      return encodeHello(packet.hello);
    case 'goodbye':
      return encodeGoodbye(packet.goodbye);
    case 'ping':
      return encodePing(packet.sequence);
    case 'pong':
      return encodePong(packet.sequence);
    case 'frame':
      return encodeFrame(packet.frame);
  }
}

describe('packet', () => {
  it.each(EXAMPLES)('decodes a %s to what was encoded', (_, bytes, packet) => {
    expect(decodePacket(bytes)).toEqual(packet);
  });

  it.each(EXAMPLES)('is the generated code’s idea of a %s', (kind, bytes) => {
    const generated = Generated.decode(bytes);
    expect(generated.kind?.$case).toBe(kind);
    expect(Buffer.from(Generated.encode(generated).finish())).toEqual(bytes);
  });

  it.each([0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, FRAME_BYTES_MAX])(
    'carries a frame of %d bytes without copying it out',
    (length) => {
      const bytes = encodeFrame(new Uint8Array(length).fill(5));
      const packet = decodePacket(bytes);
      if (packet.kind !== 'frame') throw new Error('not a frame');
      expect(packet.frame).toHaveLength(length);
      expect(packet.frame.buffer).toBe(bytes.buffer);
      expect(bytes.equals(Generated.encode({ kind: { $case: 'frame', value: packet.frame } }).finish())).toBe(true);
    },
  );

  it('refuses a frame one byte above the limit, at both ends', () => {
    const frame = new Uint8Array(FRAME_BYTES_MAX + 1);
    expect(() => encodeFrame(frame)).toThrow(
      /^FRAME_TOO_LARGE: expected a frame of at most 4194304 bytes, found 4194305/,
    );
    const bytes = Generated.encode({ kind: { $case: 'frame', value: frame } }).finish();
    expect(() => decodePacket(bytes)).toThrow('PACKET_MALFORMED: expected one packet, found a frame of 4194305 bytes');
  });

  it('refuses an oversized hello or goodbye', () => {
    const message = 'x'.repeat(CONTROL_BYTES_MAX);
    expect(() => decodePacket(encodeGoodbye({ reason: '', message }))).toThrow(/hello or goodbye of \d+ bytes/);
  });

  it.each<[string, number[]]>([
    ['nothing', []],
    ['an unknown kind', [0x32, 0x00]],
    ['a kind of another wire type', [0x10, 0x00]],
    ['a length in an unusual form', [0x12, 0x80, 0x00]],
    ['an endless length', [0x12, 0xff, 0xff, 0xff, 0xff, 0x0f]],
    ['two packets in one', [0x12, 0x00, 0x12, 0x00]],
    ['a ping without sequence', [0x1a, 0x00]],
    ['a ping with a short sequence', [0x1a, 0x02, 0x08, 0x01]],
    ['a hello that ends a group', [0x0a, 0x02, 0x0c, 0x00]],
    ['a hello with tag zero', [0x0a, 0x02, 0x00, 0x00]],
    ['a hello whose name runs past its end', [0x0a, 0x02, 0x22, 0x09]],
  ])('refuses %s', (_, bytes) => {
    expect(reencode(Uint8Array.from(bytes))).toBeUndefined();
  });

  it('skips unknown fields of a hello, so that a newer version can say more', () => {
    const content = [...encodeHello(HELLO).subarray(2), 0x98, 0x06, 0x01];
    expect(decodePacket(Buffer.from([0x0a, content.length, ...content]))).toEqual({ kind: 'hello', hello: HELLO });
  });

  it.each(EXAMPLES)('refuses every truncation of a %s', (_, bytes) => {
    for (let length = 0; length < bytes.length; length++) expect(reencode(bytes.subarray(0, length))).toBeUndefined();
  });

  it.each(EXAMPLES)('refuses every flipped bit of a %s, or means exactly what the bytes say', (_, bytes) => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const meaning = reencode(flipped);
      // Unknown fields and unusual spellings of a hello or goodbye are allowed by protobuf; all else has one spelling.
      const control = flipped[0] === 0x0a || flipped[0] === 0x2a;
      if (meaning !== undefined && !control) expect(meaning.equals(flipped), `bit ${bit}`).toBe(true);
    }
  });

  it('never crashes on arbitrary bytes', () => {
    const kind = fc.constantFrom(0x0a, 0x12, 0x1a, 0x22, 0x2a, 0x00);
    fc.assert(
      fc.property(kind, fc.uint8Array({ maxLength: 100 }), (tag, content) => {
        reencode(Uint8Array.from([tag, content.length, ...content]));
        reencode(content);
      }),
      { numRuns: 2000 },
    );
  });
});
