/** What nodes ask for, put to the core on their behalf: one answer each, observed once it has left. */

import type { RawSignOutcome, RawSignRequest, SignerBackend, SignOutcome, SignRequest } from '@quorumsign/privval';
import { parseSignBytes } from '@quorumsign/sign-state';
import type { EpochedCore } from '../core/epochs/epoched-core.js';
import type { Outcome, RawOutcome } from '../core/types.js';
import type { CosignerObserver, Logger } from './config.js';
import { PendingRequests } from './pending-requests.js';

export interface NodeRequestsDeps {
  readonly logger: Logger;
  readonly observer: CosignerObserver;
  /** Runs an input of the core. */
  input(run: (core: EpochedCore) => void): void;
  publicKey(chainId: string): Uint8Array | undefined;
}

export class NodeRequests {
  readonly #deps: NodeRequestsDeps;
  readonly #votes = new PendingRequests<Outcome>();
  readonly #raw = new PendingRequests<RawOutcome>();
  #refused = false;

  constructor(deps: NodeRequestsDeps) {
    this.#deps = deps;
  }

  /** How many wait for an answer. */
  get size(): number {
    return this.#votes.size + this.#raw.size;
  }

  /** What the nodes of one chain ask. */
  backendOf(chainId: string): SignerBackend {
    return {
      publicKey: (asked) => (asked === chainId ? this.#deps.publicKey(chainId) : undefined),
      sign: (request, signal) => this.#sign(request, signal),
      signRaw: (request, signal) => this.#signRaw(request, signal),
    };
  }

  /** What comes from now on is given up at once; what waits is answered. */
  refuseNew(): void {
    this.#refused = true;
  }

  answer(id: number, outcome: Outcome): void {
    this.#votes.answer(id, outcome);
  }

  answerRaw(id: number, outcome: RawOutcome): void {
    this.#raw.answer(id, outcome);
  }

  #sign(request: SignRequest, signal: AbortSignal): Promise<SignOutcome> {
    const { chainId, signBytes, extensionSignBytes } = request;
    return this.#ask(
      this.#votes,
      (core) => core.sign(signBytes, extensionSignBytes),
      signal,
      (outcome, sinceMs) => {
        if (outcome.kind === 'signed') this.#signedAfter(chainId, parseSignBytes(signBytes).step, sinceMs);
        else this.#notSigned(chainId, sinceMs, outcome);
      },
    );
  }

  #signRaw(request: RawSignRequest, signal: AbortSignal): Promise<RawSignOutcome> {
    const { chainId } = request;
    return this.#ask(
      this.#raw,
      (core) => core.signRaw(request),
      signal,
      (outcome, sinceMs) => {
        if (outcome.kind === 'signed') this.#signedAfter(chainId, request.kind, sinceMs);
        else this.#notSigned(chainId, sinceMs, outcome);
      },
    );
  }

  #ask<Answer extends Outcome | RawOutcome>(
    pending: PendingRequests<Answer>,
    begin: (core: EpochedCore) => number,
    signal: AbortSignal,
    observe: (outcome: Answer, sinceMs: number) => void,
  ): Promise<Answer | { kind: 'gave-up'; reason: string }> {
    return new Promise((resolve) => {
      if (signal.aborted || this.#refused) {
        resolve({ kind: 'gave-up', reason: 'stopping' });
        return;
      }
      const sinceMs = performance.now();
      const withdraw = (id: number) => this.#deps.input((core) => core.withdraw(id));
      this.#deps.input((core) =>
        pending.ask({ begin: () => begin(core), withdraw }, signal, (outcome) => {
          resolve(outcome);
          // The node's answer leaves first.
          setImmediate(() => observe(outcome, sinceMs));
        }),
      );
    });
  }

  #signedAfter(chainId: string, step: string, sinceMs: number): void {
    this.#deps.observer.signed({ chainId, step, latencyMs: performance.now() - sinceMs });
  }

  #notSigned(chainId: string, sinceMs: number, outcome: Exclude<Outcome, { kind: 'signed' }>): void {
    const { observer, logger } = this.#deps;
    if (outcome.kind === 'denied') {
      observer.denied({ chainId });
      logger.warn({ chainId, reason: outcome.message }, 'denied');
    } else {
      observer.failed({ chainId });
      logger.error({ chainId, reason: outcome.reason, waitedMs: Math.round(performance.now() - sinceMs) }, 'gave up');
    }
  }
}
