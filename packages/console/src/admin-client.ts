/** The commands' side of the admin socket: one request, one JSON answer, both bounded in size and time. */

import { request as httpRequest, type IncomingMessage } from 'node:http';
import { ConsoleError, reasonOf } from './errors.js';

export interface AdminRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Silence after which the request is given up; default 5,000. */
  readonly timeoutMs?: number;
}

export interface AdminAnswer {
  /** HTTP status: 200, 400, 404, 409, 500. */
  readonly status: number;
  readonly body: unknown;
}

const TIMEOUT_MS_DEFAULT = 5_000;
const ANSWER_BYTES_MAX = 1 << 20;

/**
 * Asks the running cosigner.
 *
 * @throws ConsoleError `ADMIN_UNREACHABLE`, `ADMIN_SILENT`, `ADMIN_ANSWER`
 */
export async function adminRequest(socketPath: string, options: AdminRequest): Promise<AdminAnswer> {
  const response = await send(socketPath, options);
  const text = await readText(socketPath, response);
  try {
    const body: unknown = JSON.parse(text);
    return { status: response.statusCode ?? 0, body };
  } catch (cause) {
    throw new ConsoleError({ code: 'ADMIN_ANSWER', socketPath, reason: 'something other than JSON' }, { cause });
  }
}

async function send(socketPath: string, options: AdminRequest): Promise<IncomingMessage> {
  const { method, path, body, timeoutMs = TIMEOUT_MS_DEFAULT } = options;
  return await new Promise((resolve, reject) => {
    let connected = false;
    const request = httpRequest({
      socketPath,
      method,
      path,
      timeout: timeoutMs,
      agent: false,
      headers: { host: 'admin' },
    });
    request.once('socket', (socket) => socket.once('connect', () => (connected = true)));
    request.once('response', resolve);
    request.once('timeout', () => request.destroy(new Error(`silence for ${timeoutMs} ms`)));
    request.on('error', (cause) => {
      const code = connected ? 'ADMIN_SILENT' : 'ADMIN_UNREACHABLE';
      reject(new ConsoleError({ code, socketPath, reason: reasonOf(cause) }, { cause }));
    });
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function readText(socketPath: string, response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response) {
      if (!Buffer.isBuffer(chunk)) continue;
      bytes += chunk.length;
      if (bytes > ANSWER_BYTES_MAX) throw new Error(`more than ${ANSWER_BYTES_MAX} bytes`);
      chunks.push(chunk);
    }
  } catch (cause) {
    throw new ConsoleError({ code: 'ADMIN_SILENT', socketPath, reason: reasonOf(cause) }, { cause });
  }
  return Buffer.concat(chunks).toString('utf8');
}
