/** Who is not let in, on either side, and the words that say so. */

import { readFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { createServer as createTcpServer, type Server } from 'node:net';
import { type ConnectionOptions, connect, createServer } from 'node:tls';
import { createClusterAuthority } from '@quorumsign/pki';
import { afterEach, describe, expect, it } from 'vitest';
import type { GrpcTransportOptions } from '../src/index.js';
import { AUTHORITY, GrpcLab, identityOf, issue, type LabNode } from './grpc-lab.js';

const lab = new GrpcLab();
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await lab.stop();
});

const foreign = await createClusterAuthority({ cluster: 'lab', now: new Date() });
const twoUris = JSON.parse(readFileSync(new URL('data/two-uris.json', import.meta.url), 'utf8'));
const LAST_YEAR = new Date(Date.now() - 400 * 86_400_000);

async function failure(node: LabNode, peer: string): Promise<string> {
  await node.logged(`peer not connected {"peer":"${peer}"`);
  return node.lastError(peer) ?? '';
}

/** Alpha dials beta, one of the two with something changed; both must stay alone, alpha with words. */
async function attempt(change: { alpha?: Partial<GrpcTransportOptions>; beta?: Partial<GrpcTransportOptions> }) {
  const beta = await lab.start('beta', change.beta);
  const alpha = await lab.start('alpha', change.alpha);
  const words = await failure(alpha, 'beta');
  expect(alpha.events.events).toEqual([]);
  expect(beta.events.events).toEqual([]);
  return { alpha, beta, words };
}

describe('the listening end refuses', () => {
  it('a certificate of a foreign authority', async () => {
    const stranger = await issue('alpha', 'lab', foreign);
    const { beta, words } = await attempt({ alpha: { tls: { ...stranger, caPem: AUTHORITY.certificatePem } } });
    expect(words).toContain("the peer may refuse this cosigner's certificate");
    expect(await beta.logged('TLS handshake refused')).toMatch(/UNABLE_TO_VERIFY|SELF_SIGNED|UNABLE_TO_GET/);
  });

  it('a certificate of another cluster', async () => {
    const { beta, words } = await attempt({ alpha: { tls: await issue('alpha', 'other') } });
    const reason = 'CLUSTER: certificate shown to beta: expected cluster "lab", found "other"';
    expect(words).toContain(reason);
    expect((await beta.logged('peer refused')).replaceAll('\\', '')).toContain(reason);
  });

  it('a name that is not in the list', async () => {
    const { words } = await attempt({ alpha: { tls: await issue('delta') } });
    expect(words).toContain('NAME_UNKNOWN: certificate shown to beta: expected "alpha", found "delta"');
  });

  it('its own name', async () => {
    const { words } = await attempt({ alpha: { tls: identityOf('beta') } });
    expect(words).toContain('expected "alpha", found "beta"');
  });

  it('a member that it should dial itself', async () => {
    const { words } = await attempt({ alpha: { tls: identityOf('gamma') } });
    expect(words).toContain('expected "alpha", found "gamma"');
  });

  it('a certificate with two names', async () => {
    const beta = await issue('beta', 'lab', twoUris.authority);
    const { words } = await attempt({ beta: { tls: beta }, alpha: { tls: twoUris.certificate } });
    expect(words).toContain('SAN: certificate shown to beta: expected exactly one URI quorumsign://CLUSTER/NAME');
    expect(words).toContain('URI:quorumsign://lab/alpha, URI:quorumsign://lab/gamma');
  });

  it('an expired certificate', async () => {
    const { words, beta } = await attempt({ alpha: { tls: await issue('alpha', 'lab', AUTHORITY, LAST_YEAR, 1) } });
    expect(words).toContain("the peer may refuse this cosigner's certificate");
    expect(await beta.logged('TLS handshake refused')).toContain('CERT_HAS_EXPIRED');
  });

  /** How a raw TLS client fares: 'answered' if it gets as far as the HTTP/2 settings. */
  async function knock(options: ConnectionOptions): Promise<string> {
    const beta = await lab.start('beta');
    const [host, port] = beta.address.split(':');
    const { caPem, certificatePem, keyPem } = identityOf('alpha');
    const good = {
      ca: caPem,
      cert: certificatePem,
      key: keyPem,
      ALPNProtocols: ['h2'],
      checkServerIdentity: () => undefined,
    };
    const outcome = await new Promise<string>((resolve) => {
      const socket = connect({ host, port: Number(port), ...good, ...options });
      socket.once('error', (error) => resolve(error.message));
      socket.once('data', () => resolve('answered'));
      socket.once('close', () => resolve('closed'));
    });
    expect(beta.events.events).toEqual([]);
    return outcome;
  }

  it('TLS 1.2, from a client with a good certificate', async () => {
    expect(await knock({ maxVersion: 'TLSv1.2' })).toMatch(/alert protocol version/);
  });

  it('a client without a certificate', async () => {
    expect(await knock({ cert: undefined, key: undefined } as unknown as ConnectionOptions)).toMatch(
      /certificate required/,
    );
  });

  it('a client that does not offer HTTP/2', async () => {
    expect(await knock({ ALPNProtocols: ['http/1.1'] })).toMatch(/no application protocol|closed/);
  });

  it('plaintext HTTP/2', async () => {
    const beta = await lab.start('beta');
    const session = connectHttp2(`http://${beta.address}`);
    const outcome = await new Promise<string>((resolve) => {
      session.once('error', (error) => resolve(error.message));
      session.once('close', () => resolve('closed'));
      session.once('remoteSettings', () => resolve('answered'));
    });
    session.destroy();
    expect(outcome).not.toBe('answered');
    expect(await beta.logged('TLS handshake refused')).toContain('wrong version number');
  });

  it('none of these: a good client gets TLS 1.3 and is answered', async () => {
    expect(await knock({ maxVersion: 'TLSv1.3' })).toBe('answered');
  });
});

describe('the dialling end refuses', () => {
  it('a certificate of a foreign authority', async () => {
    const stranger = await issue('beta', 'lab', foreign);
    const { words } = await attempt({ beta: { tls: { ...stranger, caPem: AUTHORITY.certificatePem } } });
    expect(words).toMatch(/unable to verify|self-signed|unable to get/);
  });

  it.each<[string, () => Promise<GrpcTransportOptions['tls']>, string]>([
    [
      'of another cluster',
      () => issue('beta', 'other'),
      'CLUSTER: certificate shown to alpha: expected cluster "lab", found "other"',
    ],
    [
      'of a member other than the one dialled',
      () => issue('gamma'),
      'NAME_UNKNOWN: certificate shown to alpha: expected "beta", found "gamma"',
    ],
    ['with its own name', () => issue('alpha'), 'expected "beta", found "alpha"'],
    ['of nobody in the list', () => issue('delta'), 'expected "beta", found "delta"'],
    ['that has expired', () => issue('beta', 'lab', AUTHORITY, LAST_YEAR, 1), 'certificate has expired'],
  ])('a certificate %s', async (_, makeTls, reason) => {
    const { words } = await attempt({ beta: { tls: await makeTls() } });
    expect(words).toContain(reason);
  });

  it('a certificate with two names', async () => {
    const beta = { caPem: twoUris.authority.certificatePem, ...twoUris.certificate };
    const { words } = await attempt({
      beta: { tls: beta },
      alpha: { tls: await issue('alpha', 'lab', twoUris.authority) },
    });
    expect(words).toContain('SAN: certificate shown to alpha');
  });

  async function dialServer(server: Server): Promise<string> {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    if (bound === null || typeof bound === 'string') throw new Error('not listening');
    lab.setAddress('beta', `127.0.0.1:${bound.port}`);
    const alpha = await lab.start('alpha');
    return await failure(alpha, 'beta');
  }

  it('TLS 1.2, from a server with a good certificate', async () => {
    const { caPem: ca, certificatePem: cert, keyPem: key } = identityOf('beta');
    const server = createServer({ ca, cert, key, requestCert: true, maxVersion: 'TLSv1.2', ALPNProtocols: ['h2'] });
    expect(await dialServer(server)).toMatch(/^reset: .*(protocol version|unsupported protocol)/);
  });

  it('a server that does not speak HTTP/2', async () => {
    const { caPem: ca, certificatePem: cert, keyPem: key } = identityOf('beta');
    expect(await dialServer(createServer({ ca, cert, key, requestCert: true }))).toContain('does not speak HTTP/2');
  });

  it('plaintext', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    expect(await dialServer(server)).toMatch(/wrong version number/);
  });

  it('nobody: says that nothing listens', async () => {
    const alpha = await lab.start('alpha');
    expect(await failure(alpha, 'beta')).toMatch(/^reset: .*ECONNREFUSED/);
  });
});
