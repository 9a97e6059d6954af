/** Finished signatures: known at once to whoever waits, and to the log afterwards, so that any leader gives the same answer. */

import { formatHrs } from '@quorumsign/sign-state';
import type { Result } from '../gen/cosigner/cosigner.js';
import { hexToBytes } from './bytes.js';
import type { Coordinator, SignedVote } from './coordinator.js';
import { encodeResult } from './entry-data.js';
import type { ReplicatedState } from './replicated-state.js';
import type { Requests } from './requests.js';
import type { SignStateReplicator } from './sign-state-replicator.js';
import type { CoreDeps } from './types.js';

const NOTHING = new Uint8Array();

export interface ResultLogDeps {
  readonly deps: CoreDeps;
  readonly state: ReplicatedState;
  readonly log: SignStateReplicator;
  readonly requests: Requests;
  readonly coordinator: Coordinator;
}

export class ResultLog {
  readonly #d: ResultLogDeps;
  #results: Result[] = [];

  constructor(deps: ResultLogDeps) {
    this.#d = deps;
  }

  /** A task of this cosigner's is done; its signatures verify. */
  finished({ message, extension: wanted, startedMs, signature, extensionSignature: extension }: SignedVote): void {
    const { state, requests, coordinator, deps } = this.#d;
    const hash = extension === undefined ? '' : (wanted?.hash ?? '');
    const whole = signature ?? state.result(message.chainId, message)?.signature;
    if (whole === undefined) throw new Error('impossible: an extension signed beside no vote');
    state.addVerified(message, whole, hash, extension ?? NOTHING);
    // Whoever waits is answered before anything is written down about it.
    requests.advanceHeight(message);
    this.#results.push({
      signBytes: message.bytes,
      signature: whole,
      extensionHash: hexToBytes(hash),
      extensionSignature: extension ?? NOTHING,
    });
    coordinator.forget(message);
    const latencyMs = deps.monotonicMs() - startedMs;
    const { chainId, step } = message;
    deps.effects.event({ kind: 'signed', chainId, hrs: formatHrs(message), latencyMs, step });
  }

  /** Results follow their answers, in the batch of the next intent or within a tick. */
  propose(): void {
    if (this.#results.length === 0) return;
    const results = this.#results;
    this.#results = [];
    if (!this.#d.log.isLeader) return;
    for (const result of results) this.#d.log.propose(encodeResult(result));
  }
}
