/**
 * The requests of nodes, held until they are answered: signed, denied, or given up at the deadline.
 *
 * Denied is final for a node, so it is said only on a verified result, or on n - t + 1 marks on disk that rule the message
 * out. Everything else is held. A follower forwards what it cannot answer from its own verified results, and asks the next
 * leader again when the one it asked is gone.
 */

import {
  checkSign,
  compareHrs,
  equalBytes,
  equalExceptTimestamp,
  formatHrs,
  type Mark,
  type ParsedSignBytes,
} from '@quorumsign/sign-state';
import type { Coordinator } from './coordinator.js';
import { exceededLimit, signedMs } from './limits.js';
import type { MarkReports } from './mark-reports.js';
import type { Marks } from './marks.js';
import type { ReplicatedState, VerifiedResult } from './replicated-state.js';
import type { Connection, CoreChain, CoreDeps, CoreOptions, HeldRequest, Outcome } from './types.js';

/** Requests held at once; a node has one outstanding, so this is far above any honest number. */
export const REQUESTS_MAX = 4096;

export interface RequestsDeps {
  readonly options: CoreOptions;
  readonly deps: CoreDeps;
  readonly state: ReplicatedState;
  readonly reports: MarkReports;
  readonly marks: Marks;
  readonly coordinator: Coordinator;
  chain(chainId: string): CoreChain | undefined;
  isLeader(): boolean;
  term(): bigint;
  /** The connection to the leader of this term, when there is one. */
  leaderConnection(): Connection | undefined;
  /** Why nothing was signed in time, in words for the log. */
  whyNot(): string;
  forward(request: HeldRequest, to: Connection): void;
}

export class Requests {
  readonly #r: RequestsDeps;
  readonly #held = new Map<number, HeldRequest>();
  #answered = 0;

  constructor(deps: RequestsDeps) {
    this.#r = deps;
  }

  add(request: HeldRequest): void {
    if (this.#held.size >= REQUESTS_MAX) {
      request.answer({ kind: 'gave-up', reason: `more than ${REQUESTS_MAX} requests are waiting` });
      return;
    }
    this.#held.set(request.id, request);
    this.advance(request);
  }

  isEmpty(): boolean {
    return this.#held.size === 0;
  }

  get(id: number): HeldRequest | undefined {
    return this.#held.get(id);
  }

  /** The node has gone, or the follower that forwarded it. */
  remove(id: number): HeldRequest | undefined {
    const request = this.#held.get(id);
    this.#held.delete(id);
    return request;
  }

  removeOrigin(peer: string): void {
    for (const request of this.#held.values()) if (request.origin?.peer === peer) this.#held.delete(request.id);
  }

  /** Something changed that may matter to every request. */
  advanceAll(): void {
    for (const request of [...this.#held.values()]) this.advance(request);
  }

  /** A signature of this height has come. */
  advanceHeight({ chainId, height }: ParsedSignBytes): void {
    for (const request of [...this.#held.values()]) {
      if (request.message.chainId === chainId && request.message.height === height) this.advance(request);
    }
  }

  /** Gives up what is at its deadline, and what `givesUp` says of nodes' own requests. */
  expire(now: number, givesUp: (request: HeldRequest) => boolean): void {
    for (const request of [...this.#held.values()]) {
      if (now >= request.deadlineMs) this.settle(request, { kind: 'gave-up', reason: this.#r.whyNot() });
      else if (request.origin === undefined && givesUp(request))
        this.settle(request, { kind: 'gave-up', reason: 'no leader' });
    }
  }

  get size(): number {
    return this.#held.size;
  }

  /** How many were held and have their answer. */
  get answered(): number {
    return this.#answered;
  }

  all(): IterableIterator<HeldRequest> {
    return this.#held.values();
  }

  /** Whether a node still waits for something at the height, round and step of a message. */
  isWanted({ chainId, ...hrs }: ParsedSignBytes): boolean {
    for (const { message } of this.#held.values()) {
      if (message.chainId === chainId && compareHrs(message, hrs) === 0) return true;
    }
    return false;
  }

  settle(request: HeldRequest, outcome: Outcome): void {
    if (!this.#held.delete(request.id)) return;
    this.#answered++;
    request.answer(outcome);
  }

  advance(request: HeldRequest): void {
    if (!this.#held.has(request.id)) return;
    const chain = this.#r.chain(request.message.chainId);
    if (chain === undefined) {
      this.settle(request, { kind: 'denied', message: `this signer has no key for chain ${request.message.chainId}` });
      return;
    }
    if (this.#answeredByResult(request, chain)) return;
    if (this.#r.isLeader()) this.#lead(request, chain);
    else this.#follow(request);
  }

  #follow(request: HeldRequest): void {
    if (request.origin !== undefined) return; // Forwarded to a leader that is none any more; its follower asks the next.
    const to = this.#r.leaderConnection();
    if (to === undefined) return;
    const before = request.forwardedTo;
    if (before?.connection.connectionId === to.connectionId && before.term === this.#r.term()) return;
    request.forwardedTo = { connection: to, term: this.#r.term() };
    this.#r.forward(request, to);
  }

  /** Replay and refusal on verified results. */
  #answeredByResult(request: HeldRequest, chain: CoreChain): boolean {
    const { state, coordinator } = this.#r;
    const { message, extension } = request;
    const result = state.result(message.chainId, message);
    if (result !== undefined) {
      const verdict = checkSign(markOf(result), message);
      if (verdict.kind === 'denied') {
        this.#deny(request, `${verdict.reason}: other data was signed at ${formatHrs(result.message)}`);
        return true;
      }
      const extensionSignature = extension && this.#extensionSignature(result, extension, chain);
      if (extension === undefined || extensionSignature !== undefined) {
        const { signature, message: signed } = result;
        this.settle(request, { kind: 'signed', signature, timestamp: signed.timestamp, extensionSignature });
        return true;
      }
      if (this.#r.isLeader() && !coordinator.hasTask(result.message, extension.hash) && this.#allowed(result.message)) {
        coordinator.start(chain, { message: result.message, wantsVote: false, extension });
      }
      if (this.#r.isLeader()) {
        if (this.#ruledOut(result.message)) this.#deny(request, 'the extension came too late: later votes are signed');
        return true;
      }
      return false;
    }
    const highest = state.resultAbove(message.chainId, message);
    if (highest === undefined) return false;
    const verdict = checkSign(markOf(highest), message);
    this.#deny(
      request,
      `${verdict.kind === 'denied' ? verdict.reason : 'regression'}: last signed ${formatHrs(highest.message)}`,
    );
    return true;
  }

  /** A stored extension signature that verifies: the log holds only the extension's hash, so nobody has checked it before. */
  #extensionSignature(
    result: VerifiedResult,
    extension: NonNullable<HeldRequest['extension']>,
    chain: CoreChain,
  ): Uint8Array | undefined {
    const stored = result.extensions.get(extension.hash);
    if (stored === undefined || this.#r.deps.verify(chain.group.groupKey, extension.bytes, stored)) return stored;
    result.extensions.delete(extension.hash);
    return undefined;
  }

  #lead(request: HeldRequest, chain: CoreChain): void {
    const { coordinator, state, reports } = this.#r;
    const { message } = request;
    const proposed = coordinator.proposedAt(message);
    if (proposed !== undefined) {
      // One message for each HRS and term: this request gets its result, or is denied by it.
      if (this.#denyIfRuledOut(message, [proposed, ...reports.messagesAt(message.chainId, message)], request)) return;
      if (!coordinator.hasTask(proposed, undefined))
        coordinator.start(chain, {
          message: proposed,
          wantsVote: true,
          extension: this.#extensionFor(request, proposed),
        });
      return;
    }
    const limit = this.#exceededLimit(chain, message);
    if (limit !== undefined) {
      this.#deny(request, limit);
      return;
    }
    const intent = state.latestIntent(message.chainId, message)?.message;
    const found = reports.messagesAt(message.chainId, message);
    const variants = message.step === 'proposal' ? [] : found.filter((each) => equalExceptTimestamp(each, message));
    const candidates = [...(intent === undefined ? [] : [intent]), message, ...variants, ...found];
    const chosen = candidates.find((candidate) => this.#allowed(candidate));
    if (chosen !== undefined) {
      const extension = this.#extensionFor(request, chosen);
      coordinator.start(chain, { message: chosen, wantsVote: true, extension });
      return;
    }
    this.#denyIfRuledOut(message, found, request);
  }

  /** Denies what can never be signed: neither the message nor a variant of it that is marked somewhere. */
  #denyIfRuledOut(message: ParsedSignBytes, marked: readonly ParsedSignBytes[], request: HeldRequest): boolean {
    const { options } = this.#r;
    const own = [message, ...marked.filter((each) => equalExceptTimestamp(each, message))];
    if (!own.every((each) => this.#ruledOut(each))) return false;
    const needed = options.members.length - options.threshold + 1;
    this.#deny(request, `${needed} cosigners have signed other data at or above ${formatHrs(message)}`);
    return true;
  }

  /** t cosigners have reported in this term that they can sign exactly this. */
  #allowed(message: ParsedSignBytes): boolean {
    return this.#r.reports.willing(message).length >= this.#r.options.threshold;
  }

  /** n - t + 1 marks on disk rule it out: no t can ever sign it. */
  #ruledOut(message: ParsedSignBytes): boolean {
    const { options, reports } = this.#r;
    return reports.blocked(message).length >= options.members.length - options.threshold + 1;
  }

  #extensionFor(request: HeldRequest, chosen: ParsedSignBytes): HeldRequest['extension'] {
    const same = equalBytes(chosen.bytes, request.message.bytes) || equalExceptTimestamp(chosen, request.message);
    return same ? request.extension : undefined;
  }

  #exceededLimit(chain: CoreChain, message: ParsedSignBytes): string | undefined {
    const { marks, state, deps } = this.#r;
    const mark = marks.latest(chain.chainId);
    const result = state.highestResult(chain.chainId)?.message;
    if (mark === undefined && result === undefined)
      return exceededLimit(chain.limits, undefined, message, deps.wallMs());
    const height = result !== undefined && result.height > (mark?.height ?? 0n) ? result.height : (mark?.height ?? 0n);
    const timeMs = mark?.timeMs ?? (result === undefined ? deps.wallMs() : signedMs(result));
    return exceededLimit(chain.limits, { height, timeMs }, message, deps.wallMs());
  }

  #deny(request: HeldRequest, message: string): void {
    this.settle(request, { kind: 'denied', message });
  }
}

/** What is signed judges a request as a mark there would. */
function markOf({ message }: VerifiedResult): Mark {
  const { height, round, step } = message;
  return { height, round, step, signBytes: message };
}
