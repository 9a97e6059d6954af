/** A peer with a good certificate and bad manners: what it may say on its stream, and what ends the connection. */

import { createServer } from 'node:net';
import { connect } from 'node:tls';
import { Client, credentials } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { HANDSHAKE_TIMEOUT_MS } from '../src/connection.js';
import { dialPeer } from '../src/grpc-dial.js';
import { EXCHANGE_PATH, passThrough } from '../src/grpc-service.js';
import { createGrpcTransport, FRAME_BYTES_MAX, PeerError } from '../src/index.js';
import { decodePacket, encodeFrame, encodeHello, encodePing, encodePong, type Packet } from '../src/packet.js';
import type { PacketStream } from '../src/packet-stream.js';
import { GrpcLab, identityOf, issue, type LabNode } from './grpc-lab.js';
import { ManualClock } from './manual-clock.js';
import { realDependencies } from './real-clock.js';
import { Recorder } from './recorder.js';

const lab = new GrpcLab();
const streams: PacketStream[] = [];
afterEach(async () => {
  for (const stream of streams.splice(0)) stream.destroy();
  await lab.stop();
});

const HELLO = {
  versionMin: 1,
  versionMax: 1,
  cluster: 'lab',
  name: 'alpha',
  bootId: Buffer.alloc(16, 1),
  random: Buffer.alloc(16, 2),
};

/** A stream to beta with alpha's certificate, to write anything on; and all that beta answers. */
function open(beta: LabNode) {
  const packets: Packet[] = [];
  const waiters = new Set<() => void>();
  let end: string | undefined;
  const note = (): void => {
    for (const look of [...waiters]) look();
  };
  const until = <T>(find: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        waiters.delete(look);
        resolve(found);
      };
      waiters.add(look);
      look();
    });
  const stream = dialPeer(
    { address: beta.address, identity: identityOf('alpha'), checkPeer: () => {} },
    {
      packet: (bytes) => {
        packets.push(decodePacket(bytes));
        note();
      },
      closed: (reason) => {
        end = reason;
        note();
      },
    },
  );
  streams.push(stream);
  const write = (bytes: Buffer): void => stream.write(bytes, () => {});
  const goodbye = () =>
    until(() => packets.flatMap((packet) => (packet.kind === 'goodbye' ? [packet.goodbye] : []))[0]);
  return {
    stream,
    write,
    goodbye,
    closed: () => until(() => end),
    hello: () => until(() => packets.find(({ kind }) => kind === 'hello')),
  };
}

describe('a stream with a good certificate', () => {
  it.each<[string, Buffer, string, string]>([
    [
      'speaks as somebody else',
      encodeHello({ ...HELLO, name: 'gamma' }),
      'protocol',
      'expected the name "alpha" of the certificate, found "gamma"',
    ],
    ['speaks as its listener', encodeHello({ ...HELLO, name: 'beta' }), 'protocol', 'found "beta" in the hello'],
    ['is of another cluster', encodeHello({ ...HELLO, cluster: 'x' }), 'protocol', 'expected cluster "lab", found "x"'],
    [
      'is too new',
      encodeHello({ ...HELLO, versionMin: 9, versionMax: 9 }),
      'version',
      'beta speaks version 1, alpha speaks version 9',
    ],
    ['has no boot id', encodeHello({ ...HELLO, bootId: Buffer.of() }), 'protocol', 'found 0 and 16'],
    ['begins with a frame', encodeFrame(Buffer.of(1)), 'protocol', 'expected a hello, found a frame'],
    ['begins with a ping', encodePing(1n), 'protocol', 'expected a hello, found a ping'],
    ['begins with nonsense', Buffer.from('nonsense'), 'protocol', 'PACKET_MALFORMED'],
    ['begins with an empty message', Buffer.alloc(0), 'protocol', 'PACKET_MALFORMED'],
  ])('is told so and closed if it %s', async (_, bytes, reason, message) => {
    const beta = await lab.start('beta');
    const peer = open(beta);
    peer.write(bytes);
    expect(await peer.goodbye()).toMatchObject({ reason, message: expect.stringContaining(message) });
    await peer.closed();
    expect(beta.events.events).toEqual([]);
    expect(beta.lastError('alpha')).toContain(message);
  });

  it.each<[string, Buffer, string]>([
    ['a second hello', encodeHello(HELLO), 'found a second hello'],
    ['nonsense', Buffer.from([0x12, 0x05, 0x00]), 'PACKET_MALFORMED'],
  ])('is closed by %s after the handshake, and what came before has been delivered', async (_, bytes, message) => {
    const beta = await lab.start('beta');
    const peer = open(beta);
    peer.write(encodeHello(HELLO));
    await peer.hello();
    peer.write(encodeFrame(Buffer.from('good')));
    peer.write(bytes);
    peer.write(encodeFrame(Buffer.from('too late')));
    expect((await peer.goodbye()).message).toContain(message);
    expect((await beta.events.until('disconnected', 'alpha')).reason).toContain(message);
    expect(beta.events.events.map((event) => event.kind)).toEqual(['connected', 'frame', 'disconnected']);
  });

  it('is closed by a frame above the limit', async () => {
    const beta = await lab.start('beta');
    const peer = open(beta);
    peer.write(encodeHello(HELLO));
    await peer.hello();
    const content = Buffer.alloc(FRAME_BYTES_MAX + 1);
    const length = content.length;
    peer.write(
      Buffer.concat([
        Buffer.of(
          0x12,
          (length & 0x7f) | 0x80,
          ((length >> 7) & 0x7f) | 0x80,
          ((length >> 14) & 0x7f) | 0x80,
          length >> 21,
        ),
        content,
      ]),
    );
    const { reason } = await beta.events.until('disconnected', 'alpha');
    expect(reason).toContain('a frame of 4194305 bytes');
    expect((await peer.goodbye()).message).toBe(
      'PACKET_MALFORMED: expected one packet, found a frame of 4194305 bytes',
    );
    expect(beta.events.events.map((event) => event.kind)).toEqual(['connected', 'disconnected']);
  });

  it('is closed by a message far above the limit before it is all there', async () => {
    const beta = await lab.start('beta');
    const peer = open(beta);
    peer.write(encodeHello(HELLO));
    await peer.hello();
    peer.write(Buffer.alloc(2 * FRAME_BYTES_MAX));
    expect((await beta.events.until('disconnected', 'alpha')).reason).toMatch(/above the limit/);
    await peer.closed();
  });

  it('gets its pings answered, and a pong for nothing ignored', async () => {
    const beta = await lab.start('beta');
    const peer = open(beta);
    peer.write(encodeHello(HELLO));
    await peer.hello();
    peer.write(encodePong(99n));
    peer.write(encodeFrame(Buffer.from('still there')));
    expect(await beta.events.frames('alpha', 1)).toEqual(['still there']);
  });

  it('makes no difference to others when it goes', async () => {
    const gamma = await lab.start('gamma');
    const beta = await lab.start('beta');
    await beta.events.until('connected', 'gamma');
    const peer = open(beta);
    peer.write(encodeHello(HELLO));
    await beta.events.until('connected', 'alpha');
    peer.stream.destroy();
    expect((await beta.events.until('disconnected', 'alpha')).reason).toMatch(/^(reset|closed)/);
    beta.transport.send('gamma', Buffer.from('on'));
    expect(await gamma.events.frames('beta', 1)).toEqual(['on']);
  });

  it('is one for each connection', async () => {
    const beta = await lab.start('beta');
    const { caPem, certificatePem, keyPem } = identityOf('alpha');
    const [ca, key, cert] = [caPem, keyPem, certificatePem].map((pem) => Buffer.from(pem));
    if (ca === undefined || key === undefined || cert === undefined) throw new Error('no identity');
    const client = new Client(
      beta.address,
      credentials.createSsl(ca, key, cert, { checkServerIdentity: () => undefined }),
    );
    const first = client.makeBidiStreamRequest(EXCHANGE_PATH, passThrough, passThrough);
    first.on('error', () => {});
    first.write(encodeHello(HELLO));
    await beta.events.until('connected', 'alpha');
    const second = client.makeBidiStreamRequest(EXCHANGE_PATH, passThrough, passThrough);
    const details = await new Promise<string>((resolve) =>
      second.on('error', (error: Error & { details: string }) => resolve(error.details)),
    );
    client.close();
    expect(details).toBe('one stream for each connection');
    expect(beta.events.events.map((event) => event.kind)).toEqual(['connected']);
  });
});

describe('certificates', () => {
  it('are taken for new connections after a reload; those alive stay', async () => {
    const beta = await lab.start('beta');
    const alpha = await lab.start('alpha');
    await alpha.events.until('connected', 'beta');
    const before = alpha.transport.status()[0]?.certificateNotAfter;
    const [nextAlpha, nextBeta] = [
      await issue('alpha', 'lab', undefined, new Date(), 7),
      await issue('beta', 'lab', undefined, new Date(), 7),
    ];
    alpha.transport.reload(nextAlpha);
    beta.transport.reload(nextBeta);
    alpha.transport.send('beta', Buffer.from('same connection'));
    expect(await beta.events.frames('alpha', 1)).toEqual(['same connection']);
    expect(beta.events.events.map((event) => event.kind)).toEqual(['connected', 'frame']);
    const gone = open(beta);
    gone.write(
      encodeHello({
        ...HELLO,
        bootId: Buffer.from((await beta.events.until('connected', 'alpha')).connection.bootId, 'hex'),
      }),
    );
    await beta.events.until('disconnected', 'alpha');
    gone.stream.destroy();
    await alpha.events.until('connected', 'beta', 2);
    const after = alpha.transport.status()[0]?.certificateNotAfter;
    expect(before?.getTime()).toBeGreaterThan(Date.now() + 29 * 86_400_000);
    expect(after?.getTime()).toBeLessThan(Date.now() + 8 * 86_400_000);
  });
});

describe('limits and lifecycle', () => {
  it('closes a socket that never opens a stream after the handshake timeout', async () => {
    const clock = new ManualClock();
    const transport = createGrpcTransport(lab.options('beta'), { ...realDependencies(), clock });
    await transport.start(new Recorder(clock.now.bind(clock)));
    const [host, port] = (transport.address() ?? '').split(':');
    const { caPem: ca, certificatePem: cert, keyPem: key } = identityOf('alpha');
    const socket = connect({
      host,
      port: Number(port),
      ca,
      cert,
      key,
      ALPNProtocols: ['h2'],
      checkServerIdentity: () => undefined,
    });
    // The server's settings show that it has taken the socket in.
    await new Promise((resolve) => socket.once('data', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    clock.advance(HANDSHAKE_TIMEOUT_MS);
    await closed;
    await transport.stop();
  });

  it('names the address that it cannot listen on', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const bound = blocker.address();
    const listen = `127.0.0.1:${typeof bound === 'object' ? bound?.port : 0}`;
    const transport = createGrpcTransport(lab.options('beta', { listen }), realDependencies());
    const start = transport.start(new Recorder(() => 0));
    await expect(start).rejects.toThrow(`LISTEN: expected to listen on ${listen}, found EADDRINUSE`);
    await transport.stop();
    blocker.close();
  });

  it('stops before it was started, and only once', async () => {
    const transport = createGrpcTransport(lab.options('beta'), realDependencies());
    await transport.stop();
    expect(transport.address()).toBeUndefined();
    expect(transport.status()).toEqual([]);
    expect(transport.send('alpha', Buffer.of(1))).toBe(false);
  });

  const members = (...names: string[]) => ({ members: names.map((name) => ({ name, address: '127.0.0.1:1' })) });
  it.each([
    ['a name that is no member', { name: 'delta' }, 'name: expected one of alpha, beta, gamma, found delta'],
    ['a name twice', members('alpha', 'alpha'), 'members: expected every name once'],
    [
      'too many members',
      members(...Array.from({ length: 65 }, (_, index) => `m${index}`), 'alpha'),
      'members: expected at most 64, found 66',
    ],
    ['a short boot id', { bootId: 'ab' }, 'bootId: expected 16 bytes in lower-case hex, found ab'],
    ['a boot id in capitals', { bootId: 'AB'.repeat(16) }, 'bootId'],
    ['an address without port', { listen: '127.0.0.1' }, 'listen: expected HOST:PORT, found "127.0.0.1"'],
    ['a port too high', { listen: '127.0.0.1:65536' }, 'listen'],
    ['a member without port', { members: [{ name: 'alpha', address: 'alpha:' }] }, 'address of alpha'],
    ['a member with port 0', { members: [{ name: 'alpha', address: 'alpha:0' }] }, 'address of alpha'],
    ['a silence too short', { silenceMs: 99 }, 'silenceMs: expected 100 to 60000, found 99'],
    ['a silence too long', { silenceMs: 60_001 }, 'silenceMs'],
    ['versions upside down', { versions: { min: 2, max: 1 } }, 'versions'],
  ])('refuses options with %s', (_, change, message) => {
    const make = () => createGrpcTransport(lab.options('alpha', change), realDependencies());
    expect(make).toThrow(PeerError);
    expect(make).toThrow(`OPTIONS: ${message}`);
  });
});
