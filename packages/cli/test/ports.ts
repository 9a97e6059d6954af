/** Ports of this machine for tests, on loopback. */

import { createServer, type Server } from 'node:net';

/** Listens on a port of the system's choice. */
export async function takePort(): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('expected a port');
  return { port: address.port, server };
}

export async function freePort(): Promise<number> {
  const { port, server } = await takePort();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
