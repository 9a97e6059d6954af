/** The lifecycle that both servers share: listening is awaited with its errors translated, closing leaves nothing open. */

import type { Server } from 'node:http';
import type { ListenOptions } from 'node:net';
import { ConsoleError, reasonOf } from './errors.js';

export interface RunningServer {
  /** Where it listens in fact: `HOST:PORT` or the socket path. */
  readonly address: string;
  /** Ends listening and all connections. */
  stop(): Promise<void>;
}

/** Connections at once; more are refused, so that a stuck scraper cannot hold memory. */
export const CONNECTIONS_MAX = 128;
/** A request that has not arrived whole after this is cut off. */
export const REQUEST_TIMEOUT_MS = 5_000;

/** @throws ConsoleError `LISTEN_FAILED` */
export async function listen(server: Server, options: ListenOptions, address: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const failed = (cause: Error): void =>
      reject(new ConsoleError({ code: 'LISTEN_FAILED', address, reason: reasonOf(cause) }, { cause }));
    server.once('error', failed);
    server.listen(options, () => {
      server.off('error', failed);
      resolve();
    });
  });
}

export async function stopServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve()); // An error here only says that it was not listening, which is what is wanted.
    server.closeAllConnections();
  });
}
