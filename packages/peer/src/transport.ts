/**
 * Cosigner to cosigner: ordered, authenticated frames between each pair, over one long-lived stream.
 *
 * A transport carries opaque frames; what is in them is the cosigner's business. It guarantees: frames of one connection
 * arrive in order and once; the peer is who the certificate says; a frame never crosses from one connection to the next.
 * It never queues for a peer that is away: `send` then returns false and the frame is dropped.
 */

/** Largest frame: 4 MiB. Frames above are refused by the sender (a thrown error) and close the connection at the receiver. */
export const FRAME_BYTES_MAX = 4 * 1024 * 1024;
/** Bytes queued towards one peer before `send` drops: 64 MiB. */
export const SEND_QUEUE_BYTES_MAX = 64 * 1024 * 1024;

/** One connection with one peer, from handshake to loss. */
export interface PeerConnection {
  readonly peer: string;
  /** 16 bytes, lower-case hex: random of both ends hashed together; the same at both, never seen before. */
  readonly connectionId: string;
  /** The peer process's boot id, 16 bytes, lower-case hex. */
  readonly bootId: string;
  /** The protocol version agreed, see `PROTOCOL_VERSION`. */
  readonly protocolVersion: number;
}

/** Called synchronously, in order. `connected` precedes any frame; `disconnected` follows the last. */
export interface PeerEvents {
  connected(connection: PeerConnection): void;
  frame(connection: PeerConnection, frame: Uint8Array): void;
  /** `reason` is for the log: 'reset', 'silent', 'replaced', 'protocol', 'closed', with detail. */
  disconnected(connection: PeerConnection, reason: string): void;
}

export interface PeerTransport {
  /** Listens and begins to dial; resolves when listening. */
  start(events: PeerEvents): Promise<void>;
  /** Queues a frame to `peer`; false when there is no connection or its queue is full (then nothing is sent). */
  send(peer: string, frame: Uint8Array): boolean;
  /** Ends every connection, telling the peers why; each is made anew. */
  drop(reason: string): void;
  /** Closes everything; leaves no timer or socket. */
  stop(): Promise<void>;
  status(): readonly PeerStatus[];
}

export interface PeerStatus {
  readonly name: string;
  readonly connected: boolean;
  /** Smoothed round trip of the transport's own pings, milliseconds; undefined before the first. */
  readonly rttMs: number | undefined;
  /** Why the last attempt or connection ended, for an operator. */
  readonly lastError: string | undefined;
  /** When the peer's certificate ends; undefined before the first connection and in the in-memory twin. */
  readonly certificateNotAfter: Date | undefined;
}
