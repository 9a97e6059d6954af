/**
 * How a call that gets no signature ends: by a gRPC status, since a node does not look at the `error` of a reply (Tendermint
 * 0.35, `privval/grpc/client.go`). UNAVAILABLE and RESOURCE_EXHAUSTED are asked again, all others are final.
 */

import { status } from '@grpc/grpc-js';

/** Longest reason in a status, characters; it travels in a header, percent-encoded by gRPC. */
const DETAILS_CHARACTERS_MAX = 1000;

export class CallRefusal extends Error {
  override readonly name = 'CallRefusal';
  readonly code: status;

  constructor(code: status, details: string, options?: ErrorOptions) {
    // One line, no control characters: it ends in a node's log.
    super(details.slice(0, DETAILS_CHARACTERS_MAX).replace(/\p{C}+/gu, ' '), options);
    this.code = code;
  }
}

/** The rule denies it; final. */
export function denied(details: string): CallRefusal {
  return new CallRefusal(status.FAILED_PRECONDITION, details);
}

/** Nobody could sign this; final. */
export function invalid(details: string, options?: ErrorOptions): CallRefusal {
  return new CallRefusal(status.INVALID_ARGUMENT, details, options);
}

/** It may still be signed: the node asks again. */
export function unavailable(details: string): CallRefusal {
  return new CallRefusal(status.UNAVAILABLE, details);
}
