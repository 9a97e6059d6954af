/**
 * Delimited messages on a byte stream: a varint length, then that many bytes (protocol notes, section 2).
 *
 * Chunks of the stream and messages are unrelated: a chunk may hold part of a message or several. The length is checked
 * before anything of the message is kept, so a peer cannot make us hold more than the limit and one chunk.
 */

import { PrivvalError } from '../errors.js';

/** A length of 2^28 or more needs five bytes; no limit here comes near it. */
const PREFIX_BYTES_MAX = 4;

/** Prefixes a message with its length. */
export function encodeDelimited(message: Uint8Array): Uint8Array {
  const prefix: number[] = [];
  let rest = message.length;
  while (rest >= 0x80) {
    prefix.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  prefix.push(rest);
  const framed = new Uint8Array(prefix.length + message.length);
  framed.set(prefix, 0);
  framed.set(message, prefix.length);
  return framed;
}

/** Collects chunks and gives messages back, in order. */
export class DelimitedReader {
  readonly #messageBytesMax: number;
  #chunks: Uint8Array[] = [];
  #bufferedBytes = 0;

  /** @param messageBytesMax - largest message, bytes without its prefix */
  constructor(messageBytesMax: number) {
    this.#messageBytesMax = messageBytesMax;
  }

  /** Bytes that no message was made of yet. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /** Keeps a chunk; the reader owns it from here. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#bufferedBytes += chunk.length;
  }

  /**
   * The next message, without its prefix, or undefined if more bytes are needed.
   *
   * @throws PrivvalError `MESSAGE_TOO_LARGE`, `MESSAGE_MALFORMED` (a prefix padded with zeros or over 4 bytes)
   */
  next(): Uint8Array | undefined {
    const prefix = this.#peekPrefix();
    if (prefix === undefined) return undefined;
    const { length, prefixBytes } = prefix;
    if (length > this.#messageBytesMax) {
      throw new PrivvalError({ code: 'MESSAGE_TOO_LARGE', foundBytes: length, limitBytes: this.#messageBytesMax });
    }
    const end = prefixBytes + length;
    if (this.#bufferedBytes < end) return undefined;
    const first = this.#chunks[0];
    const all = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    this.#chunks = all.length === end ? [] : [all.subarray(end)];
    this.#bufferedBytes = all.length - end;
    return all.subarray(prefixBytes, end);
  }

  #peekPrefix(): { length: number; prefixBytes: number } | undefined {
    let length = 0;
    let prefixBytes = 0;
    for (const chunk of this.#chunks) {
      for (const byte of chunk) {
        if (prefixBytes === PREFIX_BYTES_MAX) throw badPrefix('a length prefix over 4 bytes');
        length |= (byte & 0x7f) << (7 * prefixBytes);
        prefixBytes += 1;
        if (byte < 0x80) {
          // Go writes the shortest form; a longer one means that the stream is out of step.
          if (byte === 0 && prefixBytes > 1) throw badPrefix('a padded length prefix');
          return { length, prefixBytes };
        }
      }
    }
    return undefined;
  }
}

function badPrefix(problem: string): PrivvalError {
  return new PrivvalError({ code: 'MESSAGE_MALFORMED', offset: 0, problem });
}
