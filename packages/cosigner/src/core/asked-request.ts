/** A node's request as it comes in, read strictly: what cannot be signed is refused here, in words for the node. */

import { assertExtensionOf, type ParsedSignBytes } from '@quorumsign/sign-state';
import { bytesToHex } from './bytes.js';
import type { AskedRequest, HeldRequest } from './types.js';

export interface Reading {
  /** Strict, as `parseSignBytes`. */
  parse(signBytes: Uint8Array): ParsedSignBytes;
  sha256(bytes: Uint8Array): Uint8Array;
  readonly nowMs: number;
  /** The longest that a request is held. */
  readonly holdMsMax: number;
}

/** @returns the request, or the reason to refuse it */
export function readRequest(asked: AskedRequest, { parse, sha256, nowMs, holdMsMax }: Reading): HeldRequest | Error {
  const { id, origin, answer, extensionSignBytes: bytes } = asked;
  try {
    const message = parse(asked.signBytes);
    if (bytes !== undefined) assertExtensionOf(message, bytes);
    const extension = bytes && { bytes, hash: bytesToHex(sha256(bytes)) };
    const deadlineMs = nowMs + Math.min(asked.holdMs, holdMsMax);
    return { id, message, extension, arrivedMs: nowMs, deadlineMs, origin, answer, forwardedTo: undefined };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
