export type { PeerClock, PeerDependencies, PeerLogger, RandomBytes } from './dependencies.js';
export { PeerError, type PeerErrorCode, type PeerErrorDetail } from './errors.js';
export { createGrpcTransport, type GrpcPeerDependencies, type GrpcPeerTransport } from './grpc-transport.js';
export { PROTOCOL_VERSION, PROTOCOL_VERSION_MIN, type VersionRange } from './hello.js';
export {
  type MemoryConditions,
  type MemoryNetwork,
  type MemoryPeerTransport,
  type MemoryTransportOptions,
  memoryNetwork,
} from './memory-network.js';
export type { GrpcTransportOptions, MemberOptions, PeerMember } from './options.js';
export type { PeerTlsIdentity } from './tls-settings.js';
export {
  FRAME_BYTES_MAX,
  type PeerConnection,
  type PeerEvents,
  type PeerStatus,
  type PeerTransport,
  SEND_QUEUE_BYTES_MAX,
} from './transport.js';
