/**
 * The admin socket: HTTP over a unix socket in the home, mode 0600. Whoever may open that file may command the cosigner; there
 * is no other authentication. A socket left by a killed process is removed by the caller before this is called, once it holds
 * the store's lock: only then is it certain that nobody listens on it.
 */

import { chmod } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { ConsoleError } from './errors.js';
import { CONNECTIONS_MAX, listen, REQUEST_TIMEOUT_MS, type RunningServer, stopServer } from './running-server.js';
import { type ConsoleStatus, renderStatus } from './status.js';

export interface AdminServerOptions {
  readonly socketPath: string;
  readonly status: () => ConsoleStatus;
  /** @returns undefined when the handing over has begun, else why not */
  readonly transferLeadership: (to?: string) => string | undefined;
  /** Reads the configuration again. Resolves with what changed, in words; rejects with what is wrong. */
  readonly reload: () => Promise<readonly string[]>;
}

/** Longest request body. */
const BODY_BYTES_MAX = 4096;
/** sun_path of Linux is 108 bytes with its final zero; a longer path would be cut silently. */
const SOCKET_PATH_BYTES_MAX = 107;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Starts listening; the socket's mode is 0600 from its first moment.
 *
 * @throws ConsoleError `LISTEN_FAILED`
 */
export async function createAdminServer(options: AdminServerOptions): Promise<RunningServer> {
  const { socketPath } = options;
  if (Buffer.byteLength(socketPath) > SOCKET_PATH_BYTES_MAX) {
    const reason = `a path longer than ${SOCKET_PATH_BYTES_MAX} bytes (use a shorter --home)`;
    throw new ConsoleError({ code: 'LISTEN_FAILED', address: socketPath, reason });
  }
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => {
      void respond(options, request, response);
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  // The socket file is made inside listen(), synchronously: the narrow mask holds for exactly that file.
  const mask = process.umask(0o177);
  let listening: Promise<void>;
  try {
    listening = listen(server, { path: socketPath }, socketPath);
  } finally {
    process.umask(mask);
  }
  await listening;
  await chmod(socketPath, 0o600);
  return { address: socketPath, stop: () => stopServer(server) };
}

async function respond(options: AdminServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const answer = await answerTo(options, request).catch(
    (error: unknown): Answer => ({
      status: 500,
      body: { error: error instanceof Error ? error.message : String(error) },
    }),
  );
  response.writeHead(answer.status, { 'content-type': 'application/json; charset=utf-8', connection: 'close' });
  response.end(`${JSON.stringify(answer.body)}\n`);
}

async function answerTo(options: AdminServerOptions, request: IncomingMessage): Promise<Answer> {
  const { method, url } = request;
  if (method === 'GET' && url === '/status') return { status: 200, body: renderStatus(options.status()) };
  if (method === 'POST' && url === '/leader/transfer') {
    const body = await readBody(request);
    const to = body === undefined ? undefined : parseTransfer(body);
    if (to === undefined) return { status: 400, body: { error: 'expected {} or {"to": NAME}' } };
    const refusal = to.to === undefined ? options.transferLeadership() : options.transferLeadership(to.to);
    return refusal === undefined ? { status: 200, body: { begun: true } } : { status: 409, body: { error: refusal } };
  }
  if (method === 'POST' && url === '/config/reload') {
    try {
      return { status: 200, body: { changes: await options.reload() } };
    } catch (error) {
      return { status: 409, body: { error: error instanceof Error ? error.message : String(error) } };
    }
  }
  return { status: 404, body: { error: 'expected GET /status, POST /leader/transfer or POST /config/reload' } };
}

/** @returns undefined for a body that is too long or broken */
async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) return undefined;
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return {};
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed;
  } catch {
    return undefined; // not JSON: the answer is 400, which says what was expected
  }
}

function parseTransfer(body: unknown): { readonly to?: string } | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const keys = Object.keys(body);
  if (keys.length === 0) return {};
  if (keys.length !== 1 || !('to' in body) || typeof body.to !== 'string') return undefined;
  return { to: body.to };
}
