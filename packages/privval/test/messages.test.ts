import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DelimitedReader,
  decodeRequest,
  encodeDelimited,
  encodeReply,
  type NodeReply,
  type NodeRequest,
  PrivvalError,
  REPLY_BYTES_MAX,
} from '../src/index.js';
import { writeFields } from '../src/test-node/wire.js';
import { referenceDecode } from './reference-decoder.js';
import { hex, messageVectors, toHex } from './vectors.js';

const BLOCK_HASH = '8b01023386c371778ecb6368573e539afc3cc860ec3a2f614e54fe5652f4fc80';
const families = Object.entries(messageVectors.families);
const golden = families.flatMap(([family, { messages }]) =>
  Object.entries(messages).map(([name, message]) => ({ family, name, message })),
);
const everyMessage = [...new Set([...golden, ...messageVectors.derived].map(({ message }) => message))];
const derived = (name: string) => messageVectors.derived.find((entry) => entry.name.startsWith(name));

/** Plain arrays throughout, so that buffers and their copies compare equal. */
function comparable(request: NodeRequest): unknown {
  return JSON.parse(
    JSON.stringify(request, (_key, value: unknown) => {
      if (typeof value === 'bigint') return `${value}`;
      return value instanceof Uint8Array ? toHex(value) : value;
    }).replace(/\{"type":"Buffer","data":\[([0-9,]*)\]\}/g, (_all, data: string) =>
      JSON.stringify(Buffer.from(data === '' ? [] : data.split(',').map(Number)).toString('hex')),
    ),
  );
}

function decodeOrCode(bytes: Uint8Array): unknown {
  try {
    return comparable(decodeRequest(bytes));
  } catch (error) {
    if (error instanceof PrivvalError) return error.code;
    throw error;
  }
}

describe('privval requests', () => {
  it.each(golden)('$family: $name is read as the second reading reads it', ({ message }) => {
    expect(decodeOrCode(hex(message))).toEqual(comparable(referenceDecode(hex(message))));
  });

  it('the golden vote of v0.38 is what the vectors describe', () => {
    const request = decodeRequest(hex(messageVectors.families['0.38']?.messages['Vote Request'] ?? ''));
    if (request.kind !== 'sign-vote') throw new Error('a vote');
    expect(comparable(request)).toMatchObject({
      chainId: '',
      skipExtensionSigning: false,
      vote: {
        type: 2,
        height: '3',
        round: 2,
        blockId: { hash: BLOCK_HASH, partSetTotal: 1_000_000 },
        timestamp: { seconds: `${Date.UTC(2019, 9, 13, 16, 14, 44) / 1000}`, nanos: 0 },
        validatorIndex: 56_789,
        extension: Buffer.from('extension').toString('hex'),
      },
    });
  });

  it('an absent timestamp is year 1, not 1970; an empty one is 1970', () => {
    const vote = (body: string) => {
      const request = decodeRequest(hex(inMessage(3, body)));
      return request.kind === 'sign-vote' ? request.vote.timestamp.seconds : undefined;
    };
    expect(vote('0801')).toBe(-62135596800n);
    expect(vote('08012a00')).toBe(0n);
  });

  it.each([
    ['an absent block id', '0801'],
    ['an empty block id', '08012200'],
    ['a block id with an empty part set header', '080122021200'],
  ])('%s is nil', (_name, body) => {
    const request = decodeRequest(hex(inMessage(3, body)));
    expect(request.kind === 'sign-vote' ? request.vote.blockId : 'other').toBeUndefined();
  });

  it('fields that only forks have are stepped over', () => {
    // Sei's proposal: field 8 twice, 9 and 12; and a fixed64 and a fixed32 under numbers nobody uses.
    const extra = '420161' + '420162' + '4a0163' + '620162' + '8d0100000000' + '91010000000000000000';
    const request = decodeRequest(hex(inMessage(5, `0820${extra}`)));
    expect(request.kind === 'sign-proposal' ? request.proposal.type : 0).toBe(32);
  });

  it.each([
    ['no member', ''],
    ['a member from a later version', '5a00'],
    ['a message that signers send', '4200'],
  ])('%s is unknown', (_name, bytes) => {
    expect(decodeRequest(hex(bytes))).toEqual({ kind: 'unknown' });
  });

  it.each([
    ['a zero tag', '00'],
    ['a zero tag behind a ping', '3a0000'],
    ['an end-group tag', '3c'],
    ['a group', '3b3c'],
    ['field 0', '0200'],
    ['a tag over 32 bits', 'ffffffffff0100'],
    ['two members', '3a000a00'],
    ['one member twice', '3a003a00'],
    ['a field twice', inMessage(3, '0801' + '0802')],
    ['a member as a varint', '3800'],
    ['a height as bytes', inMessage(3, '1200')],
    ['a nested message past its parent', '1a030a020801'],
    ['a varint over ten bytes', inMessage(3, `10${'80'.repeat(10)}01`)],
    ['a varint over 64 bits', inMessage(3, `10${'ff'.repeat(9)}02`)],
    ['a varint without an end', inMessage(3, '10ff')],
    ['a length over 32 bits', '1affffffffff01'],
  ])('%s is refused', (_name, bytes) => {
    expect(decodeOrCode(hex(bytes))).toBe('MESSAGE_MALFORMED');
  });

  it('every truncation of every vector is refused or means what is left of it', () => {
    for (const message of everyMessage) {
      const bytes = hex(message);
      for (let length = 0; length < bytes.length; length++) expectSameMeaning(bytes.subarray(0, length));
    }
  });

  it('every single-bit change of every vector is refused or read as the second reading reads it', () => {
    for (const message of everyMessage) {
      const bytes = hex(message);
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const altered = Uint8Array.from(bytes);
        altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expectSameMeaning(altered);
      }
    }
  });

  it('any bytes are refused or read as the second reading reads them', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), expectSameMeaning), { numRuns: 2_000 });
  });
});

describe('privval replies', () => {
  const publicKey = hex(messageVectors.example_public_key);

  it('a public key is sent for every family at once', () => {
    expect(toHex(encodeReply({ kind: 'pub-key', publicKey }))).toBe(
      derived('PubKeyResponse for every family')?.message,
    );
  });

  it('a refusal holds the error only, code 0', () => {
    const refusal = encodeReply({ kind: 'refused', request: 'pub-key', message: 'unable to provide pubkey' });
    expect(toHex(refusal)).toBe(derived('PubKeyResponse error, minimal')?.message);
  });

  it.each([
    ['ping', { kind: 'ping' }, '4200'],
    ['empty', { kind: 'empty' }, ''],
    ['a refused vote', { kind: 'refused', request: 'sign-vote', message: 'no' }, '2206120412026e6f'],
    ['a refused proposal', { kind: 'refused', request: 'sign-proposal', message: 'no' }, '3206120412026e6f'],
    ['refused raw bytes', { kind: 'refused', request: 'sign-bytes', message: 'no' }, '5206120412026e6f'],
    ['a refusal without words', { kind: 'refused', request: 'sign-vote', message: '' }, '22021200'],
  ] satisfies [string, NodeReply, string][])('%s', (_name, reply, bytes) => {
    expect(toHex(encodeReply(reply))).toBe(bytes);
  });

  it('a signed vote echoes the golden vote, without its extension', () => {
    const request = decodeRequest(hex(messageVectors.families['0.34']?.messages['Vote Request'] ?? ''));
    if (request.kind !== 'sign-vote') throw new Error('a vote');
    const vote = { ...request.vote, extension: new Uint8Array(1024 * 1024), nonRpExtension: new Uint8Array(9) };
    const { timestamp } = vote;
    const reply: NodeReply = {
      kind: 'signed-vote',
      vote,
      timestamp,
      signature: new Uint8Array(64),
      extensionSignature: undefined,
      secondExtensionSignature: undefined,
    };
    const withoutSignature = messageVectors.families['0.34']?.messages['Vote Response'] ?? '';
    const echoed = decodeEcho(encodeReply(reply));
    expect(echoed.startsWith(withoutSignature.slice(withoutSignature.indexOf('0801')))).toBe(true);
    expect(echoed.endsWith(`4240${'00'.repeat(64)}`)).toBe(true);
  });

  it('a nil vote has its empty block id and part set header, and its timestamp even at the epoch', () => {
    const request = decodeRequest(hex(derived('SignVoteRequest, precommit for nil')?.message ?? ''));
    if (request.kind !== 'sign-vote') throw new Error('a vote');
    const reply = encodeReply({
      kind: 'signed-vote',
      vote: request.vote,
      timestamp: { seconds: 0n, nanos: 0 },
      signature: new Uint8Array(64),
      extensionSignature: undefined,
      secondExtensionSignature: undefined,
    });
    expect(decodeEcho(reply)).toMatch(/^080210031802220212002a00/);
  });

  it('a long reason is cut', () => {
    const reply = encodeReply({ kind: 'refused', request: 'sign-vote', message: '\u{ffff}'.repeat(100_000) });
    expect(reply.length).toBeLessThan(REPLY_BYTES_MAX);
  });

  it('a reply that nodes would not read is refused, as a bug', () => {
    const publicKey = new Uint8Array(REPLY_BYTES_MAX);
    expect(() => encodeReply({ kind: 'pub-key', publicKey })).toThrow('REPLY_TOO_LARGE');
  });
});

describe('delimited framing', () => {
  it.each(messageVectors.derived)('of $name is that of the vector', ({ message, delimited }) => {
    expect(toHex(encodeDelimited(hex(message)))).toBe(delimited);
  });

  it('gives messages back, whatever the chunks', () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 });
    fc.assert(
      fc.property(messages, fc.integer({ min: 1, max: 400 }), (sent, chunkBytes) => {
        const stream = Buffer.concat(sent.map((message) => encodeDelimited(message)));
        const reader = new DelimitedReader(300);
        const got: string[] = [];
        for (let at = 0; at < stream.length; at += chunkBytes) {
          reader.push(stream.subarray(at, at + chunkBytes));
          for (let next = reader.next(); next !== undefined; next = reader.next()) got.push(toHex(next));
        }
        expect(got).toEqual(sent.map(toHex));
        expect(reader.bufferedBytes).toBe(0);
      }),
    );
  });

  it('takes a message at the limit and refuses one beyond by its prefix alone', () => {
    const reader = new DelimitedReader(200);
    reader.push(encodeDelimited(new Uint8Array(200)));
    expect(reader.next()).toHaveLength(200);
    reader.push(hex('c901'));
    expect(() => reader.next()).toThrow('MESSAGE_TOO_LARGE: a request of 201 bytes, expected at most 200');
  });

  it.each([
    ['a padded prefix', '8000'],
    ['a longer padded prefix', '81808000'],
    ['a prefix over four bytes', 'ffffffffff'],
  ])('refuses %s', (_name, bytes) => {
    const reader = new DelimitedReader(1000);
    reader.push(hex(bytes));
    expect(() => reader.next()).toThrow('MESSAGE_MALFORMED');
  });
});

function expectSameMeaning(bytes: Uint8Array): void {
  const found = decodeOrCode(bytes);
  if (found === 'MESSAGE_MALFORMED') return;
  const meant = comparable(referenceDecode(bytes));
  // Cheaper than a matcher, of which there would be some hundred thousand.
  if (JSON.stringify(found) !== JSON.stringify(meant)) expect(found, toHex(bytes)).toEqual(meant);
}

/** The vote inside a SignedVoteResponse, as hex. */
function decodeEcho(reply: Uint8Array): string {
  const bytes = toHex(reply);
  const [, vote = ''] = /^22[0-9a-f]{2}(?:0[1-9])?0a[0-9a-f]{2}(?:0[1-9])?(08.*)$/.exec(bytes) ?? [];
  return vote;
}

/** A vote (member 3) or proposal (member 5) with this body, both as hex. */
function inMessage(member: 3 | 5, body: string): string {
  return toHex(writeFields([[member, writeFields([[1, hex(body)]])]]));
}
