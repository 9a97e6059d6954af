/**
 * Health, readiness, metrics and status over HTTP: read-only, without authentication, meant for the machine itself or a
 * monitoring network. It shows public keys and heights, nothing secret, and changes nothing: whatever changes something
 * goes through the admin socket.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { formatListenAddress, parseListenAddress } from './listen-address.js';
import type { Metrics } from './metrics.js';
import { unreadyReason } from './readiness.js';
import { CONNECTIONS_MAX, listen, REQUEST_TIMEOUT_MS, type RunningServer, stopServer } from './running-server.js';
import { type ConsoleStatus, renderStatus } from './status.js';
import { renderStatusPage } from './status-page.js';

export interface HttpServerOptions {
  /** `HOST:PORT`; port 0 takes a free one. */
  readonly listen: string;
  readonly status: () => ConsoleStatus;
  readonly metrics: Metrics;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
};

/**
 * Starts listening.
 *
 * @throws ConsoleError `ADDRESS_INVALID`, `LISTEN_FAILED`
 */
export async function createHttpServer(options: HttpServerOptions): Promise<RunningServer> {
  const address = parseListenAddress(options.listen);
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => {
      void respond(options, request, response);
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  await listen(server, { host: address.host, port: address.port }, options.listen);
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
  return { address: formatListenAddress({ host: address.host, port }), stop: () => stopServer(server) };
}

async function respond(options: HttpServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const answer = await answerTo(options, request).catch(
    (error: unknown): Answer => ({
      status: 500,
      type: TEXT,
      body: `${error instanceof Error ? error.message : error}\n`,
    }),
  );
  response.writeHead(answer.status, { ...HEADERS, 'content-type': answer.type });
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}

async function answerTo(options: HttpServerOptions, request: IncomingMessage): Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { status: 405, type: TEXT, body: 'only GET is answered here; commands go through the admin socket\n' };
  }
  const path = (request.url ?? '/').split('?', 1)[0];
  switch (path) {
    case '/healthz':
      return { status: 200, type: TEXT, body: 'ok\n' };
    case '/readyz': {
      const reason = unreadyReason(options.status());
      return { status: reason === undefined ? 200 : 503, type: TEXT, body: `${reason ?? 'ready'}\n` };
    }
    case '/metrics':
      return { status: 200, type: options.metrics.contentType, body: await options.metrics.render(options.status()) };
    case '/status':
      return { status: 200, type: JSON_TYPE, body: `${JSON.stringify(renderStatus(options.status()))}\n` };
    case '/':
      return { status: 200, type: 'text/html; charset=utf-8', body: renderStatusPage(options.status()) };
    default:
      return { status: 404, type: TEXT, body: 'expected /healthz, /readyz, /metrics, /status or /\n' };
  }
}
