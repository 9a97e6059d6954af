/** What nodes ask for, put to the core on their behalf: one answer each, observed once it has left. */

import type { RawSignOutcome, RawSignRequest, SignerBackend, SignOutcome, SignRequest } from '@quorumsign/privval';
import { parseSignBytes } from '@quorumsign/sign-state';
import type { EpochedCore } from '../core/epochs/epoched-core.js';
import type { Outcome, RawOutcome } from '../core/types.js';
import type { CosignerObserver, Logger } from './config.js';

export interface NodeRequestsDeps {
  readonly logger: Logger;
  readonly observer: CosignerObserver;
  /** Runs an input of the core. */
  input(run: (core: EpochedCore) => void): void;
  publicKey(chainId: string): Uint8Array | undefined;
}

export class NodeRequests {
  readonly #deps: NodeRequestsDeps;
  /** Of each that waits, what is done when its node has gone. */
  readonly #waiting = new Set<() => void>();
  #refused = false;

  constructor(deps: NodeRequestsDeps) {
    this.#deps = deps;
  }

  /** How many wait for an answer. */
  get size(): number {
    return this.#waiting.size;
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

  #sign(request: SignRequest, signal: AbortSignal): Promise<SignOutcome> {
    const { chainId, signBytes, extensionSignBytes } = request;
    return this.#ask<Outcome>(
      (core, answer) => core.sign(signBytes, extensionSignBytes, answer),
      signal,
      (outcome, sinceMs) => {
        if (outcome.kind === 'signed') this.#signedAfter(chainId, parseSignBytes(signBytes).step, sinceMs);
        else this.#notSigned(chainId, sinceMs, outcome);
      },
    );
  }

  #signRaw(request: RawSignRequest, signal: AbortSignal): Promise<RawSignOutcome> {
    const { chainId } = request;
    return this.#ask<RawOutcome>(
      (core, answer) => core.signRaw(request, answer),
      signal,
      (outcome, sinceMs) => {
        if (outcome.kind === 'signed') this.#signedAfter(chainId, request.kind, sinceMs);
        else this.#notSigned(chainId, sinceMs, outcome);
      },
    );
  }

  /** Resolves with the answer; never, once `signal` has aborted. */
  #ask<Answer>(
    begin: (core: EpochedCore, answer: (outcome: Answer) => void) => number,
    signal: AbortSignal,
    observe: (outcome: Answer, sinceMs: number) => void,
  ): Promise<Answer | { kind: 'gave-up'; reason: string }> {
    return new Promise((resolve) => {
      if (signal.aborted || this.#refused) {
        resolve({ kind: 'gave-up', reason: 'stopping' });
        return;
      }
      const sinceMs = performance.now();
      this.#deps.input((core) => {
        if (signal.aborted) return;
        const gone = () => {
          if (this.#waiting.delete(gone)) this.#deps.input((core) => core.withdraw(id));
        };
        this.#waiting.add(gone);
        signal.addEventListener('abort', gone, { once: true });
        const id = begin(core, (outcome) => {
          if (!this.#waiting.delete(gone)) return;
          signal.removeEventListener('abort', gone);
          resolve(outcome);
          // The node's answer leaves first.
          setImmediate(() => observe(outcome, sinceMs));
        });
      });
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
