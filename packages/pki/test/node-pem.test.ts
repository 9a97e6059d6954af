import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  holdsPrivateKey,
  isNodeKeyEncrypted,
  keyFits,
  keyKindOf,
  NODE_PEM_BLOCKS_MAX,
  NODE_PEM_BYTES_MAX,
  PkiError,
  readNodeCertificates,
  readNodeKey,
} from '../src/index.js';
import { exportedKey, make } from './node-certificates.js';

const one = await make({ subject: 'CN=one', ca: true });
const two = await make({ subject: 'CN=two', names: [{ type: 'dns', value: 'two' }] }, one);
const PASSPHRASE = 'correct horse';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey;
const p256 = ec('P-256');
const ed25519 = generateKeyPairSync('ed25519').privateKey;
const protect = { cipher: 'aes-256-cbc', passphrase: PASSPHRASE };

/** Made with `openssl ec -des -provider legacy -provider default`; OpenSSL 3 reads it with that provider only. */
const WITH_DES = `-----BEGIN EC PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: DES-CBC,D044F1FE3AE79B67

9LzMYNFmu0e5QbsvUZHohLdbDsQSYV5Pzi5nVz1ibZJsBaJjrAkAaaCS343jleov
YIjylkIVjFR+zW6xu8iO8TEYh48xp7iByhVtKpd44MNXe62c38dMVQpRaW1xoWNb
ucUhveFEoAcS+l3iWZvKcI3+YyBeM132u5fYHom3RyU=
-----END EC PRIVATE KEY-----
`;

/** What `openssl x509 -text` writes before a block. */
const TEXT = 'Certificate:\n    Data:\n        Version: 3 (0x2)\n        Subject: CN = one\n';

function codeOf(read: () => unknown): string {
  try {
    read();
    return 'accepted';
  } catch (error) {
    if (!(error instanceof PkiError)) throw error;
    expect(error.message).toMatch(/expected .* found .*/);
    expect(error.message).not.toContain(PASSPHRASE);
    expect(error.cause === undefined || !String(error.cause).includes(PASSPHRASE)).toBe(true);
    return error.code;
  }
}

describe('readNodeCertificates', () => {
  const accepted: [string, string, number][] = [
    ['one block', one.pem, 1],
    ['text before a block', TEXT + one.pem, 1],
    ['a chain with text before each', TEXT + two.pem + TEXT + one.pem, 2],
    ['Windows line ends', (TEXT + two.pem + one.pem).replaceAll('\n', '\r\n'), 2],
    ['a byte order mark before text', `\ufeff${TEXT}${one.pem}`, 1],
    ['no line end at the end', one.pem.trimEnd(), 1],
    [
      'lines of another length',
      one.pem.replace(
        /\n([A-Za-z0-9+/=\n]+)\n-----END/,
        (_, body: string) => `\n${body.replaceAll('\n', '')}\n-----END`,
      ),
      1,
    ],
    ['a key beside it, which is passed over', one.keyPem + one.pem, 1],
    ['blanks at the ends of lines', one.pem.replaceAll('\n', '  \n'), 1],
  ];
  for (const [title, text, count] of accepted) {
    it(`reads ${title}`, () => {
      const found = readNodeCertificates('x', text);
      expect(found.length).toBe(count);
      expect(found.at(-1)?.raw.equals(one.certificate.raw)).toBe(true);
    });
  }

  const body = one.pem.split('\n')[2] ?? '';
  const refused: [string, string, RegExp][] = [
    ['an empty file', ' \n', /an empty file/],
    ['text without a block', TEXT, /no PEM block/],
    ['half a file', one.pem.slice(0, -40), /does not end: half a file|ends wrongly/],
    ['a block whose end is another', one.pem.replace('END CERTIFICATE', 'END PRIVATE KEY'), /ends wrongly/],
    [
      'a block that begins inside another',
      one.pem.replace(body, `-----BEGIN CERTIFICATE-----\n${body}`),
      /ends wrongly/,
    ],
    ['a missing line', one.pem.replace(`${body}\n`, ''), /does not decode|damaged base64|do not belong/],
    [
      'a character that is no base64',
      one.pem.replace(body, `${body.slice(0, 10)}!${body.slice(11)}`),
      /damaged base64/,
    ],
    ['a request', one.pem.replaceAll('CERTIFICATE', 'CERTIFICATE REQUEST'), /a certificate request/],
    ['what only OpenSSL reads', one.pem.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'), /openssl x509/],
    ['a label that Go does not read', one.pem.replaceAll('CERTIFICATE', 'X509 CERTIFICATE'), /Go does not read/],
    ['a key alone', one.keyPem, /only "PRIVATE KEY"/],
    ['DER', one.certificate.raw.toString('latin1'), /DER.*openssl x509 -inform der/],
    ['UTF-16', `\u00ff\u00fe${[...one.pem].map((each) => `${each}\0`).join('')}`, /UTF-16/],
    ['a byte order mark before a block', `\ufeff${one.pem}`, /byte order mark.*Go/],
    ['the bytes of one, read as Latin-1', `\u00ef\u00bb\u00bf${one.pem}`, /byte order mark/],
    ['carriage returns alone', one.pem.replaceAll('\n', '\r'), /no PEM block/],
    ['lines that are indented', one.pem.replaceAll('\n', '\n  '), /does not end/],
    ['an SSH key', 'ssh-ed25519 AAAAC3Nza user@host', /SSH/],
    ['a certificate with bytes behind it', withTail(one.pem), /do not belong/],
    ['one block too many', one.pem.repeat(NODE_PEM_BLOCKS_MAX + 1), /more than 64 blocks|more than 262144 bytes/],
    ['one byte too many', one.pem + 'x'.repeat(NODE_PEM_BYTES_MAX - one.pem.length + 1), /more than 262144 bytes/],
  ];
  for (const [title, text, message] of refused) {
    it(`refuses ${title}, and says what it is`, () => {
      expect(codeOf(() => readNodeCertificates('x', text))).toBe('NODE_CERTIFICATE_MALFORMED');
      expect(() => readNodeCertificates('x', text)).toThrow(message);
    });
  }

  it('reads as much as the limits allow', () => {
    expect(readNodeCertificates('x', one.pem.repeat(NODE_PEM_BLOCKS_MAX)).length).toBe(NODE_PEM_BLOCKS_MAX);
    expect(readNodeCertificates('x', one.pem + 'x'.repeat(NODE_PEM_BYTES_MAX - one.pem.length)).length).toBe(1);
  });

  it('gives certificates or a refusal for any text, never a crash', () => {
    const cut = fc.integer({ min: 0, max: one.pem.length });
    fc.assert(
      fc.property(cut, cut, fc.string({ maxLength: 40 }), (from, to, between) => {
        const text = one.pem.slice(0, from) + between + one.pem.slice(to);
        try {
          for (const found of readNodeCertificates('x', text)) expect(found.raw.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(PkiError);
        }
      }),
    );
  });
});

function withTail(pem: string): string {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\n/g, ''), 'base64');
  const base64 = Buffer.concat([der, Buffer.from([0])]).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
}

describe('readNodeKey', () => {
  const kinds: [string, string, string][] = [
    ['RSA in PKCS #8', exportedKey(rsa, 'pkcs8'), 'RSA 2048'],
    ['RSA in PKCS #1', exportedKey(rsa, 'pkcs1'), 'RSA 2048'],
    ['P-256 in PKCS #8', exportedKey(p256, 'pkcs8'), 'EC P-256'],
    ['P-256 in SEC 1', exportedKey(p256, 'sec1'), 'EC P-256'],
    ['P-384', exportedKey(ec('P-384'), 'sec1'), 'EC P-384'],
    ['P-521', exportedKey(ec('P-521'), 'pkcs8'), 'EC P-521'],
    ['Ed25519', exportedKey(ed25519, 'pkcs8'), 'Ed25519'],
    [
      'a key behind its parameters',
      `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${exportedKey(p256, 'sec1')}`,
      'EC P-256',
    ],
    ['a key behind its certificate', one.pem + exportedKey(p256, 'sec1'), 'EC P-256'],
    ['Windows line ends', exportedKey(rsa, 'pkcs1').replaceAll('\n', '\r\n'), 'RSA 2048'],
  ];
  for (const [title, pem, kind] of kinds) {
    it(`reads ${title}`, () => {
      expect(holdsPrivateKey(pem)).toBe(true);
      expect(isNodeKeyEncrypted('x', pem)).toBe(false);
      expect(keyKindOf(readNodeKey('x', pem))).toBe(kind);
      expect(keyKindOf(readNodeKey('x', pem, 'ignored'))).toBe(kind);
    });
  }

  const protectedKeys: [string, string][] = [
    ['PKCS #8', exportedKey(rsa, 'pkcs8', protect)],
    ['PKCS #8 on P-256', exportedKey(p256, 'pkcs8', protect)],
    ['PKCS #1 (Proc-Type)', exportedKey(rsa, 'pkcs1', protect)],
    ['SEC 1 (Proc-Type)', exportedKey(p256, 'sec1', protect)],
    ['PKCS #1 with DES-EDE3', exportedKey(rsa, 'pkcs1', { cipher: 'des-ede3-cbc', passphrase: PASSPHRASE })],
    ['PKCS #1 with Windows line ends', exportedKey(rsa, 'pkcs1', protect).replaceAll('\n', '\r\n')],
  ];
  for (const [title, pem] of protectedKeys) {
    it(`opens a protected key with its passphrase only: ${title}`, () => {
      expect(isNodeKeyEncrypted('x', pem)).toBe(true);
      expect(readNodeKey('x', pem, PASSPHRASE).type).toBe('private');
      expect(codeOf(() => readNodeKey('x', pem))).toBe('NODE_KEY_ENCRYPTED');
      for (const wrong of ['', 'another', `${PASSPHRASE} `]) {
        expect(codeOf(() => readNodeKey('x', pem, wrong))).toBe('NODE_KEY_PASSPHRASE');
      }
    });
  }

  it('says of every wrong passphrase that it is wrong, also of one that decrypts to something', () => {
    const pem = exportedKey(p256, 'sec1', protect);
    const codes = new Set(Array.from({ length: 1500 }, (_, at) => codeOf(() => readNodeKey('x', pem, `wrong ${at}`))));
    expect([...codes]).toEqual(['NODE_KEY_PASSPHRASE']);
  });

  const good = exportedKey(p256, 'pkcs8');
  const refused: [string, string, RegExp][] = [
    ['an empty file', '', /an empty file/],
    ['a certificate alone', one.pem, /only "CERTIFICATE"/],
    ['two keys', good + good, /2 keys/],
    ['a public key', createPublicKey(p256).export({ type: 'spki', format: 'pem' }).toString(), /only "PUBLIC KEY"/],
    [
      'an RSA key of 1024 bits',
      exportedKey(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey, 'pkcs8'),
      /RSA 1024/,
    ],
    [
      'an RSA key for PSS only',
      exportedKey(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey, 'pkcs8'),
      /rsa-pss/,
    ],
    ['a key on another curve', exportedKey(ec('secp256k1'), 'sec1'), /secp256k1/],
    ['a key for agreement', exportedKey(generateKeyPairSync('x25519').privateKey, 'pkcs8'), /x25519/],
    ['damaged base64', good.replace(/\n./, '\n!'), /damaged base64/],
    ['bytes that are no key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n', /do not decode/],
    ['an SSH key', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n', /SSH/],
    ['protection by a cipher that OpenSSL no longer has', WITH_DES, /protect it again with openssl pkcs8 -topk8/],
  ];
  for (const [title, pem, message] of refused) {
    it(`refuses ${title}`, () => {
      expect(codeOf(() => readNodeKey('x', pem, PASSPHRASE))).toBe('NODE_KEY_MALFORMED');
      expect(() => readNodeKey('x', pem, PASSPHRASE)).toThrow(message);
    });
  }
});

describe('keyFits', () => {
  it('tells a certificate’s own key from another, of every kind', async () => {
    expect(keyFits(one.certificate, readNodeKey('x', one.keyPem))).toBe(true);
    // One after the other: a comparison must not spoil the reading of the next key.
    for (const key of [
      two.keyPem,
      exportedKey(rsa, 'pkcs1'),
      exportedKey(ec('P-521'), 'sec1'),
      exportedKey(ed25519, 'pkcs8'),
    ]) {
      expect(keyFits(one.certificate, readNodeKey('x', key))).toBe(false);
    }
    const withRsa = await make({ key: 'rsa-2048' });
    expect(keyFits(withRsa.certificate, readNodeKey('x', withRsa.keyPem))).toBe(true);
  });
});
