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

/** @throws Error with the reason to refuse it */
export function readRequest({ id, origin, holdMs, ...asked }: AskedRequest, reading: Reading): HeldRequest {
  const { nowMs, holdMsMax } = reading;
  const message = reading.parse(asked.signBytes);
  const bytes = asked.extensionSignBytes;
  if (bytes !== undefined) assertExtensionOf(message, bytes);
  return {
    id,
    message,
    extension: bytes === undefined ? undefined : { bytes, hash: bytesToHex(reading.sha256(bytes)) },
    arrivedMs: nowMs,
    deadlineMs: nowMs + Math.min(holdMs, holdMsMax),
    origin,
    forwardedTo: undefined,
  };
}
