/**
 * Failures of the connections with one node, counted by what an operator does about them. The codes of `errors.ts` say more, and
 * stand beside the cause in the last failure.
 */

import type { PrivvalError, PrivvalErrorCode } from '../errors.js';

/**
 * `refused`: nothing accepts a connection. `timeout`: the host did not answer, or a node in use fell silent. `handshake`: not a node,
 * or not the one that is expected. `closed`: the node, or the network, ended the connection. `protocol`: what came is not what nodes
 * send. `internal`: a bug of ours.
 */
export type FailureCause = 'refused' | 'timeout' | 'handshake' | 'closed' | 'protocol' | 'internal';

export interface Failure {
  readonly cause: FailureCause;
  /** Code and words. */
  readonly error: string;
  readonly ageMs: number;
}

const CAUSE_OF: Readonly<Record<PrivvalErrorCode, FailureCause>> = {
  CONNECT_FAILED: 'refused',
  CONNECT_TIMEOUT: 'timeout',
  NODE_SILENT: 'timeout',
  HANDSHAKE_TIMEOUT: 'handshake',
  HANDSHAKE_MALFORMED: 'handshake',
  HANDSHAKE_REFLECTED: 'handshake',
  HANDSHAKE_LOW_ORDER_KEY: 'handshake',
  HANDSHAKE_SIGNATURE_INVALID: 'handshake',
  PEER_IDENTITY_MISMATCH: 'handshake',
  SIGNER_NOT_PINNED: 'handshake',
  CONNECTION_CLOSED: 'closed',
  FRAME_TAG_INVALID: 'protocol',
  FRAME_LENGTH_INVALID: 'protocol',
  FRAME_COUNTER_EXHAUSTED: 'protocol',
  MESSAGE_TOO_LARGE: 'protocol',
  MESSAGE_MALFORMED: 'protocol',
  REQUEST_PIPELINED: 'protocol',
  REPLY_TOO_LARGE: 'internal',
  BACKEND_OUTCOME_INVALID: 'internal',
  // Of the configuration: they come before there is a connection.
  ADDRESS_INVALID: 'internal',
  LISTEN_FAILED: 'internal',
  TLS_FILES: 'internal',
  OPTION_INVALID: 'internal',
};

export class Failures {
  readonly #counts: Record<FailureCause, number> = {
    refused: 0,
    timeout: 0,
    handshake: 0,
    closed: 0,
    protocol: 0,
    internal: 0,
  };
  #last: { readonly cause: FailureCause; readonly error: string; readonly atMs: number } | undefined;

  add(error: PrivvalError, nowMs: number): void {
    const cause = CAUSE_OF[error.code];
    this.#counts[cause]++;
    this.#last = { cause, error: error.message, atMs: nowMs };
  }

  /** Since the start. */
  counts(): Readonly<Record<FailureCause, number>> {
    return { ...this.#counts };
  }

  /** Also when all is well again; undefined before the first. */
  last(nowMs: number): Failure | undefined {
    if (this.#last === undefined) return undefined;
    const { cause, error, atMs } = this.#last;
    return { cause, error, ageMs: nowMs - atMs };
  }
}
