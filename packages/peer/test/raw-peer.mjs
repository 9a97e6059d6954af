/**
 * A peer in a process of its own that speaks the wire protocol with nothing but node's TLS and HTTP/2: to be killed, to be
 * stopped, and to show that the protocol is what proto/peer/peer.proto says rather than what one library does.
 *
 * Reads one JSON line {role: 'listen' | 'dial', port, caPem, certificatePem, keyPem, helloHex} from standard input; prints
 * "listening PORT" and, after the other side's hello, "connected". A second line of input is for
 * `speakWithoutReading`.
 */

import { readSync, writeSync } from 'node:fs';
import http2 from 'node:http2';
import { createInterface } from 'node:readline';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { value: line } = await lines.next();
const { role, port, caPem, certificatePem, keyPem, helloHex } = JSON.parse(line);
const tls = {
  ca: caPem,
  cert: certificatePem,
  key: keyPem,
  minVersion: 'TLSv1.3',
  checkServerIdentity: () => undefined,
};

function framed(packet) {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(packet.length, 1);
  return Buffer.concat([prefix, packet]);
}

/**
 * Stops reading, says so, and waits for one more byte of input, for which the other side has time to send something that stays
 * unread, so that the kernel resets the connection when this process is killed; then sends a frame and hangs.
 */
function speakWithoutReading(stream) {
  writeSync(1, 'not reading\n');
  const giveUpAt = Date.now() + 20_000;
  for (;;) {
    try {
      if (readSync(0, Buffer.alloc(1)) === 1) break;
    } catch (error) {
      if (error.code !== 'EAGAIN' || Date.now() > giveUpAt) throw error;
    }
  }
  stream.write(framed(Buffer.from('1204776f7264', 'hex')));
  setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20_000));
}

function converse(stream) {
  lines.next().then(({ done }) => {
    if (!done) speakWithoutReading(stream);
  });
  const hello = Buffer.from(helloHex, 'hex');
  let received = Buffer.alloc(0);
  let connected = false;
  if (role === 'dial') stream.write(framed(hello));
  stream.on('error', () => {});
  stream.on('data', (bytes) => {
    received = Buffer.concat([received, bytes]);
    while (received.length >= 5 && received.length >= 5 + received.readUInt32BE(1)) {
      const packet = received.subarray(5, 5 + received.readUInt32BE(1));
      received = received.subarray(5 + packet.length);
      if (packet[0] === 0x0a && !connected) {
        connected = true;
        if (role === 'listen') stream.write(framed(hello));
        console.log('connected');
      }
      // A ping differs from its pong in the tag alone.
      if (packet[0] === 0x1a) stream.write(framed(Buffer.concat([Buffer.of(0x22), packet.subarray(1)])));
    }
  });
}

if (role === 'listen') {
  const server = http2.createSecureServer({ ...tls, requestCert: true });
  server.on('sessionError', () => {});
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' });
    converse(stream);
  });
  server.listen(port, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
} else {
  const session = http2.connect(`https://127.0.0.1:${port}`, tls);
  session.on('error', () => {});
  converse(
    session.request({
      ':method': 'POST',
      ':path': '/quorumsign.peer.v1.Peer/Exchange',
      'content-type': 'application/grpc+proto',
      te: 'trailers',
    }),
  );
}
