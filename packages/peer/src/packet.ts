/**
 * The packets of `proto/peer/peer.proto`, encoded and strictly decoded. The outer message is handled by hand: it is always
 * one tag, one length and the rest, so that a frame costs one copy on the way out, none on the way in, and nothing can
 * hide before, after or beside it. What is inside the rarer kinds goes through the generated code.
 */

import { BinaryReader } from '@bufbuild/protobuf/wire';
import { PeerError } from './errors.js';
import { Goodbye, Hello, Ping } from './gen/peer/peer.js';
import { FRAME_BYTES_MAX } from './transport.js';

export type { Goodbye, Hello } from './gen/peer/peer.js';

/** A decoded packet; `frame` is a view of the received bytes. */
export type Packet =
  | { readonly kind: 'hello'; readonly hello: Hello }
  | { readonly kind: 'frame'; readonly frame: Uint8Array }
  | { readonly kind: 'ping'; readonly sequence: bigint }
  | { readonly kind: 'pong'; readonly sequence: bigint }
  | { readonly kind: 'goodbye'; readonly goodbye: Goodbye };

/** Most that encoding adds to a frame: the tag and a length of four bytes. */
export const PACKET_OVERHEAD_BYTES = 5;
/** Hellos and goodbyes are small; a larger one is refused before it is parsed. */
export const CONTROL_BYTES_MAX = 4096;

const TAG = { hello: 0x0a, frame: 0x12, ping: 0x1a, pong: 0x22, goodbye: 0x2a };
const SEQUENCE_BYTES = 9;

/**
 * Encodes a frame; the frame is copied, so the caller may use its buffer again.
 *
 * @throws PeerError `FRAME_TOO_LARGE`
 */
export function encodeFrame(frame: Uint8Array): Buffer {
  if (frame.length > FRAME_BYTES_MAX) {
    throw new PeerError({ code: 'FRAME_TOO_LARGE', frameBytes: frame.length, frameBytesMax: FRAME_BYTES_MAX });
  }
  return encode(TAG.frame, frame);
}

export function encodeHello(hello: Hello): Buffer {
  return encode(TAG.hello, Hello.encode(hello).finish());
}

export function encodeGoodbye(goodbye: Goodbye): Buffer {
  return encode(TAG.goodbye, Goodbye.encode(goodbye).finish());
}

export function encodePing(sequence: bigint): Buffer {
  return encode(TAG.ping, Ping.encode({ sequence }).finish());
}

export function encodePong(sequence: bigint): Buffer {
  return encode(TAG.pong, Ping.encode({ sequence }).finish());
}

/**
 * Decodes one packet.
 *
 * @throws PeerError `PACKET_MALFORMED`
 */
export function decodePacket(bytes: Uint8Array): Packet {
  const content = contentOf(bytes);
  switch (bytes[0]) {
    case TAG.frame:
      if (content.length > FRAME_BYTES_MAX) throw malformed(`a frame of ${content.length} bytes`);
      return { kind: 'frame', frame: content };
    case TAG.ping:
      return { kind: 'ping', sequence: decodeSequence(content) };
    case TAG.pong:
      return { kind: 'pong', sequence: decodeSequence(content) };
    case TAG.hello:
      return { kind: 'hello', hello: decodeControl(Hello, content) };
    case TAG.goodbye:
      return { kind: 'goodbye', goodbye: decodeControl(Goodbye, content) };
    default:
      throw malformed(`an unknown tag ${bytes[0]}`);
  }
}

function encode(tag: number, content: Uint8Array): Buffer {
  const lengthBytes = varintBytes(content.length);
  const packet = Buffer.allocUnsafe(1 + lengthBytes + content.length);
  packet[0] = tag;
  let rest = content.length;
  for (let index = 1; index <= lengthBytes; index++) {
    packet[index] = index === lengthBytes ? rest : (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  packet.set(content, 1 + lengthBytes);
  return packet;
}

/** What follows tag and length, which must be exactly the rest; the length must have its shortest form. */
function contentOf(bytes: Uint8Array): Uint8Array {
  let length = 0;
  for (let index = 1; index <= 4; index++) {
    const byte = bytes[index];
    if (byte === undefined) throw malformed(`${bytes.length} bytes, cut off`);
    length |= (byte & 0x7f) << (7 * (index - 1));
    if (byte >= 0x80) continue;
    const start = index + 1;
    if (bytes.length - start !== length || varintBytes(length) !== index) {
      throw malformed(`a length of ${length} where ${bytes.length - start} bytes follow`);
    }
    return bytes.subarray(start);
  }
  throw malformed('a length of more than four bytes');
}

function varintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  return value < 0x200000 ? 3 : 4;
}

function decodeSequence(content: Uint8Array): bigint {
  // Field 1, 64 bits. Zero would be left out by an encoder, and is never used.
  if (content.length !== SEQUENCE_BYTES || content[0] !== 0x09) throw malformed('a ping or pong without sequence');
  return new DataView(content.buffer, content.byteOffset + 1, 8).getBigUint64(0, true);
}

interface Decoder<Message> {
  decode(reader: BinaryReader, length: number): Message;
}

function decodeControl<Message>(decoder: Decoder<Message>, content: Uint8Array): Message {
  if (content.length > CONTROL_BYTES_MAX) throw malformed(`a hello or goodbye of ${content.length} bytes`);
  const reader = new BinaryReader(content);
  let message: Message;
  try {
    message = decoder.decode(reader, content.length);
  } catch (cause) {
    throw malformed('a hello or goodbye that does not decode', cause);
  }
  // The generated code stops at an end-group tag and leaves the rest unread.
  if (reader.pos !== content.length) throw malformed('a hello or goodbye with bytes that do not belong');
  return message;
}

function malformed(reason: string, cause?: unknown): PeerError {
  return new PeerError({ code: 'PACKET_MALFORMED', reason }, { cause });
}
