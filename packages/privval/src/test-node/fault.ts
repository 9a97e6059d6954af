/**
 * Ways in which a test node misbehaves on command.
 */

/** Instead of a handshake (tcp only); the connection is held until the signer closes it or the read timeout. */
export type ConnectionFault =
  /** Accepts and says nothing, as a node that hangs, or that is busy with another signer. */
  | 'no-handshake'
  /** Bytes of some other protocol. */
  | 'garbage-handshake'
  /** Part of an ephemeral key. */
  | 'half-handshake'
  /** An ephemeral key that makes the secret zero. */
  | 'low-order-key'
  /** The signer's own ephemeral key. */
  | 'reflected-key';

/** Instead of the next request. */
export type RequestFault =
  /** Half of the request and then nothing. */
  | 'half-request'
  /** The request, and an end of the connection before the answer. */
  | 'close-after-request'
  /** A length of 256 MiB. */
  | 'oversize-request'
  /** A message that is no protobuf. */
  | 'broken-protobuf'
  /** One bit changed on the way. */
  | 'altered-request';

/** What goes out for a faulty handshake; `hello` is the signer's first message. */
export function faultyHandshake(fault: ConnectionFault, hello: Uint8Array): Uint8Array {
  switch (fault) {
    case 'no-handshake':
      return new Uint8Array(0);
    case 'garbage-handshake':
      return Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n');
    case 'half-handshake':
      return Buffer.from('220a20aabbccdd', 'hex');
    case 'low-order-key':
      return Buffer.from(`220a20${'00'.repeat(32)}`, 'hex');
    case 'reflected-key':
      return hello;
  }
}
