/**
 * Everything that can go wrong between a node and this signer, as stable codes.
 *
 * Operators search for the codes, so they never change their meaning. None of these errors stops the process: each ends
 * one connection, which is then dialled again. Messages never hold key material or message contents.
 */

export type PrivvalErrorDetail =
  /** The configured address cannot be used. */
  | { readonly code: 'ADDRESS_INVALID'; readonly address: string; readonly problem: string }
  /** A server for nodes cannot take its address. */
  | { readonly code: 'LISTEN_FAILED'; readonly address: string; readonly reason: string }
  /** The certificate, key or authority of a server for nodes cannot be used. */
  | { readonly code: 'TLS_FILES'; readonly problem: string }
  /** An option is out of range. */
  | { readonly code: 'OPTION_INVALID'; readonly option: string; readonly expected: string; readonly found: string }
  /** Nothing accepts connections at the address. */
  | { readonly code: 'CONNECT_FAILED'; readonly reason: string }
  /** The address did not answer at all: a firewall, or a host that is down. */
  | { readonly code: 'CONNECT_TIMEOUT'; readonly timeoutMs: number }
  /** The node, or the network, ended an established connection. */
  | { readonly code: 'CONNECTION_CLOSED'; readonly reason: string }
  /** The node began a handshake and did not finish it. */
  | { readonly code: 'HANDSHAKE_TIMEOUT'; readonly timeoutMs: number }
  /** The peer does not speak SecretConnection; often another service listens there. */
  | { readonly code: 'HANDSHAKE_MALFORMED'; readonly expected: string }
  /** The peer sent our own ephemeral key back. */
  | { readonly code: 'HANDSHAKE_REFLECTED' }
  /** The peer sent an X25519 point of low order: the shared secret would be known to everyone. */
  | { readonly code: 'HANDSHAKE_LOW_ORDER_KEY' }
  /** The peer does not hold the identity key it claims, or somebody sits in between. */
  | { readonly code: 'HANDSHAKE_SIGNATURE_INVALID' }
  /** Somebody else answered than the one whose identity is pinned in the address. */
  | { readonly code: 'PEER_IDENTITY_MISMATCH'; readonly expected: string; readonly found: string }
  /** The connection closed right behind a good handshake: the node pins another signer. */
  | { readonly code: 'SIGNER_NOT_PINNED'; readonly own: string }
  /** A sealed frame was altered, or belongs to another connection. */
  | { readonly code: 'FRAME_TAG_INVALID' }
  /** An authentic frame claims more data than a frame holds. */
  | { readonly code: 'FRAME_LENGTH_INVALID'; readonly foundBytes: number; readonly limitBytes: number }
  /** 2^64 frames were sent in one direction. */
  | { readonly code: 'FRAME_COUNTER_EXHAUSTED' }
  /** A request is longer than `requestBytesMax`. */
  | { readonly code: 'MESSAGE_TOO_LARGE'; readonly foundBytes: number; readonly limitBytes: number }
  /** A request is not protobuf, or not a privval message. */
  | { readonly code: 'MESSAGE_MALFORMED'; readonly offset: number; readonly problem: string }
  /** The node sent far more before it had its answer; nodes ask one thing at a time. */
  | { readonly code: 'REQUEST_PIPELINED'; readonly limitBytes: number }
  /** The node used this connection and then fell silent; live nodes ping every 3.3 s. */
  | { readonly code: 'NODE_SILENT'; readonly silentMs: number }
  /** Our own bug: a reply that no node would read. */
  | { readonly code: 'REPLY_TOO_LARGE'; readonly foundBytes: number; readonly limitBytes: number }
  /** Our own bug: the backend's outcome does not fit the request. */
  | { readonly code: 'BACKEND_OUTCOME_INVALID'; readonly problem: string };

export type PrivvalErrorCode = PrivvalErrorDetail['code'];

/** A failure of a node connection or of its configuration. */
export class PrivvalError extends Error {
  override readonly name = 'PrivvalError';
  readonly detail: PrivvalErrorDetail;

  constructor(detail: PrivvalErrorDetail, options?: ErrorOptions) {
    super(`${detail.code}: ${describe(detail)}`, options);
    this.detail = detail;
  }

  get code(): PrivvalErrorCode {
    return this.detail.code;
  }
}

function describe(detail: PrivvalErrorDetail): string {
  switch (detail.code) {
    case 'ADDRESS_INVALID':
      return `node address ${JSON.stringify(detail.address)}: ${detail.problem}; use tcp://host:port, unix:///path or noise://PEERID@ip:port`;
    case 'LISTEN_FAILED':
      return `cannot listen at ${detail.address} (${detail.reason}); is it this machine's, and free?`;
    case 'TLS_FILES':
      return detail.problem;
    case 'OPTION_INVALID':
      return `${detail.option} must be ${detail.expected}, found ${detail.found}`;
    case 'CONNECT_FAILED':
      return `nothing accepts a connection (${detail.reason}); check that the node runs and its priv_validator_laddr`;
    case 'CONNECT_TIMEOUT':
      return `no answer within ${detail.timeoutMs} ms; check the host and firewalls on the way`;
    case 'CONNECTION_CLOSED':
      return `the node's end of the connection closed (${detail.reason})`;
    case 'HANDSHAKE_TIMEOUT':
      return `the node began a handshake and did not finish it within ${detail.timeoutMs} ms`;
    case 'HANDSHAKE_MALFORMED':
      return `expected ${detail.expected}; check that the address is a node's priv_validator_laddr`;
    case 'HANDSHAKE_REFLECTED':
      return 'the peer sent our own ephemeral key back; check that the address is not an echo service';
    case 'HANDSHAKE_LOW_ORDER_KEY':
      return 'the peer sent an ephemeral key of low order; it is not an honest node';
    case 'HANDSHAKE_SIGNATURE_INVALID':
      return 'the peer did not prove its identity key; somebody may be in between';
    case 'PEER_IDENTITY_MISMATCH':
      return `expected the identity ${detail.expected}, found ${detail.found}; is it another node, or was its key replaced? A node that listens on tcp:// has a new one at each start and cannot be pinned`;
    case 'SIGNER_NOT_PINNED':
      return `the node ended the connection behind a good handshake; its priv_validator_laddr probably pins another signer than ours, ${detail.own}`;
    case 'FRAME_TAG_INVALID':
      return 'a sealed frame does not authenticate; it was altered on the way';
    case 'FRAME_LENGTH_INVALID':
      return `a frame claims ${detail.foundBytes} bytes of data, expected at most ${detail.limitBytes}`;
    case 'FRAME_COUNTER_EXHAUSTED':
      return 'the frame counter is used up; a new connection is needed';
    case 'MESSAGE_TOO_LARGE':
      return `a request of ${detail.foundBytes} bytes, expected at most ${detail.limitBytes}; raise requestBytesMax if the chain needs it`;
    case 'MESSAGE_MALFORMED':
      return `not a privval message: ${detail.problem} at byte ${detail.offset}`;
    case 'REQUEST_PIPELINED':
      return `more than ${detail.limitBytes} bytes came before the answer; a node asks one thing at a time`;
    case 'NODE_SILENT':
      return `no request or ping for ${detail.silentMs} ms; a live node pings every 3.3 s`;
    case 'REPLY_TOO_LARGE':
      return `a reply of ${detail.foundBytes} bytes, nodes read at most ${detail.limitBytes}; report this bug`;
    case 'BACKEND_OUTCOME_INVALID':
      return `the signing backend broke its contract: ${detail.problem}; report this bug`;
  }
}
