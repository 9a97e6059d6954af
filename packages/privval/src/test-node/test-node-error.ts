/**
 * What a test node has to complain about, as codes: the same things that a real node logs, or panics about.
 */

export type TestNodeErrorCode =
  /** No signer connected in time. */
  | 'NO_CONNECTION'
  /** The signer's connection ended under a request. */
  | 'CONNECTION_LOST'
  /** No answer within the read timeout. */
  | 'READ_TIMEOUT'
  /** A reply over 10240 bytes: a real node would be out of step from here. */
  | 'REPLY_TOO_LARGE'
  /** Broken protobuf, or a reply to another question. */
  | 'REPLY_MALFORMED'
  /** The public key's form is not that of the node's family. */
  | 'PUBLIC_KEY_UNSUPPORTED'
  /** The signature does not verify over what a node would check. */
  | 'SIGNATURE_INVALID'
  /** A real node of this family would panic on the reply. */
  | 'NODE_PANIC'
  | 'STOPPED';

export class TestNodeError extends Error {
  override readonly name = 'TestNodeError';
  readonly code: TestNodeErrorCode;

  constructor(code: TestNodeErrorCode, message: string, options?: ErrorOptions) {
    super(`${code}: ${message}`, options);
    this.code = code;
  }
}
