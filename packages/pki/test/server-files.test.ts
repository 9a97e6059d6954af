import { createPrivateKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkNodeServerFiles, PkiError, warnOfNodeExpiry } from '../src/index.js';
import { CLIENT, exportedKey, FUTURE, make, NODE_NOW, PAST, SERVER } from './node-certificates.js';

const NAMES = [{ type: 'dns', value: 'signer.example' }] as const;
const root = await make({ subject: 'CN=root', ca: true });
const intermediate = await make({ subject: 'CN=intermediate', ca: true }, root);
const signer = await make({ usages: [SERVER], names: NAMES }, intermediate);
const other = await make({ usages: [SERVER], names: NAMES }, root);
const expiredRoot = await make({ subject: 'CN=old', ca: true, ...PAST });

interface Texts {
  readonly certificate?: string;
  readonly key?: string;
  readonly clientCa?: string | undefined;
  readonly now?: Date;
}

function check({ certificate = signer.pem, key = signer.keyPem, clientCa, now = NODE_NOW }: Texts) {
  return checkNodeServerFiles(
    {
      certificate: { what: 'node.pem', text: certificate },
      key: { what: 'node-key.pem', text: key },
      clientCa: clientCa === undefined ? undefined : { what: 'node-ca.pem', text: clientCa },
    },
    now,
  );
}

describe('checkNodeServerFiles', () => {
  it('accepts a chain with its key and an authority for nodes', () => {
    const found = check({ certificate: signer.pem + intermediate.pem, clientCa: root.pem });
    expect(found.chain.length).toBe(2);
    expect(found).toMatchObject({ subjectAltNames: ['DNS:signer.example'], warnings: [] });
  });

  it('accepts an authority for nodes of which one certificate has ended and another not', () => {
    expect(check({ clientCa: expiredRoot.pem + root.pem }).warnings).toEqual([]);
  });

  it('warns thirty days before an end, of the certificate and of the authority for nodes', () => {
    const soon = new Date('2119-12-20T00:00:00Z');
    expect(check({ clientCa: root.pem, now: soon }).warnings).toEqual([
      expect.stringMatching(/^node\.pem ends in 11 days \(2119-12-31.*issue a new one/),
      expect.stringMatching(/^node-ca\.pem ends in 11 days/),
    ]);
    expect(warnOfNodeExpiry('x', new Date(0), new Date(1))).toMatch(/x has ended/);
    expect(warnOfNodeExpiry('x', new Date(86_400_000), new Date(0))).toMatch(/ends in 1 day \(/);
    expect(warnOfNodeExpiry('x', new Date(31 * 86_400_000), new Date(0))).toBeUndefined();
  });

  const key = createPrivateKey(signer.keyPem);
  const encrypted = exportedKey(key, 'pkcs8', { cipher: 'aes-256-cbc', passphrase: 'correct horse' });
  const refused: [string, () => Promise<Texts> | Texts, string, RegExp][] = [
    ['the key of another certificate', () => ({ key: other.keyPem }), 'KEY_MISMATCH', /node-key\.pem/],
    ['a key under a passphrase', () => ({ key: encrypted }), 'NODE_KEY_ENCRYPTED', /openssl pkey -in node-key\.pem/],
    ['a key that is none', () => ({ key: signer.pem }), 'NODE_KEY_MALFORMED', /only "CERTIFICATE"/],
    [
      'a chain in the wrong order',
      () => ({ certificate: intermediate.pem + signer.pem }),
      'NODE_CERTIFICATE_MALFORMED',
      /in place 2; put it first/,
    ],
    [
      'a certificate for clients only',
      async () => leaf({ usages: [CLIENT], names: NAMES }),
      'NODE_USAGE',
      /--for signer/,
    ],
    [
      'a certificate without a name',
      async () => leaf({ subject: 'CN=signer', usages: [SERVER] }),
      'NODE_SAN_MISSING',
      /"signer"/,
    ],
    ['a certificate that has ended', async () => leaf({ names: NAMES, ...PAST }), 'NODE_EXPIRED', /node\.pem/],
    [
      'a certificate that has not begun',
      async () => leaf({ names: NAMES, ...FUTURE }),
      'NODE_NOT_YET_VALID',
      /node\.pem/,
    ],
    ['a key of 1024 bits', async () => leaf({ names: NAMES, key: 'rsa-1024' }), 'NODE_KEY_MALFORMED', /RSA 1024/],
    [
      'an intermediate that has ended',
      () => ({ certificate: signer.pem + expiredRoot.pem }),
      'NODE_EXPIRED',
      /"CN=old"/,
    ],
    ['an authority for nodes that has ended', () => ({ clientCa: expiredRoot.pem }), 'NODE_EXPIRED', /node-ca\.pem/],
    [
      'an authority for nodes without its root',
      () => ({ clientCa: intermediate.pem }),
      'NODE_CHAIN',
      /no authority that signed itself/,
    ],
    ['an authority file that is none', () => ({ clientCa: root.keyPem }), 'NODE_CERTIFICATE_MALFORMED', /node-ca\.pem/],
    ['a certificate file that is none', () => ({ certificate: '' }), 'NODE_CERTIFICATE_MALFORMED', /an empty file/],
  ];
  for (const [title, texts, code, message] of refused) {
    it(`refuses ${title}`, async () => {
      const given = await texts();
      expect(() => check(given)).toThrow(message);
      expect(codeOf(() => check(given))).toBe(code);
    });
  }
});

async function leaf(shape: Parameters<typeof make>[0]): Promise<Texts> {
  const made = await make(shape, root);
  return { certificate: made.pem, key: made.keyPem };
}

function codeOf(run: () => unknown): string {
  try {
    run();
    return 'accepted';
  } catch (error) {
    if (error instanceof PkiError) return error.code;
    throw error;
  }
}
