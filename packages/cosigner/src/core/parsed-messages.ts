/**
 * Strict parsing of sign bytes, once for the same bytes. One message comes by several ways in a few milliseconds: with the
 * node's request, with the log's entry, with the marks of the peers, with the result. Parsing depends on nothing but the
 * bytes and keeps a copy of them, so what was parsed can be handed out again.
 */

import { type ParsedSignBytes, parseSignBytes, SIGN_BYTES_MAX } from '@quorumsign/sign-state';
import { bytesKey } from './bytes.js';

/** Several chains at once, a few messages each. */
const REMEMBERED_MAX = 256;

export class ParsedMessages {
  readonly #parsed = new Map<string, ParsedSignBytes>();

  /** @throws SignBytesError as `parseSignBytes` */
  parse(bytes: Uint8Array): ParsedSignBytes {
    if (bytes.length > SIGN_BYTES_MAX) return parseSignBytes(bytes);
    const key = bytesKey(bytes);
    const known = this.#parsed.get(key);
    if (known !== undefined) return known;
    const parsed = parseSignBytes(bytes);
    this.#parsed.set(key, parsed);
    for (const oldest of this.#parsed.keys()) {
      if (this.#parsed.size <= REMEMBERED_MAX) break;
      this.#parsed.delete(oldest);
    }
    return parsed;
  }
}
