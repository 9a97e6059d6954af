export { type AdminAnswer, type AdminRequest, adminRequest } from './admin-client.js';
export { type AdminServerOptions, createAdminServer } from './admin-server.js';
export { ConsoleError, type ConsoleErrorDetail } from './errors.js';
export { createHttpServer, type HttpServerOptions } from './http-server.js';
export { formatListenAddress, type ListenAddress, parseListenAddress } from './listen-address.js';
export { createMetrics, type Metrics, type MetricsOptions, SIGN_LATENCY_BUCKETS_SECONDS } from './metrics.js';
export type { RunningServer } from './running-server.js';
export {
  type ConsoleChain,
  type ConsoleNode,
  type ConsolePeer,
  type ConsoleStatus,
  type NodeJson,
  renderStatus,
  type StatusJson,
  validatorAddress,
} from './status.js';
