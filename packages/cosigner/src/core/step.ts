/**
 * How a step of the core ends: everything for one peer in one frame, then one batch. What a frame promises of this disk waits in
 * `Batches`, so what leaves here needs no sync; it goes first because the peer's work is the longer way.
 */

import type { Closed, Waiting } from './batches.js';
import type { Parts } from './parts.js';
import type { PeerFrames } from './peer-frames.js';
import type { CoreDeps } from './types.js';

/** After a change of leader or a connection nothing waits for company. */
const EAGER_MS = 250;
/** Each round leaves less to do: more than these would never end. */
const ROUNDS_MAX = 100;

export class Step {
  readonly #parts: Parts;
  readonly #frames: PeerFrames;
  readonly #deps: CoreDeps;
  #eagerUntilMs = 0;
  #wake = false;

  constructor(parts: Parts, frames: PeerFrames, deps: CoreDeps) {
    this.#parts = parts;
    this.#frames = frames;
    this.#deps = deps;
  }

  /** Every request is looked at again before this step ends. */
  wake(): void {
    this.#wake = true;
  }

  /** For a while every frame leaves with its step. */
  hurry(): void {
    this.#eagerUntilMs = this.#deps.monotonicMs() + EAGER_MS;
  }

  /** @param all - also the frames that could wait for company */
  end(all = false): void {
    const { log, outbox, telling, desk } = this.#parts;
    const { effects } = this.#deps;
    const closed = this.#settle();
    const isEager = all || this.#deps.monotonicMs() < this.#eagerUntilMs;
    const { sent, away } = outbox.flush(isEager, (peer, bytes) => effects.send(peer, bytes));
    for (const peer of away) {
      // It never saw the frame: what it carried is told again from the start.
      telling.forget(peer);
      log.peerUnreachable(peer);
    }
    if (closed.kind === 'batch') effects.persist(closed.ticket, closed.records);
    // With nothing to send the processor is free while the disk works: the shares need not wait for a turn of their own.
    if (!sent) desk.compute();
    if (this.#frames.hasRest || desk.hasWork || this.#wantsIdleWork()) effects.wantCompute();
  }

  /** Batches up to `ticket` are on disk. */
  persisted(ticket: bigint): void {
    for (const waiting of this.#parts.batches.persisted(ticket)) this.#setFree(waiting);
  }

  /** Until nothing follows from anything any more. @throws Error for a step that does not end */
  #settle(): Closed {
    const { log, requests, batches } = this.#parts;
    for (let round = 0; round <= ROUNDS_MAX; round++) {
      log.drain();
      if (this.#wake) {
        this.#wake = false;
        requests.advanceAll();
        continue;
      }
      const closed = batches.close();
      if (closed.kind !== 'free') return closed;
      this.#setFree(closed.waiting);
    }
    throw new Error('impossible: a step that does not end');
  }

  #setFree({ marks, raftTickets, messages, releases, told }: Waiting): void {
    const { marks: own, telling, log, desk, sessions } = this.#parts;
    for (const mark of marks) {
      own.persisted(mark);
      telling.changed(mark.chainId);
    }
    for (const ticket of raftTickets) log.persisted(ticket);
    for (const message of messages) this.#frames.post(message);
    for (const pending of releases) desk.synced(pending);
    for (const tell of told) tell();
    log.drain();
    sessions.tryFinishAll();
  }

  /**
   * What no signature waits for is done while none is under way, here or for another's sake, unless it has piled up. Commitments that
   * came before a signature had to wait for them are work too.
   */
  #wantsIdleWork(): boolean {
    const { nonces, requests, desk, sessions } = this.#parts;
    if (nonces.isPressing()) return true;
    return nonces.hasWork() && !desk.isBusy && (requests.isEmpty() || sessions.waitsForNonces());
  }
}
