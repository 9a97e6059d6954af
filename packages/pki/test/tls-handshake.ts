/** One TLS 1.3 handshake on loopback, with the certificates of a test: what OpenSSL itself says of them. */

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';

export interface HandshakeOptions {
  readonly server: { readonly certificatePem: string; readonly keyPem: string };
  readonly client: { readonly certificatePem: string; readonly keyPem: string };
  readonly clientCaPem: string;
}

/** @returns whether a server that asks for a certificate of `clientCaPem` lets the client in */
export async function letsClientIn(options: HandshakeOptions): Promise<boolean> {
  const server = createServer({
    cert: options.server.certificatePem,
    key: options.server.keyPem,
    ca: options.clientCaPem,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
  });
  const verdict = new Promise<boolean>((resolve) => {
    server.once('secureConnection', (socket: TLSSocket) => resolve(socket.authorized));
    server.once('tlsClientError', () => resolve(false));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server has no other kind of address
  const client = connect({
    port,
    host: '127.0.0.1',
    cert: options.client.certificatePem,
    key: options.client.keyPem,
    rejectUnauthorized: false,
    // The client shows whatever it has; the verdict is the server's.
    ciphers: 'DEFAULT@SECLEVEL=0',
  });
  client.on('error', () => {}); // the alert of a server that refuses; its verdict is what is asked
  try {
    return await verdict;
  } finally {
    client.destroy();
    server.close();
    await once(server, 'close');
  }
}
