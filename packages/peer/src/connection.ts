/**
 * One connection with one peer, from the opened stream to its end: hello from both sides, then frames, pings and pongs, then
 * a goodbye or a loss. The same at both ends; the end that listens asks `admit` before it answers the hello, so its hello
 * *is* the acceptance and nobody is told of a connection that the other end goes on to refuse.
 *
 * Keeps: `connected` before any frame, `closed` once and after the last; no frame before both hellos; nothing is delivered
 * after the connection has been ended from this side.
 */

import type { PeerClock, PeerDependencies } from './dependencies.js';
import { PeerError } from './errors.js';
import { type AgreedHello, checkHello, connectionIdOf, ID_BYTES, type LocalIdentity, makeHello } from './hello.js';
import { Liveness } from './liveness.js';
import {
  decodePacket,
  encodeFrame,
  encodeGoodbye,
  encodeHello,
  encodePing,
  encodePong,
  type Goodbye,
  type Packet,
} from './packet.js';
import type { PacketStream, PacketStreamEvents } from './packet-stream.js';
import { type PeerConnection, SEND_QUEUE_BYTES_MAX } from './transport.js';

/** From the opened stream (or the dial) to both hellos. */
export const HANDSHAKE_TIMEOUT_MS = 3000;
/** How long a goodbye may take to be delivered before the socket is closed under it. */
export const LINGER_MS = 250;
/** From a write to the look for a reset, see {@link PacketStream.lookForReset}. */
const LOOK_FOR_RESET_MS = 20;
const GOODBYE_MESSAGE_MAX = 500;

export interface ConnectionOptions {
  readonly local: LocalIdentity;
  /** The name in the peer's certificate. */
  readonly peer: string;
  /** Whether this end dialled. */
  readonly initiator: boolean;
  readonly silenceMs: number;
}

export interface ConnectionEvents {
  /** Listening end only: may this peer come in? Answered once, at once or later: nothing, or the goodbye that refuses. */
  admit(connection: Connection, decide: (refusal: Goodbye | undefined) => void): void;
  connected(connection: Connection, info: PeerConnection): void;
  frame(connection: Connection, frame: Uint8Array): void;
  /** The connection is over, or never came to be (then without `connected` before). */
  closed(connection: Connection, reason: string): void;
  /** Its stream is gone as well: nothing is left of it. */
  gone(connection: Connection): void;
}

export class Connection implements PacketStreamEvents {
  readonly #options: ConnectionOptions;
  readonly #clock: PeerClock;
  readonly #events: ConnectionEvents;
  readonly #random: Uint8Array;
  readonly #stream: PacketStream;
  #state: 'greeting' | 'admitting' | 'open' | 'over' = 'greeting';
  #agreed: AgreedHello | undefined;
  #info: PeerConnection | undefined;
  #liveness: Liveness | undefined;
  #queueBytes = 0;
  #cancelTimer: () => void;
  #cancelLook: (() => void) | undefined;

  /** @param open - opens or adopts the stream, delivering its events to the connection */
  constructor(
    options: ConnectionOptions,
    { clock, random }: Pick<PeerDependencies, 'clock' | 'random'>,
    events: ConnectionEvents,
    open: (events: PacketStreamEvents) => PacketStream,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#events = events;
    this.#random = random(ID_BYTES);
    this.#cancelTimer = clock.setTimer(HANDSHAKE_TIMEOUT_MS, () => {
      this.end('silent', `no hello within ${HANDSHAKE_TIMEOUT_MS} ms`);
    });
    this.#stream = open(this);
    if (options.initiator) this.#write(encodeHello(makeHello(options.local, this.#random)));
  }

  /** What was agreed; undefined before. */
  get info(): PeerConnection | undefined {
    return this.#info;
  }

  /** The peer's boot id as it said in its hello; undefined before. */
  get bootId(): string | undefined {
    return this.#agreed?.bootId;
  }

  get rttMs(): number | undefined {
    return this.#liveness?.rttMs;
  }

  /**
   * Queues a frame.
   *
   * @returns false if the connection is not open or its queue has no room; then nothing is sent
   * @throws PeerError `FRAME_TOO_LARGE`
   */
  send(frame: Uint8Array): boolean {
    const packet = encodeFrame(frame);
    if (this.#state !== 'open' || this.#queueBytes + packet.length > SEND_QUEUE_BYTES_MAX) return false;
    this.#write(packet);
    return true;
  }

  /** Asks for a sign of life on an open connection; see {@link Liveness.probe}. */
  probe(timeoutMs: number, answer: (alive: boolean) => void): void {
    if (this.#liveness === undefined) answer(false);
    else this.#liveness.probe(timeoutMs, answer);
  }

  /** Ends the connection: says why to the peer, closes the socket soon after. Without effect on one that is over. */
  end(reason: string, message: string): void {
    if (this.#state === 'over') return;
    this.#write(encodeGoodbye({ reason, message: message.slice(0, GOODBYE_MESSAGE_MAX) }));
    this.#finish(`${reason}: ${message}`);
    this.#stream.end();
    this.#cancelTimer = this.#clock.setTimer(LINGER_MS, () => this.#stream.destroy());
  }

  /** Falls silent without a word to anyone. */
  abandon(): void {
    this.#state = 'over';
    this.#cancelTimers();
  }

  packet(bytes: Uint8Array): void {
    if (this.#state === 'over') return;
    this.#liveness?.heard();
    let packet: Packet;
    try {
      packet = decodePacket(bytes);
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      this.end('protocol', error.message);
      return;
    }
    if (packet.kind === 'goodbye') {
      this.#leave(packet.goodbye);
      return;
    }
    if (this.#state === 'open') {
      this.#receive(packet);
      return;
    }
    if (packet.kind === 'hello' && this.#state === 'greeting') {
      this.#greet(packet.hello);
      return;
    }
    this.end('protocol', `expected a hello, found a ${packet.kind}`);
  }

  closed(reason: string): void {
    this.#finish(reason);
    this.#cancelTimer();
    this.#events.gone(this);
  }

  #receive(packet: Packet): void {
    switch (packet.kind) {
      case 'frame':
        if (this.#info !== undefined) this.#events.frame(this, packet.frame);
        return;
      case 'ping':
        // A peer that pings and never reads must not fill this process's memory.
        if (this.#queueBytes <= SEND_QUEUE_BYTES_MAX) this.#write(encodePong(packet.sequence));
        return;
      case 'pong':
        this.#liveness?.pong(packet.sequence);
        return;
      default:
        this.end('protocol', `expected a frame, found a second ${packet.kind}`);
    }
  }

  #greet(hello: Parameters<typeof checkHello>[2]): void {
    const verdict = checkHello(this.#options.local, this.#options.peer, hello);
    if ('reason' in verdict) {
      this.end(verdict.reason, verdict.message);
      return;
    }
    this.#agreed = verdict;
    if (this.#options.initiator) {
      this.#open(verdict);
      return;
    }
    this.#state = 'admitting';
    this.#events.admit(this, (refusal) => {
      if (this.#state !== 'admitting') return;
      if (refusal !== undefined) return this.end(refusal.reason, refusal.message);
      this.#write(encodeHello(makeHello(this.#options.local, this.#random)));
      this.#open(verdict);
    });
  }

  #open(agreed: AgreedHello): void {
    const { local, peer, initiator, silenceMs } = this.#options;
    const [own, other] = [
      { name: local.name, random: this.#random },
      { name: peer, random: agreed.random },
    ];
    const connectionId = initiator ? connectionIdOf(own, other) : connectionIdOf(other, own);
    const { bootId, protocolVersion } = agreed;
    this.#cancelTimer();
    this.#state = 'open';
    this.#info = { peer, connectionId, bootId, protocolVersion };
    this.#liveness = new Liveness(this.#clock, silenceMs, {
      sendPing: (sequence) => this.#write(encodePing(sequence)),
      bytesRead: () => this.#stream.bytesRead(),
      silent: (quietMs) => this.end('silent', `nothing heard for ${Math.round(quietMs)} ms`),
    });
    this.#events.connected(this, this.#info);
  }

  #leave({ reason, message }: Goodbye): void {
    // What the peer says goes to a log: one line, no control characters, bounded.
    const words = `${reason.slice(0, 20)}: ${this.#options.peer} says: ${message.slice(0, GOODBYE_MESSAGE_MAX)}`;
    this.#finish(words.replace(/\p{C}/gu, '?'));
    this.#stream.destroy();
  }

  #finish(reason: string): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#cancelTimers();
    this.#events.closed(this, reason);
  }

  #cancelTimers(): void {
    this.#cancelTimer();
    this.#cancelLook?.();
    this.#liveness?.stop();
  }

  #write(packet: Buffer): void {
    this.#cancelLook ??= this.#clock.setTimer(LOOK_FOR_RESET_MS, () => {
      this.#cancelLook = undefined;
      this.#stream.lookForReset();
    });
    this.#queueBytes += packet.length;
    this.#stream.write(packet, () => {
      this.#queueBytes -= packet.length;
    });
  }
}
