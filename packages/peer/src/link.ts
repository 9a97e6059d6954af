/**
 * One peer as this cosigner sees it: the connection that is open now, if any, and for a peer that this end dials, the dialling
 * that never stops. A link outlives its connections; the transport holds one for each other member.
 */

import { type Admission, admit } from './admission.js';
import { Backoff } from './backoff.js';
import { Connection, type ConnectionEvents } from './connection.js';
import type { PeerDependencies } from './dependencies.js';
import type { LocalIdentity } from './hello.js';
import type { PacketStream, PacketStreamEvents } from './packet-stream.js';
import type { ProbeTcp } from './tcp-probe.js';
import type { PeerEvents, PeerStatus } from './transport.js';

export type OpenStream = (events: PacketStreamEvents) => PacketStream;

export interface LinkOptions {
  readonly name: string;
  readonly local: LocalIdentity;
  readonly silenceMs: number;
  /** Dials the peer; undefined if the peer is the one that dials. */
  readonly dial: OpenStream | undefined;
  /** Asked before a dial whose predecessor never opened; undefined where dials cost nothing. */
  readonly probe: ProbeTcp | undefined;
}

export class Link {
  readonly #options: LinkOptions;
  readonly #deps: PeerDependencies;
  readonly #events: PeerEvents;
  readonly #backoff: Backoff;
  readonly #admission: Admission = { current: () => this.#current, newcomers: new Set() };
  /** Every connection that still has a stream, those in handshake and those that say goodbye included. */
  readonly #connections = new Set<Connection>();
  #current: Connection | undefined;
  #openedMs: number | undefined;
  #lastError: string | undefined;
  #certificateNotAfter: Date | undefined;
  #cancelDial: () => void = () => {};
  #stopped = false;
  #drained: () => void = () => {};

  constructor(options: LinkOptions, deps: PeerDependencies, events: PeerEvents) {
    this.#options = options;
    this.#deps = deps;
    this.#events = events;
    this.#backoff = new Backoff(deps.random);
  }

  /** Begins to dial, if that is this end's part. */
  start(): void {
    if (this.#options.dial !== undefined) this.#dialAfter(this.#backoff.next(undefined), false);
  }

  send(frame: Uint8Array): boolean {
    return this.#current?.send(frame) ?? false;
  }

  /** Takes in a stream that the peer opened. */
  accept(open: OpenStream): void {
    if (!this.#stopped) this.#connect(false, open);
  }

  /** A certificate of this peer was seen. */
  sawCertificate(notAfter: Date): void {
    this.#certificateNotAfter = notAfter;
  }

  /** Ends every connection and tells the peer; whoever dials dials again. */
  drop(reason: string): void {
    for (const connection of [...this.#connections]) connection.end('closed', reason);
  }

  /** Ends every connection, tells the peer, and resolves when no stream is left. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelDial();
    this.drop('shutting down');
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
  }

  /** The process has died (in-memory twin): no event, no dial, no goodbye from here on. */
  abandon(): void {
    this.#stopped = true;
    this.#cancelDial();
    this.#current = undefined;
    for (const connection of this.#connections) connection.abandon();
    this.#connections.clear();
  }

  status(): PeerStatus {
    return {
      name: this.#options.name,
      connected: this.#current !== undefined,
      rttMs: this.#current?.rttMs,
      lastError: this.#lastError,
      certificateNotAfter: this.#certificateNotAfter,
    };
  }

  #dialAfter(waitMs: number, probeFirst: boolean): void {
    if (waitMs > 0) this.#cancelDial = this.#deps.clock.setTimer(waitMs, () => this.#dial(probeFirst));
    else this.#dial(probeFirst);
  }

  #dial(probeFirst: boolean): void {
    const { dial, probe } = this.#options;
    if (this.#stopped || dial === undefined) return;
    if (!probeFirst || probe === undefined) {
      this.#connect(true, dial);
      return;
    }
    this.#cancelDial = probe((failure) => {
      if (failure === undefined) return this.#connect(true, dial);
      this.#failed(`reset: ${failure.reason}`);
      this.#dialAfter(failure.refused ? this.#backoff.afterRefusal() : this.#backoff.next(undefined), true);
    });
  }

  #connect(initiator: boolean, open: OpenStream): void {
    const { local, name: peer, silenceMs } = this.#options;
    let opened = false;
    const events: ConnectionEvents = {
      admit: (connection, decide) => admit(this.#admission, connection, decide),
      connected: (connection, info) => {
        opened = true;
        this.#current = connection;
        this.#openedMs = this.#deps.clock.now();
        this.#deps.logger.info({ ...info }, 'peer connected');
        this.#events.connected(info);
      },
      frame: (connection, frame) => {
        if (connection.info !== undefined) this.#events.frame(connection.info, frame);
      },
      closed: (connection, reason) => this.#closed(connection, reason, opened, initiator),
      gone: (connection) => this.#gone(connection),
    };
    this.#connections.add(new Connection({ local, peer, initiator, silenceMs }, this.#deps, events, open));
  }

  #closed(connection: Connection, reason: string, opened: boolean, initiator: boolean): void {
    if (this.#current === connection) this.#current = undefined;
    const heldMs = opened && this.#openedMs !== undefined ? this.#deps.clock.now() - this.#openedMs : undefined;
    this.#failed(reason);
    if (connection.info !== undefined) this.#events.disconnected(connection.info, reason);
    // The event's receiver may have stopped the transport.
    if (initiator && !this.#stopped) {
      this.#dialAfter(this.#backoff.next(heldMs), !opened);
    }
  }

  #failed(reason: string): void {
    const fields = { peer: this.#options.name, reason };
    const again = reason === this.#lastError;
    this.#lastError = reason;
    // The same failure again, every second: once is enough for the log.
    if (again || this.#stopped) this.#deps.logger.debug(fields, 'peer not connected');
    else this.#deps.logger.warn(fields, 'peer not connected');
  }

  #gone(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#drained();
  }
}
