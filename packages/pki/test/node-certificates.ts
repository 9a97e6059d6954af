/** Certificates of every shape between nodes and signers, made with the ASN.1 library: good ones, and one for each way of being wrong. */

import { type KeyObject, webcrypto, X509Certificate } from 'node:crypto';
import { installReflectMetadata } from '../src/reflect-metadata.js';

/** Within the validity of every good certificate here, as every real clock of this century is. */
export const NODE_NOW = new Date('2026-03-01T12:00:00Z');
const FROM = new Date('2020-01-01T00:00:00Z');
const UNTIL = new Date('2119-12-31T00:00:00Z');
export const PAST = { notBefore: FROM, notAfter: new Date('2021-01-01T00:00:00Z') };
export const FUTURE = { notBefore: new Date('2118-01-01T00:00:00Z'), notAfter: UNTIL };
export const SERVER = '1.3.6.1.5.5.7.3.1';
export const CLIENT = '1.3.6.1.5.5.7.3.2';
export const ANY = '2.5.29.37.0';

const EC = { name: 'ECDSA', namedCurve: 'P-256' };
const RSA = { name: 'RSASSA-PKCS1-v1_5', publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' };

export interface Shape {
  readonly subject?: string;
  readonly ca?: boolean;
  readonly pathLength?: number;
  readonly usages?: readonly string[];
  /** Bits of KeyUsageFlags; undefined: no such extension. */
  readonly keyUsage?: number;
  readonly names?: readonly { readonly type: 'dns' | 'ip' | 'url' | 'email'; readonly value: string }[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly key?: 'ec' | 'rsa-2048' | 'rsa-1024';
  /** The same key once more: a renewal, or an authority that two others vouch for. */
  readonly keyOf?: Made;
  readonly hash?: 'SHA-1' | 'SHA-256';
  readonly criticalUnknown?: boolean;
  readonly nameConstraints?: boolean;
}

export interface Made {
  readonly pem: string;
  readonly certificate: X509Certificate;
  readonly keyPem: string;
  readonly keys: webcrypto.CryptoKeyPair;
}

/** Signs whatever is asked for; without an issuer, with its own key. */
export async function make(shape: Shape, issuer?: Made): Promise<Made> {
  installReflectMetadata();
  const x509 = await import('@peculiar/x509');
  const keys = shape.keyOf?.keys ?? (await generate(shape.key ?? 'ec'));
  const signer = issuer?.keys.privateKey ?? keys.privateKey;
  const signingAlgorithm = { name: signer.algorithm.name, hash: shape.hash ?? 'SHA-256' };
  const subject = shape.subject ?? 'CN=odd';
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject,
      issuer: issuer === undefined ? subject : new x509.X509Certificate(issuer.pem).subjectName,
      notBefore: shape.notBefore ?? FROM,
      notAfter: shape.notAfter ?? UNTIL,
      publicKey: keys.publicKey,
      signingKey: await signingKey(signer, signingAlgorithm),
      signingAlgorithm,
      extensions: [
        ...(shape.ca === undefined ? [] : [new x509.BasicConstraintsExtension(shape.ca, shape.pathLength, true)]),
        ...(shape.usages === undefined ? [] : [new x509.ExtendedKeyUsageExtension([...shape.usages])]),
        ...(shape.keyUsage === undefined ? [] : [new x509.KeyUsagesExtension(shape.keyUsage, true)]),
        ...(shape.names === undefined ? [] : [new x509.SubjectAlternativeNameExtension([...shape.names])]),
        ...(shape.criticalUnknown === true ? [new x509.Extension('1.2.3.4.5', true, new Uint8Array([5, 0]))] : []),
        ...(shape.nameConstraints === true ? [permitOnlyExample(x509)] : []),
      ],
    },
    webcrypto,
  );
  const pem = `${certificate.toString('pem')}\n`;
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const keyPem = `-----BEGIN PRIVATE KEY-----\n${der.replace(/.{1,64}/g, '$&\n')}-----END PRIVATE KEY-----\n`;
  return { pem, certificate: new X509Certificate(pem), keyPem, keys };
}

/** Web Crypto binds a hash to an RSA key; SHA-1 needs the same key under another algorithm. */
async function signingKey(key: webcrypto.CryptoKey, algorithm: { name: string; hash: string }) {
  if (!algorithm.name.startsWith('RSA')) return key;
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', key);
  return await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
}

async function generate(kind: 'ec' | 'rsa-2048' | 'rsa-1024'): Promise<webcrypto.CryptoKeyPair> {
  const usages = ['sign', 'verify'] as const;
  if (kind === 'ec') return await webcrypto.subtle.generateKey(EC, true, [...usages]);
  return await webcrypto.subtle.generateKey({ ...RSA, modulusLength: Number(kind.slice(4)) }, true, [...usages]);
}

/** `permitted;DNS:example`, in DER. */
function permitOnlyExample(x509: typeof import('@peculiar/x509')) {
  const dns = [0x82, 7, ...Buffer.from('example')];
  const subtree = [0x30, dns.length, ...dns];
  const permitted = [0xa0, subtree.length, ...subtree];
  return new x509.Extension('2.5.29.30', true, new Uint8Array([0x30, permitted.length, ...permitted]));
}

/** A key in one of the forms that tools write. */
export function exportedKey(
  key: KeyObject,
  type: 'pkcs1' | 'pkcs8' | 'sec1',
  protect?: { cipher: string; passphrase: string },
): string {
  const options = { type, format: 'pem', ...protect } as const;
  return key.export(options).toString();
}
