/**
 * One ordered, authenticated stream of packets with one peer, whoever dialled. What the handshake and the connection's life
 * stand on; the gRPC ends (`grpc-dial.ts`, `grpc-listen.ts`) provide it.
 */

export interface PacketStream {
  /** Bytes that have come from the peer so far, unfinished packets and TLS's own included. */
  bytesRead(): number;
  /**
   * Queues a packet; `written` is called when it has been handed to the socket, not at all if the stream closes before. At the
   * dialling end gRPC itself holds up to 1 MiB for which `written` has been called.
   */
  write(packet: Buffer, written: () => void): void;
  /** To be called a little after a write: notices a reset that came with it, once what came before it is read. */
  lookForReset(): void;
  /** Nothing more will be written; what is queued still goes out. */
  end(): void;
  /** Closes the socket now. */
  destroy(): void;
}

export interface PacketStreamEvents {
  packet(bytes: Uint8Array): void;
  /** Called once, last. `reason` in words. */
  closed(reason: string): void;
}
