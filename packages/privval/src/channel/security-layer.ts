/**
 * What stands between a socket and privval messages, without the socket: bytes in, bytes out.
 *
 * One implementation for each kind of address: SecretConnection for tcp, none for unix; Noise fits the same shape. A layer
 * is used for one connection. After any error it must not be used again, and the connection is destroyed.
 */

/** What came of received bytes. */
export interface LayerOutput {
  /** To be sent before anything else. */
  readonly send: Uint8Array | undefined;
  /** Plain bytes for the message reader, in order. */
  readonly plain: readonly Uint8Array[];
}

export interface SecurityLayer {
  /** Sent as soon as the transport is connected; empty if nothing is. */
  hello(): Uint8Array;
  /** Whether the handshake is complete: from here on `seal` may be called. */
  readonly secured: boolean;
  /** Consumes bytes from the transport. @throws PrivvalError with a handshake or frame code */
  receive(chunk: Uint8Array): LayerOutput;
  /** Protects bytes for the transport. @throws PrivvalError `FRAME_COUNTER_EXHAUSTED` */
  seal(bytes: Uint8Array): Uint8Array;
}

/** No protection: unix sockets, where the file's permissions guard the way. */
export class PlainLayer implements SecurityLayer {
  readonly secured = true;

  hello(): Uint8Array {
    return new Uint8Array(0);
  }

  receive(chunk: Uint8Array): LayerOutput {
    return { send: undefined, plain: [chunk] };
  }

  seal(bytes: Uint8Array): Uint8Array {
    return bytes;
  }
}
