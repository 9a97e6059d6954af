/**
 * A {@link NodeChannel} over a tcp or unix socket and a security layer.
 *
 * Nagle's delay is off (a reply is one write, and nobody should wait for it), TCP keepalive is on: it is what finds a
 * dead host while a standby waits for its turn. Reads and writes happen in the same turn of the event loop as the event
 * that caused them. Errors of the socket are translated here and nowhere else.
 */

import { connect, type Socket } from 'node:net';
import { PrivvalError } from '../errors.js';
import type { NodeAddress } from './node-address.js';
import type { ChannelEvents, NodeChannel } from './node-channel.js';
import type { SecurityLayer } from './security-layer.js';

/** First keepalive probe after this silence; libuv then probes every second, ten times. */
const KEEPALIVE_MS = 5_000;
/** Replies are small and one at a time; a node that lets this much pile up has stopped reading. */
const UNSENT_BYTES_MAX = 1024 * 1024;

/** Connects a socket and runs the layer's handshake over it. */
export function openSocketChannel(address: NodeAddress, layer: SecurityLayer, events: ChannelEvents): NodeChannel {
  return new SocketChannel(address, layer, events);
}

class SocketChannel implements NodeChannel {
  readonly #layer: SecurityLayer;
  readonly #events: ChannelEvents;
  readonly #socket: Socket;
  /** Unix sockets know no reset, and need none: the first write to a closed one fails. */
  readonly #resettable: boolean;
  #connected = false;
  #received = false;
  #announced = false;
  #ended = false;

  constructor(address: NodeAddress, layer: SecurityLayer, events: ChannelEvents) {
    this.#layer = layer;
    this.#events = events;
    this.#resettable = address.kind !== 'unix';
    this.#socket =
      address.kind === 'unix'
        ? connect({ path: address.path })
        : connect({
            host: address.host,
            port: address.port,
            noDelay: true,
            keepAlive: true,
            keepAliveInitialDelay: KEEPALIVE_MS,
          });
    this.#socket.on('connect', () => this.#guard(() => this.#onConnect()));
    this.#socket.on('data', (chunk: Buffer) => this.#guard(() => this.#onData(chunk)));
    this.#socket.on('end', () => this.#fail(new PrivvalError({ code: 'CONNECTION_CLOSED', reason: 'end of stream' })));
    this.#socket.on('error', (cause: Error) => this.#fail(this.#translate(cause)));
    this.#socket.on('close', () => this.#fail(new PrivvalError({ code: 'CONNECTION_CLOSED', reason: 'closed' })));
  }

  send(bytes: Uint8Array): void {
    if (this.#ended) return;
    this.#socket.write(this.#layer.seal(bytes));
    if (this.#socket.writableLength > UNSENT_BYTES_MAX) {
      this.#fail(new PrivvalError({ code: 'CONNECTION_CLOSED', reason: 'the node does not read its replies' }));
    }
  }

  /** A node notices a reset one or two tries earlier than an end of stream; between tries it pauses for 100 ms. */
  destroy(): void {
    this.#ended = true;
    if (this.#resettable && this.#connected) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  #onConnect(): void {
    this.#connected = true;
    this.#events.onConnected();
    if (this.#ended) return;
    const hello = this.#layer.hello();
    if (hello.length > 0) this.#socket.write(hello);
    this.#announceSecured();
  }

  #onData(chunk: Buffer): void {
    if (this.#ended) return;
    if (!this.#received) {
      this.#received = true;
      if (!this.#announced) this.#events.onFirstByte();
    }
    const { send, plain } = this.#layer.receive(chunk);
    if (send !== undefined) this.#socket.write(send);
    this.#announceSecured();
    for (const bytes of plain) {
      if (this.#ended) return;
      this.#events.onBytes(bytes);
    }
  }

  #announceSecured(): void {
    if (this.#announced || !this.#layer.secured) return;
    this.#announced = true;
    this.#events.onSecured();
  }

  /** Ends the channel on what the peer's bytes threw; anything else is a bug and must not be swallowed. */
  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof PrivvalError)) throw error;
      this.#fail(error);
    }
  }

  #fail(error: PrivvalError): void {
    if (this.#ended) return;
    this.destroy();
    this.#events.onClosed(error);
  }

  #translate(cause: Error): PrivvalError {
    const reason = errorReason(cause);
    return this.#connected
      ? new PrivvalError({ code: 'CONNECTION_CLOSED', reason }, { cause })
      : new PrivvalError({ code: 'CONNECT_FAILED', reason }, { cause });
  }
}

/** The errno name if there is one; of several addresses tried, the first one's. */
function errorReason(cause: Error): string {
  if ('code' in cause && typeof cause.code === 'string') return cause.code;
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return errorReason(cause.errors[0]);
  return cause.message;
}
