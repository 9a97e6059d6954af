/**
 * What the node side asks of the cosigner, whatever transport the node speaks.
 *
 * privval parses the node's message, refuses in-band what can never be signed, encodes the canonical sign bytes with
 * `sign-state`, and calls the backend. The backend answers once; privval turns the outcome into the reply the node expects.
 */

import type { RawBytesKind } from '@quorumsign/sign-state';

/** A vote or proposal to sign. */
export interface SignRequest {
  readonly chainId: string;
  /** Delimited canonical sign bytes of the vote or proposal (privval-protocol, section 4). */
  readonly signBytes: Uint8Array;
  /** Delimited canonical vote extension; present exactly for a non-nil precommit whose extension is wanted. */
  readonly extensionSignBytes: Uint8Array | undefined;
}

/** Nanosecond timestamp as in the sign bytes. */
export interface SignedTimestamp {
  readonly seconds: bigint;
  readonly nanos: number;
}

/** Denied is final for the node (it never asks again); gave-up means that no answer is given and the connection is closed. */
export type SignOutcome =
  | {
      readonly kind: 'signed';
      /** 64 bytes. */
      readonly signature: Uint8Array;
      /** The timestamp that was signed; differs from the request's when an earlier signature is replayed. */
      readonly timestamp: SignedTimestamp;
      readonly extensionSignature: Uint8Array | undefined;
    }
  | { readonly kind: 'denied' /** For the node's log: reason and last height/round/step. */; readonly message: string }
  | { readonly kind: 'gave-up'; readonly reason: string };

/** Bytes that have no height, round and step; `bytes` is exactly what is signed. See `sign-state`, `raw-bytes.ts`. */
export interface RawSignRequest {
  readonly chainId: string;
  readonly kind: RawBytesKind;
  readonly bytes: Uint8Array;
}

export type RawSignOutcome =
  | { readonly kind: 'signed' /** 64 bytes. */; readonly signature: Uint8Array }
  | Exclude<SignOutcome, { kind: 'signed' }>;

export interface SignerBackend {
  /** The 32-byte Ed25519 public key of a chain, from memory, or undefined for a chain that is not ours. */
  publicKey(chainId: string): Uint8Array | undefined;
  /** Asks for a signature. `signal` aborts when the node has gone: the request is withdrawn and the result ignored. Never rejects. */
  sign(request: SignRequest, signal: AbortSignal): Promise<SignOutcome>;
  /** As `sign`, for raw bytes; the backend applies the chain's policy, so callers need not know it. Never rejects. */
  signRaw(request: RawSignRequest, signal: AbortSignal): Promise<RawSignOutcome>;
}
