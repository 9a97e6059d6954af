import { chmod, rename, rm, symlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NodeServer } from '../src/index.js';
import { CHAIN_ID } from './fakes.js';
import { call, hours, Lab, type Pair, targetOf, until } from './grpc-lab.js';

const PUB_KEY = '/tendermint.privval.PrivValidatorAPI/GetPubKey';
const REQUEST = Uint8Array.of(0x0a, CHAIN_ID.length, ...new TextEncoder().encode(CHAIN_ID));

let lab: Lab;
beforeEach(async () => {
  lab = await Lab.create();
});
afterEach(() => lab.stop());

const refusals = () =>
  lab.logger.lines.filter((line) => line.message === 'a node was refused').map((line) => String(line.fields.reason));
const ask = (server: NodeServer, own?: Pair, root?: Pair) =>
  call(lab.client(server, lab.credentials(own, root)), PUB_KEY, REQUEST);

describe('mode one-way', () => {
  it('serves a node that knows the authority', async () => {
    const server = await lab.start(lab.tls('one-way'));
    expect(await ask(server)).toHaveProperty('body');
    expect(server.status()).toMatchObject({ mode: 'one-way', connections: 1, refused: 0 });
    expect(server.status().certificateNotAfter).toBeInstanceOf(Date);
  });

  it('is not believed by a node with another root, and the log says what the node lacks', async () => {
    const server = await lab.start(lab.tls('one-way'));
    expect(await ask(server, undefined, lab.foreign)).toMatchObject({ code: status.UNAVAILABLE });
  });

  it('refuses TLS 1.2', async () => {
    const server = await lab.start(lab.tls('one-way'));
    expect(await lab.tlsProbe(server, { maxVersion: 'TLSv1.2', ALPNProtocols: ['h2'] })).toMatch(/protocol version/);
    await until(() => refusals().length > 0);
    expect(refusals()).toEqual([expect.stringMatching(/TLS below 1.3/)]);
  });

  it('refuses plain text', async () => {
    const server = await lab.start(lab.tls('one-way'));
    expect(await call(lab.client(server), PUB_KEY, REQUEST)).toMatchObject({ code: status.UNAVAILABLE });
    await until(() => refusals().length > 0);
    expect(refusals()[0]).toMatch(/plain text to a server with TLS/);
  });

  it('refuses TLS without HTTP/2', async () => {
    const server = await lab.start(lab.tls('one-way'));
    await lab.tlsProbe(server, {});
    await until(() => refusals().length > 0);
    expect(refusals()).toEqual([expect.stringMatching(/without HTTP\/2/)]);
  });
});

describe('mode mutual', () => {
  it('serves a node with a certificate of the client CA', async () => {
    const server = await lab.start(lab.tls('mutual'));
    expect(await ask(server, await lab.issue('node'))).toHaveProperty('body');
  });

  const now = new Date();
  const cases: [string, () => Promise<Pair | undefined>, RegExp][] = [
    ['no certificate', async () => undefined, /no client certificate/],
    ['one of another authority', () => lab.issue('node', { authority: lab.foreign }), /NODE_CHAIN/],
    ['one that has expired', () => lab.issue('node', { now: hours(now, -24 * 40), days: 10 }), /NODE_EXPIRED/],
    ['one that is for servers', () => lab.issue('signer'), /NODE_USAGE/],
  ];
  it.each(cases)('refuses a node with %s, and the log says which', async (_name, own, reason) => {
    const server = await lab.start(lab.tls('mutual'));
    expect(await ask(server, await own())).toMatchObject({ code: status.UNAVAILABLE });
    await until(() => refusals().length > 0);
    expect(refusals()[0]).toMatch(reason);
    expect(server.status().refused).toBeGreaterThan(0);
    expect(server.status().lastRefusal?.reason).toMatch(reason);
    expect(lab.backend.requests).toEqual([]);
  });

  it('refuses a certificate that is not valid yet', async () => {
    const server = await lab.start(lab.tls('mutual'));
    const own = await lab.issue('node');
    lab.now = hours(now, -48);
    expect(await ask(server, own)).toMatchObject({ code: status.UNAVAILABLE });
    await until(() => refusals().length > 0);
    expect(refusals()[0]).toMatch(/NODE_NOT_YET_VALID/);
  });

  it('serves only whom the allow-list names', async () => {
    const server = await lab.start(lab.tls('mutual', { subjectAltNames: ['DNS:sentry-0'] }));
    expect(await ask(server, await lab.issue('node', { names: ['DNS:sentry-0'] }))).toHaveProperty('body');
    expect(await ask(server, await lab.issue('node', { names: ['DNS:sentry-1'] }))).toHaveProperty('code');
    await until(() => refusals().length > 0);
    expect(refusals()[0]).toMatch(/NODE_NOT_ALLOWED.*sentry-1/);
  });

  it('logs a node that comes again and again once, and counts it each time', async () => {
    const server = await lab.start(lab.tls('mutual'));
    for (let i = 0; i < 3; i++) await ask(server);
    await until(() => server.status().refused >= 3);
    expect(refusals()).toHaveLength(1);
  });
});

describe('mode none', () => {
  it('refuses TLS, and what is no HTTP/2', async () => {
    const server = await lab.start(lab.tls('none'));
    expect(await ask(server)).toMatchObject({ code: status.UNAVAILABLE });
    await until(() => refusals().length > 0);
    const [host, port] = targetOf(server).split(':');
    const socket = connect(Number(port), host).end('GET / HTTP/1.1\r\n\r\n');
    socket.on('error', () => {});
    await until(() => refusals().length > 1);
    expect(refusals()).toEqual([expect.stringMatching(/TLS to a server without/), expect.stringMatching(/no HTTP\/2/)]);
  });

  it('is warned of, unless the address is a loopback one', async () => {
    const warned = () => lab.logger.lines.some((line) => line.message.includes('WITHOUT TLS'));
    await lab.start(lab.tls('none'));
    expect(warned()).toBe(false);
    const server = await lab.start(lab.tls('none'), { listen: 'grpc://0.0.0.0:0' });
    expect(warned()).toBe(true);
    await server.stop();
  });
});

describe('the files', () => {
  const cases: [string, () => Promise<unknown>, RegExp][] = [
    [
      'a key of another certificate',
      async () => lab.write('node-key.pem', (await lab.issue('signer')).keyPem),
      /KEY_MISMATCH/,
    ],
    ['a key that others may read', () => chmod(join(lab.directory, 'node-key.pem'), 0o644), /KEY_PERMISSIONS/],
    ['a missing certificate', () => rm(join(lab.directory, 'node.pem')), /node\.pem/],
    [
      'an expired certificate',
      async () => lab.install(await lab.issue('signer', { now: hours(new Date(), -24 * 40), days: 10 })),
      /NODE_EXPIRED/,
    ],
    ['a client CA that is none', () => lab.write('ca.pem', 'nothing'), /ca\.pem/],
  ];
  it.each(cases)('are refused at the start with %s', async (_name, spoil, message) => {
    await spoil();
    await expect(lab.make(lab.tls('mutual')).start()).rejects.toThrow(message);
  });

  it('are read again when they change, and the connection that is there stays', async () => {
    const server = await lab.start(lab.tls('one-way'));
    const before = lab.client(server, lab.credentials());
    expect(await call(before, PUB_KEY, REQUEST)).toHaveProperty('body');
    const ends = server.status().certificateNotAfter?.getTime();
    await lab.install(await lab.issue('signer', { days: 300 }));
    await until(() => server.status().certificateNotAfter?.getTime() !== ends);
    expect(await call(before, PUB_KEY, REQUEST)).toHaveProperty('body');
    expect(await ask(server)).toHaveProperty('body');
    expect(server.status().connections).toBe(2);
  });

  it('behind a link that is swapped are read again', async () => {
    const renewed = await Lab.create();
    const link = join(lab.directory, 'current');
    await symlink(lab.directory, link);
    const tls = {
      mode: 'one-way',
      certificateFile: join(link, 'node.pem'),
      keyFile: join(link, 'node-key.pem'),
    } as const;
    const server = await lab.start(tls);
    await symlink(renewed.directory, `${link}.new`);
    await rename(`${link}.new`, link);
    await until(() => lab.logger.lines.some((line) => line.message.includes('read again')));
    expect(await ask(server, undefined, renewed.authority)).toHaveProperty('body');
    await renewed.stop();
  });

  it('that do not fit after a change are said once, and the old ones stay in use', async () => {
    const server = await lab.start(lab.tls('one-way'));
    const said = () => lab.logger.lines.filter((line) => line.message.includes('the old ones stay in use'));
    await lab.write('node-key.pem', (await lab.issue('signer')).keyPem);
    await until(() => said().length > 0);
    expect(String(said()[0]?.fields.error)).toMatch(/KEY_MISMATCH/);
    expect(await ask(server)).toHaveProperty('body');
  });

  it('that end within 30 days are warned of', async () => {
    await lab.install(await lab.issue('signer', { days: 20 }));
    await lab.start(lab.tls('one-way'));
    expect(lab.logger.lines.some((line) => line.level === 'warn' && /ends in \d+ days/.test(line.message))).toBe(true);
  });
});

it('an address that is taken is refused in words', async () => {
  const server = await lab.start(lab.tls('none'));
  await expect(lab.make(lab.tls('none'), { listen: server.status().address }).start()).rejects.toThrow(
    /LISTEN_FAILED.*EADDRINUSE/,
  );
});

it.each(['tcp://127.0.0.1:1', 'grpc://127.0.0.1', 'grpc://127.0.0.1:70000', 'grpc://:1'])(
  '%s is no address for it',
  (listen) => {
    expect(() => lab.make(lab.tls('none'), { listen })).toThrow(/ADDRESS_INVALID/);
  },
);
