import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NodeServer } from '../src/index.js';
import { CHAIN_ID } from './fakes.js';
import { call, Lab, targetOf, until } from './grpc-lab.js';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const SETTINGS = Buffer.from('000000040000000000', 'hex');
const PUB_KEY = '/tendermint.privval.PrivValidatorAPI/GetPubKey';
const REQUEST = Uint8Array.of(0x0a, CHAIN_ID.length, ...new TextEncoder().encode(CHAIN_ID));

let lab: Lab;
const sockets: Socket[] = [];
beforeEach(async () => {
  lab = await Lab.create();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await lab.stop();
});

/** A client that says these bytes and then nothing more, whatever it is asked. */
function mute(server: NodeServer, bytes: Uint8Array): Socket {
  const [host, port] = targetOf(server).split(':');
  const socket = connect({ host, port: Number(port) });
  sockets.push(socket);
  socket.on('error', () => undefined);
  socket.write(bytes);
  socket.resume();
  return socket;
}

/** A header block of literals (RFC 7541, 6.2.2), none of them long. */
const headers = (...pairs: [string, string][]) =>
  Buffer.concat(
    pairs.flatMap(([name, value]) => [
      Buffer.of(0),
      ...[name, value].map((text) => Buffer.concat([Buffer.of(text.length), Buffer.from(text)])),
    ]),
  );

/** A frame of HTTP/2. */
function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const CALLS: readonly (readonly [name: string, path: string, type: string])[] = [
  ['of a method that is not there', '/nobody', 'application/grpc'],
  ['of another content type', PUB_KEY, 'text/plain'],
  ['of a method that is there', PUB_KEY, 'application/grpc'],
];

function callHeaders(path: string, type: string): Buffer {
  return headers([':method', 'POST'], [':scheme', 'http'], [':path', path], ['content-type', type], ['te', 'trailers']);
}

function callsTakenBack(count: number, path: string, type: string): Buffer {
  const block = callHeaders(path, type);
  const pairs = Array.from({ length: count }, (_, at) => [
    frame(1, 4, 2 * at + 1, block),
    frame(3, 0, 2 * at + 1, Buffer.of(0, 0, 0, 8)),
  ]);
  return Buffer.concat(pairs.flat());
}

describe('a call that is reset in the packet that began it', () => {
  it.each(CALLS)('%s does no harm', async (_name, path, type) => {
    const server = await lab.start(lab.tls('none'));
    const calls = callsTakenBack(20, path, type);
    const socket = mute(server, Buffer.concat([PREFACE, SETTINGS, calls, frame(6, 0, 0, Buffer.alloc(8, 1))]));
    // The answer to the ping behind them: all were seen.
    let said = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      said = Buffer.concat([said, bytes]);
    });
    await until(() => said.includes(frame(6, 1, 0, Buffer.alloc(8, 1))));
    expect(await call(lab.client(server), PUB_KEY, REQUEST)).toHaveProperty('body');
  });
});

describe('a call behind a frame that ends its session', () => {
  it.each(CALLS)('%s does no harm', async (_name, path, type) => {
    const server = await lab.start(lab.tls('none'));
    const block = callHeaders(path, type);
    const begun = (id: number) => frame(1, 4, id, block);
    // A window above 2^31 - 1: Node ends the session, and with it the streams that it has not shown to anybody yet.
    const tooWide = frame(8, 0, 1, Buffer.of(0x7f, 0xff, 0xff, 0xff));
    const socket = mute(server, Buffer.concat([PREFACE, SETTINGS, begun(1), tooWide, tooWide, begun(3), begun(5)]));
    await until(() => socket.destroyed || socket.readableEnded || socket.bytesRead > 0);
    await until(() => server.status().connections === 0 || socket.bytesRead > 0);
    expect(await call(lab.client(server), PUB_KEY, REQUEST)).toHaveProperty('body');
  });
});

describe('the connections of a server for nodes', () => {
  it.each([
    ['a frame above the size limit', 'ffffff010400000001'],
    ['settings on a stream', '000000040000000001'],
    ['a window update of zero', '00000408000000000000000000'],
    ['data on a stream that is not there', '00000100000000000100'],
    ['headers that do not decode', '000004010400000001ffffffff'],
    ['nothing', ''],
  ])('are given back when the client breaks HTTP/2 and leaves: %s', async (_name, frame) => {
    const server = await lab.start(lab.tls('none'), { keepaliveMs: 100 });
    const socket = mute(server, Buffer.concat([PREFACE, SETTINGS, Buffer.from(frame, 'hex')]));
    // The server's goodbye: from here on it does not read.
    await until(() => socket.bytesRead > 0);
    socket.destroy();
    await until(() => server.status().connections === 0);
  });

  it('are given back when a client over TLS makes a thousand calls, takes them back, and leaves at once', async () => {
    const server = await lab.start(lab.tls('one-way'), { keepaliveMs: 100 });
    const [host, port] = targetOf(server).split(':');
    const socket = connectTls({ host, port: Number(port), rejectUnauthorized: false, ALPNProtocols: ['h2'] });
    socket.on('error', () => undefined);
    await once(socket, 'secureConnect');
    socket.write(Buffer.concat([PREFACE, SETTINGS, callsTakenBack(1000, PUB_KEY, 'application/grpc')]));
    await until(() => server.status().connections === 1);
    socket.destroy();
    await until(() => server.status().connections === 0);
  });

  it('end when a client gives no sign of life, also in the middle of the preface', async () => {
    const server = await lab.start(lab.tls('none'), { keepaliveMs: 100 });
    mute(server, Buffer.concat([PREFACE, SETTINGS]));
    mute(server, PREFACE.subarray(0, 5));
    await until(() => server.status().connections === 2);
    await until(() => server.status().connections === 0);
  });

  it('stay while the client answers, and serve', async () => {
    const server = await lab.start(lab.tls('none'), { keepaliveMs: 20 });
    const client = lab.client(server);
    expect(await call(client, PUB_KEY, REQUEST)).toHaveProperty('body');
    const dead = mute(server, Buffer.concat([PREFACE, SETTINGS]));
    // By the end of a silent connection a live one has been asked several times.
    await until(() => dead.destroyed || dead.readableEnded);
    expect(server.status().connections).toBe(1);
    expect(await call(client, PUB_KEY, REQUEST)).toHaveProperty('body');
  });
});
