/**
 * Is the peer still there? Pings every second, for the round trip and so that a healthy connection is never quiet; and a
 * watch on silence, for a peer that hangs with its socket open. A reset is noticed by the socket, not here.
 */

import type { PeerClock } from './dependencies.js';

/** Pings are this far apart, or two thirds of `silenceMs` where that is less. */
export const PING_INTERVAL_MS = 1000;
export const SILENCE_MS_DEFAULT = 1500;
/** Weight of a new round trip in the smoothed one: the 1/8 of TCP's (RFC 6298, section 2). */
const RTT_WEIGHT = 1 / 8;

export interface LivenessEffects {
  sendPing(sequence: bigint): void;
  bytesRead(): number;
  /** Nothing was heard for so long. */
  silent(quietMs: number): void;
}

/** Created when a connection opens; `stop` when it closes. */
export class Liveness {
  readonly #clock: PeerClock;
  readonly #silenceMs: number;
  readonly #effects: LivenessEffects;
  readonly #probes = new Map<bigint, (alive: boolean) => void>();
  #sequence = 0n;
  #pingSentMs = 0;
  #heardMs: number;
  #bytesHeard = 0;
  #rttMs: number | undefined;
  #cancelPing: () => void = () => {};
  #cancelSilence: () => void = () => {};

  constructor(clock: PeerClock, silenceMs: number, effects: LivenessEffects) {
    this.#clock = clock;
    this.#silenceMs = silenceMs;
    this.#effects = effects;
    this.#heardMs = clock.now();
    this.#ping();
    this.#watch(silenceMs);
  }

  /** Smoothed round trip; undefined before the first pong. */
  get rttMs(): number | undefined {
    return this.#rttMs;
  }

  /** A packet of any kind has come. */
  heard(): void {
    this.#heardMs = this.#clock.now();
    this.#bytesHeard = this.#effects.bytesRead();
  }

  pong(sequence: bigint): void {
    this.#probes.get(sequence)?.(true);
    if (sequence !== this.#sequence) return;
    const rttMs = this.#clock.now() - this.#pingSentMs;
    this.#rttMs = this.#rttMs === undefined ? rttMs : this.#rttMs + (rttMs - this.#rttMs) * RTT_WEIGHT;
  }

  /** Asks the peer for a sign of life: `answer(true)` at its pong, `answer(false)` after `timeoutMs` or when the connection closes. */
  probe(timeoutMs: number, answer: (alive: boolean) => void): void {
    const sequence = this.#nextPing();
    const cancel = this.#clock.setTimer(timeoutMs, () => this.#probes.get(sequence)?.(false));
    this.#probes.set(sequence, (alive) => {
      this.#probes.delete(sequence);
      cancel();
      answer(alive);
    });
    this.#effects.sendPing(sequence);
  }

  stop(): void {
    this.#cancelPing();
    this.#cancelSilence();
    for (const finish of [...this.#probes.values()]) finish(false);
  }

  #ping(): void {
    const intervalMs = Math.min(PING_INTERVAL_MS, Math.floor((this.#silenceMs * 2) / 3));
    this.#cancelPing = this.#clock.setTimer(intervalMs, () => this.#ping());
    this.#effects.sendPing(this.#nextPing());
  }

  #nextPing(): bigint {
    this.#pingSentMs = this.#clock.now();
    return ++this.#sequence;
  }

  #watch(waitMs: number): void {
    const dueMs = this.#clock.now() + waitMs;
    this.#cancelSilence = this.#clock.setTimer(waitMs, () => this.#checkSilence(dueMs));
  }

  #checkSilence(dueMs: number): void {
    const now = this.#clock.now();
    const quietMs = now - this.#heardMs;
    if (quietMs < this.#silenceMs) {
      this.#watch(Math.max(1, this.#silenceMs - quietMs));
      return;
    }
    const graceMs = Math.ceil(this.#silenceMs / 8);
    // Bytes have come, but no whole packet yet: a large frame on a slow line.
    const bytes = this.#effects.bytesRead();
    const arriving = bytes > this.#bytesHeard;
    this.#bytesHeard = bytes;
    // The timer is late: it was this process that hung, and what the peer sent meanwhile waits unread in the socket.
    const hung = now - dueMs > graceMs;
    if (arriving || hung) {
      this.#watch(graceMs);
      return;
    }
    this.#effects.silent(quietMs);
  }
}
