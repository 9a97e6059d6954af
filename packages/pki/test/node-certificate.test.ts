import { describe, expect, it } from 'vitest';
import { type AllowedNodes, checkNodeCertificate, loadCertificateReader, PkiError } from '../src/index.js';
import { ANY, CLIENT, FUTURE, type Made, make, NODE_NOW, PAST, SERVER, type Shape } from './node-certificates.js';
import { letsClientIn } from './tls-handshake.js';

const CERT_SIGN = 1 << 5;
const KEY_ENCIPHERMENT = 1 << 2;
const NAMES = [
  { type: 'dns', value: 'Sentry-0' },
  { type: 'ip', value: '10.0.1.9' },
  { type: 'ip', value: '2001:db8::1' },
  { type: 'url', value: 'spiffe://example/sentry-0' },
] as const;

const read = await loadCertificateReader();
const root = await make({ subject: 'CN=root', ca: true, keyUsage: CERT_SIGN });
const other = await make({ subject: 'CN=other', ca: true });
const twin = await make({ subject: 'CN=root', ca: true });
const intermediate = await make({ subject: 'CN=intermediate', ca: true }, root);
const server = await make({ subject: 'CN=server' });

interface Case {
  readonly title: string;
  readonly chain: readonly Made[];
  readonly authorities?: readonly Made[];
  readonly allowed?: AllowedNodes;
  /** Undefined: accepted. */
  readonly code?: string;
  readonly message?: RegExp;
  /** Where TLS alone decides otherwise: names and allow-lists are ours to check. */
  readonly tlsAccepts?: boolean;
}

const good = (shape: Shape = {}, issuer = root) => make({ usages: [CLIENT], names: NAMES, ...shape }, issuer);
const sentry = await good();
const fingerprint = sentry.certificate.fingerprint256;
const named = await make({ subject: 'CN=sentry', usages: [CLIENT] }, root);
const shortIntermediate = await make({ subject: 'CN=short', ca: true, pathLength: 0 }, root);
const below = await make({ subject: 'CN=below', ca: true }, shortIntermediate);
const pretender = await make({ subject: 'CN=pretender', ca: false }, root);
const expiredIntermediate = await make({ subject: 'CN=old', ca: true, ...PAST }, root);
const serverAuthority = await make({ subject: 'CN=web', ca: true, usages: [SERVER] }, root);
const own = await make({ subject: 'CN=own', names: NAMES });
const endedRoot = await make({ subject: 'CN=renewed', ca: true, ...PAST });
const renewedRoot = await make({ subject: 'CN=renewed', ca: true, keyOf: endedRoot });
const constrained = await make({ subject: 'CN=constrained', ca: true, nameConstraints: true });
const crossed = await make({ subject: 'CN=root', ca: true, keyOf: root }, other);

const CASES: readonly Case[] = [
  { title: 'a certificate of the authority', chain: [sentry] },
  { title: 'one without restricted usages', chain: [await make({ names: NAMES }, root)] },
  { title: 'one for servers and clients', chain: [await good({ usages: [SERVER, CLIENT] })] },
  { title: 'one with an RSA key', chain: [await good({ key: 'rsa-2048' })] },
  { title: 'one through an intermediate', chain: [await good({}, intermediate), intermediate] },
  { title: 'one with more in its chain than it needs', chain: [sentry, intermediate, other] },
  { title: 'one that signed itself and is the authority', chain: [own], authorities: [own] },
  {
    title: 'one of an authority that was renewed with its key, the old one still in the file',
    chain: [await good({}, endedRoot)],
    authorities: [endedRoot, renewedRoot],
  },
  { title: 'one whose authority another one vouches for', chain: [sentry, crossed], authorities: [other] },
  { title: 'one of two authorities in the file', chain: [sentry], authorities: [other, root] },
  { title: 'one whose name is allowed', chain: [sentry], allowed: { subjectAltNames: ['DNS:SENTRY-0', 'DNS:x'] } },
  {
    title: 'one whose address is allowed',
    chain: [sentry],
    allowed: { subjectAltNames: ['IP:2001:0db8:0:0:0:0:0:1'] },
  },
  {
    title: 'one whose URI is allowed',
    chain: [sentry],
    allowed: { subjectAltNames: ['URI:spiffe://example/sentry-0'] },
  },
  { title: 'one whose fingerprint is allowed', chain: [sentry], allowed: { fingerprints: [fingerprint] } },
  {
    title: 'one without a name whose fingerprint is allowed',
    chain: [named],
    allowed: { fingerprints: [named.certificate.fingerprint256.replaceAll(':', '').toLowerCase()] },
  },
  {
    title: 'one of another authority',
    chain: [await good({}, other)],
    code: 'NODE_CHAIN',
    message:
      /expected a chain to "CN=root", found no authority of that name in the client CA, and no intermediate beside .*issued by "CN=other"/,
  },
  {
    title: 'one of an authority of the same name, made anew',
    chain: [await good({}, twin)],
    code: 'NODE_CHAIN',
    message: /of that name with another key/,
  },
  { title: 'one that signed itself', chain: [own], code: 'NODE_CHAIN', message: /signed itself/ },
  {
    title: 'one whose intermediate is missing',
    chain: [await good({}, intermediate)],
    code: 'NODE_CHAIN',
    message: /no intermediate beside the certificate.*issued by "CN=intermediate"/,
  },
  {
    title: 'one whose authority is there without its root',
    chain: [await good({}, intermediate)],
    authorities: [intermediate],
    code: 'NODE_CHAIN',
    message: /its authority "CN=intermediate": .*the root is missing/,
  },
  {
    title: 'one signed by something that is no authority',
    chain: [await good({}, pretender), pretender],
    code: 'NODE_CHAIN',
    message: /what signed it is no authority/,
  },
  { title: 'one that has ended', chain: [await good(PAST)], code: 'NODE_EXPIRED', message: /ended 2021-01-01/ },
  {
    title: 'one that has not begun',
    chain: [await good(FUTURE)],
    code: 'NODE_NOT_YET_VALID',
    message: /begins 2118-01-01.*clocks/,
  },
  {
    title: 'one whose authority has ended',
    chain: [await good({}, expiredIntermediate), expiredIntermediate],
    code: 'NODE_EXPIRED',
    message: /its authority "CN=old"/,
  },
  {
    title: 'one for servers only',
    chain: [await good({ usages: [SERVER] })],
    code: 'NODE_USAGE',
    message: /client authentication \(clientAuth\), found one for server authentication only; .*--for node/,
  },
  {
    title: 'one for "any usage", which OpenSSL does not take for clients',
    chain: [await good({ usages: [ANY] })],
    code: 'NODE_USAGE',
  },
  {
    title: 'one whose authority is for servers only',
    chain: [await good({}, serverAuthority), serverAuthority],
    code: 'NODE_USAGE',
    message: /its authority "CN=web"/,
  },
  {
    title: 'one that may not sign',
    chain: [await good({ keyUsage: KEY_ENCIPHERMENT })],
    code: 'NODE_USAGE',
    message: /key usage keyEncipherment only/,
  },
  {
    title: 'one signed with SHA-1',
    chain: [await good({ hash: 'SHA-1' })],
    code: 'NODE_WEAK',
    message: /ECDSA with SHA-1/,
  },
  {
    title: 'one below an authority whose path length is used up',
    chain: [await good({}, below), below, shortIntermediate],
    code: 'NODE_WEAK',
    message: /its authority "CN=short": expected at most 0 authorities below it/,
  },
  {
    title: 'one with a critical extension that nobody knows',
    chain: [await good({ criticalUnknown: true })],
    code: 'NODE_WEAK',
    message: /1\.2\.3\.4\.5/,
  },
  {
    title: 'one whose authority restricts names, which is not judged',
    chain: [await good({}, constrained)],
    authorities: [constrained],
    code: 'NODE_WEAK',
    message: /its authority "CN=constrained": .*found name constraints/,
  },
  {
    title: 'one with a common name only',
    chain: [named],
    code: 'NODE_SAN_MISSING',
    message: /only the common name "sentry", which Go \(since 1\.15\) and this signer ignore/,
    tlsAccepts: true,
  },
  {
    title: 'one with an e-mail address only',
    chain: [await good({ names: [{ type: 'email', value: 'a@example.org' }] })],
    code: 'NODE_SAN_MISSING',
    tlsAccepts: true,
  },
  {
    title: 'one that is not in the allow-list',
    chain: [sentry],
    allowed: { subjectAltNames: ['DNS:sentry-1'], fingerprints: ['00'.repeat(32)] },
    code: 'NODE_NOT_ALLOWED',
    message: /"DNS:sentry-0" or "IP:10\.0\.1\.9" or "IP:2001:db8::1" or "URI:spiffe:.*" with fingerprint [0-9A-F:]{95}/,
    tlsAccepts: true,
  },
  {
    title: 'any, where the allow-list is empty',
    chain: [sentry],
    allowed: {},
    code: 'NODE_NOT_ALLOWED',
    tlsAccepts: true,
  },
];

function verdict({ chain, authorities = [root], allowed }: Case): PkiError | undefined {
  try {
    checkNodeCertificate(
      chain.map(({ certificate }) => certificate),
      { clientCaPem: authorities.map(({ pem }) => pem).join(''), now: NODE_NOW, read, allowed },
    );
    return undefined;
  } catch (error) {
    if (error instanceof PkiError) return error;
    throw error;
  }
}

describe('checkNodeCertificate', () => {
  for (const each of CASES) {
    const alike = each.tlsAccepts === undefined;
    it(`${each.code === undefined ? 'accepts' : 'refuses'} ${each.title}${alike ? ', as TLS does' : ''}`, async () => {
      const error = verdict(each);
      expect(error?.code).toBe(each.code);
      if (error !== undefined) {
        expect(error.message).toMatch(/expected .* found .*[;,(]/);
        expect(error.message).toMatch(each.message ?? /./);
      }
      const tls = await letsClientIn({
        server: { certificatePem: server.pem, keyPem: server.keyPem },
        client: { certificatePem: each.chain.map(({ pem }) => pem).join(''), keyPem: each.chain[0]?.keyPem ?? '' },
        clientCaPem: (each.authorities ?? [root]).map(({ pem }) => pem).join(''),
      });
      expect(tls).toBe(each.tlsAccepts ?? each.code === undefined);
    });
  }

  it('says who the node is, by which path, and until when', () => {
    const identity = checkNodeCertificate([sentry.certificate.raw], { clientCaPem: root.pem, now: NODE_NOW, read });
    expect(identity).toMatchObject({
      subjectAltNames: ['DNS:sentry-0', 'IP:10.0.1.9', 'IP:2001:db8::1', 'URI:spiffe://example/sentry-0'],
      fingerprint,
      notAfter: new Date('2119-12-31T00:00:00Z'),
    });
    expect(identity.path.map(({ subject }) => subject)).toEqual(['CN=odd', 'CN=root']);
  });

  it('refuses a key that is too small, whatever TLS thinks of it', async () => {
    const weak = verdict({ title: '', chain: [await good({ key: 'rsa-1024' })] });
    expect(weak?.code).toBe('NODE_WEAK');
    expect(weak?.message).toMatch(/found a key of kind RSA 1024/);
  });

  it('ends on authorities that sign each other in a circle', async () => {
    const left = await make({ subject: 'CN=left', ca: true });
    const right = await make({ subject: 'CN=right', ca: true }, left);
    const back = await make({ subject: 'CN=left', ca: true, keyOf: left }, right);
    const again = await make({ subject: 'CN=right', ca: true, keyOf: right }, back);
    const chain = [await good({}, right), right, back, again, left];
    expect(verdict({ title: '', chain })?.code).toBe('NODE_CHAIN');
    expect(verdict({ title: '', chain, authorities: [left] })).toBeUndefined();
  });

  it('ends soon on certificates that all signed each other', async () => {
    const first = await make({ subject: 'CN=all', ca: true });
    const same = await Promise.all(
      Array.from({ length: 14 }, () => make({ subject: 'CN=all', ca: true, keyOf: first })),
    );
    const chain = [await good({}, first), first, ...same];
    const startMs = performance.now();
    expect(verdict({ title: '', chain })?.code).toBe('NODE_CHAIN');
    // Some ten milliseconds; without a bound, fifteen paths of fifteen, minutes.
    expect(performance.now() - startMs).toBeLessThan(5_000);
    expect(verdict({ title: '', chain, authorities: [first] })).toBeUndefined();
  });

  it('refuses an empty chain, one of more than 16 certificates, and bytes that are none', () => {
    const policy = { clientCaPem: root.pem, now: NODE_NOW, read };
    const many = Array.from({ length: 17 }, () => sentry.certificate);
    for (const chain of [[], many, [new Uint8Array([0x30, 0])]]) {
      expect(() => checkNodeCertificate(chain, policy)).toThrow(/NODE_CERTIFICATE_MALFORMED: .*expected/);
    }
    expect(checkNodeCertificate(many.slice(0, 16), policy).fingerprint).toBe(fingerprint);
  });

  it.each([[{ subjectAltNames: ['CN=sentry'] }], [{ fingerprints: ['AB:CD'] }], [{ fingerprints: ['zz'.repeat(32)] }]])(
    'refuses an allow-list that cannot be read: %j',
    (allowed) => {
      expect(() =>
        checkNodeCertificate([sentry.certificate], { clientCaPem: root.pem, now: NODE_NOW, read, allowed }),
      ).toThrow(/^ARGUMENT: .*expected .*, found/);
    },
  );
});
