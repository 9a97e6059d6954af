/**
 * An ordered, protected byte stream to one node: what request handling needs of a connection, whatever carries it.
 *
 * Events come in this order: `onConnected` once, `onFirstByte` once, `onSecured` once, then `onBytes`; or at any time
 * `onClosed`, once, after which nothing follows. After `destroy` no event follows at all. Unprotected channels are
 * secured as soon as they are connected and have no `onFirstByte` before it.
 */

import type { PrivvalError } from '../errors.js';

export interface ChannelEvents {
  /** The transport is connected; the node may not have noticed (a standby waits here, perhaps for hours). */
  onConnected(): void;
  /** The node has sent its first byte: from here on it is expected to go on with the handshake. */
  onFirstByte(): void;
  /** Requests may come, replies may be sent. */
  onSecured(): void;
  /** Plain bytes, owned by the receiver. */
  onBytes(bytes: Uint8Array): void;
  /** The channel ended, by the node or by an error; it is already destroyed. */
  onClosed(error: PrivvalError): void;
}

export interface NodeChannel {
  /** Protects and sends bytes, in order. Ignored after the end. */
  send(bytes: Uint8Array): void;
  /** Ends the connection at once, in both directions, with a reset where there is one: half-closed it would cost the node seconds. */
  destroy(): void;
}

/** Begins to connect; failures come as `onClosed`, never synchronously. */
export type OpenChannel = (events: ChannelEvents) => NodeChannel;
