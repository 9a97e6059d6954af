/**
 * Requests for bytes without height, round and step, as CometBFT 1.0 and 2.0 (SignBytes) and Celestia (SignRawBytes) write them, and
 * what their signatures are over. Both stand in fields 9 and 10 of a message (protocol notes, sections 3.2 and 8).
 */

import { readError } from './node-messages.js';
import { delimit, type WireMessage, withoutDefaults, writeFields } from './wire.js';

export interface TestRawBytes {
  readonly chainId: string;
  readonly rawBytes: Uint8Array;
  readonly uniqueId: string;
}

/** The field of a message that answers either. */
export const RAW_REPLY_FIELD = 10;

/** SignBytesRequest: the signature is over `value` itself. */
export function signBytesRequest(value: Uint8Array): Buffer {
  return writeFields([[9, writeFields(withoutDefaults([[1, value]]))]]);
}

/** Celestia's SignRawBytesRequest. */
export function signRawBytesRequest(request: TestRawBytes): Buffer {
  return writeFields([[9, rawBytesBody(request)]]);
}

/** What Celestia's signature is over. */
export function rawBytesSignBytes(request: TestRawBytes): Buffer {
  return Buffer.concat([Buffer.from('COMET::RAW_BYTES::SIGN', 'ascii'), delimit(rawBytesBody(request))]);
}

/** Reads SignBytesResponse or SignedRawBytesResponse, which are alike. */
export function readRawSigned(body: WireMessage): {
  readonly signature: Buffer;
  readonly error: { readonly code: number; readonly description: string } | undefined;
} {
  return { signature: body.bytes(1), error: readError(body) };
}

function rawBytesBody({ chainId, rawBytes, uniqueId }: TestRawBytes): Buffer {
  return writeFields(
    withoutDefaults([
      [1, chainId],
      [2, rawBytes],
      [3, uniqueId],
    ]),
  );
}
