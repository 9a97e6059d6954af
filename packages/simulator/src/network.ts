/**
 * Connections between cosigner processes, as mutually authenticated streams behave: frames of one connection arrive whole and in
 * order, late or not at all; a process that dies resets its connections; a cut is noticed by silence, by each end for itself.
 *
 * In `datagrams` mode frames are also lost, doubled and overtaken: what the transport rules out, to see that safety does not rest on it.
 */

import type { Connection } from '@quorumsign/cosigner/core';
import type { EventQueue } from './event-queue.js';
import type { Random } from './random.js';

/** Silence after which an end gives a connection up, ms. */
const SILENCE_MS = 1000;
const RECONNECT_MS = 60;

/** What the network needs of a process. */
export interface Endpoint {
  /** Names this process for good: a restart is another one. */
  readonly key: string;
  /** The cosigner that it proves to be. */
  readonly name: string;
  readonly isUp: boolean;
  connected(connection: Connection): void;
  disconnected(connection: Connection): void;
  frame(connection: Connection, bytes: Uint8Array): void;
}

export interface NetworkOptions {
  readonly latencyMs: number;
  readonly jitterMs: number;
  readonly datagrams: boolean;
}

interface End {
  readonly endpoint: Endpoint;
  isOpen: boolean;
  /** Frames on their way to this end arrive no earlier than this. */
  lastArrivalMs: number;
  /** Frames that a cut holds up; the sender's machine sends them again until silence ends the connection. */
  held: Uint8Array[];
  heldSinceMs: number;
}

interface Link {
  readonly id: string;
  readonly ends: readonly [End, End];
  isUp: boolean;
}

export class Network {
  /** Extra latency of everything that a cosigner sends, ms. */
  readonly slow = new Map<string, number>();
  readonly #queue: EventQueue;
  readonly #random: Random;
  readonly #options: NetworkOptions;
  readonly #endpoints: Endpoint[] = [];
  readonly #links = new Set<Link>();
  /** Directed: what `from` sends to `to` does not arrive. Counted, as cuts overlap. */
  readonly #cuts = new Map<string, number>();
  #nextLink = 1;
  #datagrams: boolean;

  constructor(queue: EventQueue, random: Random, options: NetworkOptions) {
    this.#queue = queue;
    this.#random = random;
    this.#options = options;
    this.#datagrams = options.datagrams;
  }

  /** A process has started. */
  add(endpoint: Endpoint): void {
    for (const other of this.#endpoints) if (other.name !== endpoint.name) this.#tryConnect(endpoint, other);
    this.#endpoints.push(endpoint);
  }

  /** A process has ended. @param silently - its machine too: nobody resets its connections */
  remove(endpoint: Endpoint, silently: boolean): void {
    const at = this.#endpoints.indexOf(endpoint);
    if (at < 0) return; // It never got as far as the network.
    this.#endpoints.splice(at, 1);
    for (const link of [...this.#links]) {
      const other = link.ends.find((end) => end.endpoint !== endpoint);
      if (other === undefined || !link.ends.some((end) => end.endpoint === endpoint)) continue;
      this.#lose(link, silently ? SILENCE_MS : this.#random.between(0.1, 2));
    }
  }

  /** A process ends all its connections; it is met anew. */
  reset(endpoint: Endpoint): void {
    for (const link of [...this.#links]) {
      if (link.ends.some((end) => end.endpoint === endpoint)) this.#lose(link, this.#random.between(0.1, 2));
    }
  }

  /** @returns false when there is no such connection */
  send(from: Endpoint, to: string, bytes: Uint8Array): boolean {
    const link = this.#linkOf(from, to);
    if (link === undefined) return false;
    const target = link.ends[0].endpoint === from ? link.ends[1] : link.ends[0];
    if (!this.#datagrams) {
      this.#transmit(link, target, bytes);
      return true;
    }
    for (let copies = this.#random.chance(0.1) ? 2 : 1; copies > 0; copies--) {
      if (this.#random.chance(0.1)) continue;
      this.#queue.after(this.#random.between(0, 20), () => {
        if (link.isUp) this.#deliver(link, target, bytes);
      });
    }
    return true;
  }

  cut(from: string, to: string): void {
    const key = `${from}>${to}`;
    this.#cuts.set(key, (this.#cuts.get(key) ?? 0) + 1);
  }

  mend(from: string, to: string): void {
    const key = `${from}>${to}`;
    const cuts = (this.#cuts.get(key) ?? 0) - 1;
    if (cuts > 0) {
      this.#cuts.set(key, cuts);
      return;
    }
    this.#cuts.delete(key);
    for (const link of this.#links) {
      for (const [at, end] of link.ends.entries()) {
        const sender = link.ends[1 - at];
        if (sender?.endpoint.name !== from || end.endpoint.name !== to || !link.isUp) continue;
        for (const bytes of end.held.splice(0)) this.#transmit(link, end, bytes);
      }
    }
  }

  /** Every cut mended, nothing slow, frames in order from here on. */
  heal(): void {
    const cuts = [...this.#cuts.keys()];
    this.#cuts.clear();
    for (const cut of cuts) {
      const [from = '', to = ''] = cut.split('>');
      this.mend(from, to);
    }
    this.slow.clear();
    if (!this.#datagrams) return;
    this.#datagrams = false;
    for (const link of [...this.#links]) this.#lose(link, 1);
  }

  #isCut(from: string, to: string): boolean {
    return this.#cuts.size > 0 && this.#cuts.has(`${from}>${to}`);
  }

  #linkOf(endpoint: Endpoint, peer: string): Link | undefined {
    for (const link of this.#links) {
      const [a, b] = link.ends;
      if (a.endpoint === endpoint && b.endpoint.name === peer && a.isOpen) return link;
      if (b.endpoint === endpoint && a.endpoint.name === peer && b.isOpen) return link;
    }
    return undefined;
  }

  /** Whether a process holds a connection with a cosigner of this name, whichever process that is. */
  #isTaken(endpoint: Endpoint, peer: string): boolean {
    for (const { ends, isUp } of this.#links) {
      const own = ends.find((end) => end.endpoint === endpoint);
      const other = ends.find((end) => end.endpoint !== endpoint);
      if (own !== undefined && other?.endpoint.name === peer && (own.isOpen || isUp)) return true;
    }
    return false;
  }

  #tryConnect(a: Endpoint, b: Endpoint): void {
    this.#queue.after(this.#random.between(1, RECONNECT_MS), () => {
      if (!a.isUp || !b.isUp || !this.#endpoints.includes(a) || !this.#endpoints.includes(b)) return;
      const isBlocked = this.#isCut(a.name, b.name) || this.#isCut(b.name, a.name);
      if (isBlocked || this.#isTaken(a, b.name) || this.#isTaken(b, a.name)) this.#tryConnect(a, b);
      else this.#connect(a, b);
    });
  }

  #connect(a: Endpoint, b: Endpoint): void {
    const end = (endpoint: Endpoint): End => ({ endpoint, isOpen: false, lastArrivalMs: 0, held: [], heldSinceMs: 0 });
    const link: Link = { id: `link-${this.#nextLink++}`, ends: [end(a), end(b)], isUp: true };
    this.#links.add(link);
    for (const [at, own] of link.ends.entries()) {
      const peer = link.ends[1 - at]?.endpoint.name ?? '';
      const opensMs = this.#queue.nowMs + this.#random.between(0.5, 3);
      own.lastArrivalMs = opensMs; // Nothing arrives at an end before it is open.
      this.#queue.at(opensMs, () => {
        if (!link.isUp || !own.endpoint.isUp) return;
        own.isOpen = true;
        own.endpoint.connected({ peer, connectionId: link.id });
      });
    }
  }

  #transmit(link: Link, target: End, bytes: Uint8Array): void {
    const sender = link.ends[0] === target ? link.ends[1] : link.ends[0];
    if (this.#isCut(sender.endpoint.name, target.endpoint.name)) {
      if (target.held.length === 0) {
        target.heldSinceMs = this.#queue.nowMs;
        const since = target.heldSinceMs;
        this.#queue.after(SILENCE_MS, () => {
          if (link.isUp && target.held.length > 0 && target.heldSinceMs === since)
            this.#lose(link, this.#random.between(0, 200));
        });
      }
      target.held.push(bytes);
      return;
    }
    const { latencyMs, jitterMs } = this.#options;
    const slowMs = this.slow.get(sender.endpoint.name) ?? 0;
    const delayMs = latencyMs + this.#random.next() * jitterMs + slowMs;
    target.lastArrivalMs = Math.max(target.lastArrivalMs, this.#queue.nowMs + delayMs);
    this.#queue.at(target.lastArrivalMs, () => this.#deliver(link, target, bytes));
  }

  #deliver(link: Link, target: End, bytes: Uint8Array): void {
    if (!target.isOpen || !target.endpoint.isUp) return;
    const sender = link.ends[0] === target ? link.ends[1] : link.ends[0];
    target.endpoint.frame({ peer: sender.endpoint.name, connectionId: link.id }, bytes);
  }

  /** A connection is lost; each end notices within about `noticedMs`, and then dials again. */
  #lose(link: Link, noticedMs: number): void {
    if (!link.isUp) return;
    link.isUp = false;
    let open = 2;
    for (const [at, end] of link.ends.entries()) {
      const peer = link.ends[1 - at]?.endpoint.name ?? '';
      this.#queue.after(noticedMs * this.#random.between(0.5, 1), () => {
        if (end.isOpen && end.endpoint.isUp) end.endpoint.disconnected({ peer, connectionId: link.id });
        end.isOpen = false;
        open--;
        if (open > 0) return;
        this.#links.delete(link);
        const [{ endpoint: a }, { endpoint: b }] = link.ends;
        if (a.isUp && b.isUp) this.#tryConnect(a, b);
      });
    }
  }
}
