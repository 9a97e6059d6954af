// TLS from outside: bytes that are none, a client hello that was altered, and clients without the right certificate.

import { createServer } from 'node:net';
import { connect } from 'node:tls';
import { mutateBytes } from './mutate.mjs';
import { dial, pieces, Stream } from './streams.mjs';

const CONNECT_MS = 6000;
/** Alerts of TLS, a server hello and what follows it. */
export const TLS_ANSWER_BYTES_MAX = 16 * 1024;

/** The first bytes of a real client, to be altered. */
export function captureClientHello() {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', (hello) => {
        socket.destroy();
        server.close(() => resolve(hello));
      });
    });
    server.listen(0, '127.0.0.1', () => {
      connect({ port: server.address().port, host: '127.0.0.1', ALPNProtocols: ['h2'], rejectUnauthorized: false }).on(
        'error',
        () => {},
      );
    });
  });
}

/** @returns the stream, spoiled; whatever it then says is no answer */
export async function disturbTls(port, random, hello) {
  const stream = await dial({ host: '127.0.0.1', port });
  const bytes = random.weighted([
    [3, () => mutateBytes(random, hello)],
    [2, () => hello.subarray(0, random.below(hello.length))],
    [2, () => random.bytes(random.below(2000))],
    [1, () => Buffer.concat([hello, random.bytes(random.below(3000))])],
    [1, () => Buffer.concat([Buffer.from('1603010200', 'hex'), random.bytes(512)])],
    [1, () => Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
    [1, () => Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n')],
    [1, () => Buffer.alloc(0)],
  ])();
  for (const piece of pieces(random, bytes)) stream.write(piece);
  return stream;
}

/** A TLS client. @returns undefined where its handshake was refused */
export function tlsStream(port, options) {
  return new Promise((resolve) => {
    const settings = { host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols: ['h2'], ...options };
    const socket = connect(settings, () => resolve(new Stream(socket)));
    socket.setTimeout(CONNECT_MS, () => socket.destroy());
    socket.on('error', () => resolve(undefined));
    socket.on('close', () => resolve(undefined));
  });
}
