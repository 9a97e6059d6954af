import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  checkNodeCertificate,
  checkServerCertificate,
  createClusterAuthority,
  createNodeAuthority,
  describeParsedCertificate,
  issueNodeCertificate,
  loadCertificateReader,
  PkiError,
  readNodeCertificates,
  readNodeKey,
} from '../src/index.js';
import { letsClientIn } from './tls-handshake.js';

const NOW = new Date('2026-03-01T12:00:00Z');
const read = await loadCertificateReader();
const authority = await createNodeAuthority({ name: 'sentries of U', now: NOW });
const issue = (role: 'signer' | 'node', subjectAltNames: string[], more: { name?: string; days?: number } = {}) =>
  issueNodeCertificate({ authority, role, subjectAltNames, now: NOW, ...more });

const cluster = await createClusterAuthority({ cluster: 'c', now: NOW });

async function codeOf(made: Promise<unknown>): Promise<string> {
  try {
    await made;
    return 'made';
  } catch (error) {
    if (!(error instanceof PkiError)) throw error;
    expect(error.message).toMatch(/expected .*, found .*/);
    return error.code;
  }
}

describe('createNodeAuthority', () => {
  it('makes an authority that signs leaf certificates only, for ten years', () => {
    const found = describeParsedCertificate(
      new X509Certificate(authority.certificatePem),
      readNodeKey('x', authority.keyPem),
    );
    expect(found).toMatchObject({
      subject: 'CN=Quorumsign node CA sentries of U',
      authority: true,
      selfSigned: true,
      usages: [],
      keyKind: 'EC P-256',
      keyFits: true,
      notBefore: new Date('2026-03-01T11:00:00Z'),
      notAfter: new Date('2036-03-01T12:00:00Z'),
    });
  });

  it.each([
    [{ name: '' }],
    [{ name: 'x'.repeat(41) }],
    [{ name: ' x' }],
    [{ name: 'a\nb' }],
    [{ years: 0 }],
    [{ years: 31 }],
    [{ years: 1.5 }],
  ])('refuses %j', async (options) => {
    expect(await codeOf(createNodeAuthority({ now: NOW, ...options }))).toBe('ARGUMENT');
  });
});

describe('issueNodeCertificate', () => {
  it('makes a signer’s certificate that a node accepts for each of its names, and no other', async () => {
    const { certificatePem } = await issue('signer', ['signer.example', 'IP:10.0.1.5', '::1']);
    const chain = readNodeCertificates('x', certificatePem);
    for (const host of ['signer.example', '10.0.1.5', '::1']) {
      const policy = { caPem: authority.certificatePem, host, now: NOW, read };
      expect(checkServerCertificate(chain, policy).remarks).toEqual([]);
    }
    const asNode = () => checkNodeCertificate(chain, { clientCaPem: authority.certificatePem, now: NOW, read });
    expect(asNode).toThrow(/NODE_USAGE/);
    expect(describeParsedCertificate(new X509Certificate(certificatePem))).toMatchObject({
      commonName: 'signer.example',
      subjectAltNames: ['DNS:signer.example', 'IP:10.0.1.5', 'IP:::1'],
      authority: false,
      usages: ['server authentication'],
      notAfter: new Date('2028-02-29T12:00:00Z'),
    });
  });

  it('makes a node’s certificate that a signer accepts, here and in a handshake', async () => {
    const node = await issue('node', ['URI:https://example.org/sentry-0', 'sentry-0'], { name: 'Sentry 0' });
    const chain = readNodeCertificates('x', node.certificatePem);
    const identity = checkNodeCertificate(chain, { clientCaPem: authority.certificatePem, now: NOW, read });
    expect(identity.subjectAltNames).toEqual(['URI:https://example.org/sentry-0', 'DNS:sentry-0']);
    expect(describeParsedCertificate(new X509Certificate(node.certificatePem)).commonName).toBe('Sentry 0');
    const server = await issue('signer', ['127.0.0.1']);
    // Real clocks may be past the fixed time of this test, so this pair is made by theirs.
    const live = await createNodeAuthority({ now: new Date() });
    const client = await issueNodeCertificate({
      authority: live,
      role: 'node',
      subjectAltNames: ['a'],
      now: new Date(),
    });
    expect(await letsClientIn({ server, client, clientCaPem: live.certificatePem })).toBe(true);
    expect(await letsClientIn({ server, client, clientCaPem: authority.certificatePem })).toBe(false);
  });

  it('cuts a long common name and a lifetime beyond the authority’s', async () => {
    const long = `${'a'.repeat(60)}.${'b'.repeat(20)}.example`;
    const { certificatePem } = await issue('signer', [long], { days: 3650 });
    const old = await createNodeAuthority({ now: NOW, years: 1 });
    const short = await issueNodeCertificate({
      authority: old,
      role: 'node',
      subjectAltNames: ['a'],
      now: NOW,
      days: 3650,
    });
    expect(describeParsedCertificate(new X509Certificate(certificatePem))).toMatchObject({
      commonName: long.slice(0, 64),
      subjectAltNames: [`DNS:${long}`],
    });
    expect(new Date(new X509Certificate(short.certificatePem).validTo)).toEqual(new Date('2027-03-01T12:00:00Z'));
  });

  const refused: [string, () => Promise<unknown>, string][] = [
    ['no name', () => issue('node', []), 'ARGUMENT'],
    [
      '65 names',
      () =>
        issue(
          'node',
          Array.from({ length: 65 }, (_, at) => `n${at}`),
        ),
      'ARGUMENT',
    ],
    ['a name that is none', () => issue('node', ['a b']), 'ARGUMENT'],
    ['the name of a cosigner', () => issue('node', ['URI:quorumsign://c/alpha']), 'ARGUMENT'],
    ['no days', () => issue('node', ['a'], { days: 0 }), 'ARGUMENT'],
    ['more than ten years', () => issue('node', ['a'], { days: 3651 }), 'ARGUMENT'],
    [
      'the authority of a cluster',
      () => issueNodeCertificate({ authority: cluster, role: 'node', subjectAltNames: ['a'], now: NOW }),
      'ARGUMENT',
    ],
    [
      'an authority that has ended',
      () => issueNodeCertificate({ authority, role: 'node', subjectAltNames: ['a'], now: new Date('2037-01-01') }),
      'EXPIRED',
    ],
    [
      'the key of another authority',
      () =>
        issueNodeCertificate({
          authority: { ...authority, keyPem: cluster.keyPem },
          role: 'node',
          subjectAltNames: ['a'],
          now: NOW,
        }),
      'KEY_MISMATCH',
    ],
    [
      'a leaf for an authority',
      async () =>
        issueNodeCertificate({ authority: await issue('node', ['a']), role: 'node', subjectAltNames: ['b'], now: NOW }),
      'CHAIN',
    ],
  ];
  for (const [title, make, code] of refused) {
    it(`refuses ${title}`, async () => {
      expect(await codeOf(make())).toBe(code);
    });
  }
});
