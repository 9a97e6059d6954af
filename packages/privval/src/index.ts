export { type NodeAddress, parseNodeAddress } from './channel/node-address.js';
export type { ChannelEvents, NodeChannel, OpenChannel } from './channel/node-channel.js';
export { type LayerOutput, PlainLayer, type SecurityLayer } from './channel/security-layer.js';
export { type Clock, systemClock } from './clock.js';
export { type CreateNodeDialerDeps, createNodeDialer, type NodeDialerOptions } from './dialer/create-node-dialer.js';
export { type DialerTuning, REQUEST_BYTES_MIN, resolveTuning } from './dialer/dialer-options.js';
export type { Failure, FailureCause } from './dialer/failures.js';
export { type DialerState, type DialerStatus, NodeDialer, type NodeDialerDeps } from './dialer/node-dialer.js';
export { PrivvalError, type PrivvalErrorCode, type PrivvalErrorDetail } from './errors.js';
export { createNodeServer } from './grpc/create-node-server.js';
export type {
  NodeServer,
  NodeServerDeps,
  NodeServerOptions,
  NodeServerStatus,
  NodeServerTls,
} from './grpc/node-server.js';
export type { Logger } from './logger.js';
export { DelimitedReader, encodeDelimited } from './messages/framing.js';
export type { NodeProposal, NodeReply, NodeRequest, NodeVote, RefusableKind } from './messages/node-message.js';
export { encodeReply, REPLY_BYTES_MAX } from './messages/reply-encoder.js';
export { decodeRequest } from './messages/request-decoder.js';
export { NoiseConnection, type NoiseConnectionOptions } from './noise/noise-connection.js';
export { type IdentityKey, parsePeerId, peerIdOf, secretConnectionIdOf } from './noise/peer-id.js';
export { type MessageHandler, NodeSession, type SessionEvents, type SessionOptions } from './requests/node-session.js';
export {
  type HandledMessage,
  type HandledRequest,
  handleMessage,
  handleRequest,
  type RequestContext,
} from './requests/request-handler.js';
export { EXTENSION_BYTES_MAX, type SignExtensions } from './requests/sign-checks.js';
export { FrameOpener, FrameSealer } from './secret-connection/frames.js';
export { type ConnectionKeys, deriveChallenge, deriveKeys } from './secret-connection/key-schedule.js';
export { MerlinTranscript } from './secret-connection/merlin.js';
export { SecretConnection, type SecretConnectionOptions } from './secret-connection/secret-connection.js';
export { Strobe128 } from './secret-connection/strobe.js';
export type {
  RawSignOutcome,
  RawSignRequest,
  SignedTimestamp,
  SignerBackend,
  SignOutcome,
  SignRequest,
} from './signer-backend.js';
export type { ConnectionFault, RequestFault } from './test-node/fault.js';
export type { TestNodeFamily } from './test-node/node-checks.js';
export type { TestBlockId, TestProposal, TestTimestamp, TestVote } from './test-node/node-messages.js';
export {
  TestNode,
  type TestNodeDeps,
  type TestNodeOptions,
  type TestRawSignResult,
  type TestSignResult,
} from './test-node/test-node.js';
export { TestNodeError, type TestNodeErrorCode } from './test-node/test-node-error.js';
