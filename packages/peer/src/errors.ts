/**
 * Failures of the transport that are thrown at its caller. What goes wrong on the wire is not thrown: it ends a connection,
 * and its words are in `disconnected` and in the status.
 */

export type PeerErrorDetail =
  /** An option is out of bounds or contradicts another. */
  | { readonly code: 'OPTIONS'; readonly what: string; readonly expected: string; readonly found: string }
  /** The listen address could not be bound; `cause` says why. */
  | { readonly code: 'LISTEN'; readonly address: string; readonly reason: string }
  /** A frame above `FRAME_BYTES_MAX` was given to `send`; a bug of the caller. */
  | { readonly code: 'FRAME_TOO_LARGE'; readonly frameBytes: number; readonly frameBytesMax: number }
  /** Bytes on the stream are not one packet. */
  | { readonly code: 'PACKET_MALFORMED'; readonly reason: string }
  /** `start` or `stop` out of turn. */
  | { readonly code: 'LIFECYCLE'; readonly reason: string };

export type PeerErrorCode = PeerErrorDetail['code'];

/** A failure of this package; see {@link PeerErrorDetail} for the codes. */
export class PeerError extends Error {
  override readonly name = 'PeerError';
  readonly detail: PeerErrorDetail;

  constructor(detail: PeerErrorDetail, options?: ErrorOptions) {
    super(`${detail.code}: ${describe(detail)}`, options);
    this.detail = detail;
  }

  get code(): PeerErrorCode {
    return this.detail.code;
  }
}

function describe(detail: PeerErrorDetail): string {
  switch (detail.code) {
    case 'OPTIONS':
      return `${detail.what}: expected ${detail.expected}, found ${detail.found}`;
    case 'LISTEN':
      return `expected to listen on ${detail.address}, found ${detail.reason}; check peer.listen and that no other process holds the port`;
    case 'FRAME_TOO_LARGE':
      return `expected a frame of at most ${detail.frameBytesMax} bytes, found ${detail.frameBytes}`;
    case 'PACKET_MALFORMED':
      return `expected one packet, found ${detail.reason}`;
    case 'LIFECYCLE':
      return detail.reason;
  }
}
