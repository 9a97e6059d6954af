/**
 * Makes the cluster's certificate authority and the cosigners' certificates: ECDSA on P-256 with SHA-256, X.509 v3
 * (RFC 5280). The authority may sign leaf certificates only (path length 0) and is meant to be kept offline; a cosigner's
 * certificate carries its name in one URI, and serves for both ends of a connection. Keys come from Web Crypto's own random
 * generator, serial numbers likewise.
 *
 * The ASN.1 library is loaded when first needed: only ceremonies make certificates, the daemon merely checks them.
 */

import { webcrypto } from 'node:crypto';
import { checkPrivateKey } from './certificate-key.js';
import { encodeIdentityUri, encodeName } from './cosigner-identity.js';
import { PkiError } from './errors.js';
import { encodePem, parseCertificatePem, parsePrivateKeyPem } from './pem.js';
import { installReflectMetadata } from './reflect-metadata.js';

/** A certificate and its private key; `keyPem` is secret (PKCS #8, unencrypted). */
export interface CertificateWithKey {
  readonly certificatePem: string;
  readonly keyPem: string;
}

export interface AuthorityOptions {
  readonly cluster: string;
  readonly now: Date;
  /** Default 10, from 1 to 30. When it ends, every cosigner needs new files. */
  readonly years?: number;
}

export interface CosignerCertificateOptions {
  readonly authority: CertificateWithKey;
  readonly cluster: string;
  readonly cosigner: string;
  readonly now: Date;
  /** Default 730, from 1 to 3650; cut to the authority's own end. */
  readonly days?: number;
}

/** Certificates begin an hour early, so that a clock that is a little behind does not refuse them. */
const BACKDATE_MS = 3_600_000;
const DAY_MS = 86_400_000;
const DAYS_DEFAULT = 730;
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const ECDSA_P256 = { name: 'ECDSA', namedCurve: 'P-256' };
const ECDSA_SHA256 = { name: 'ECDSA', hash: 'SHA-256' };

/**
 * Makes a new authority for a cluster.
 *
 * @throws PkiError `ARGUMENT`
 */
export async function createClusterAuthority(options: AuthorityOptions): Promise<CertificateWithKey> {
  const { cluster, now, years = 10 } = options;
  assertRange('years', years, 30);
  const x509 = await loadX509();
  const keys = await webcrypto.subtle.generateKey(ECDSA_P256, true, ['sign', 'verify']);
  const notAfter = wholeSeconds(now.getTime());
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + years);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: randomSerial(),
      name: `CN=Quorumsign CA ${encodeName('cluster name', cluster)}`,
      notBefore: wholeSeconds(now.getTime() - BACKDATE_MS),
      notAfter,
      keys,
      signingAlgorithm: ECDSA_SHA256,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return {
    certificatePem: encodePem('CERTIFICATE', new Uint8Array(certificate.rawData)),
    keyPem: await exportKey(keys),
  };
}

/**
 * Issues a certificate for one cosigner, with a new key.
 *
 * @throws PkiError `ARGUMENT`; `CERTIFICATE_MALFORMED`, `KEY_MALFORMED`, `KEY_MISMATCH`, `CHAIN` or `EXPIRED` for the authority
 */
export async function issueCosignerCertificate(options: CosignerCertificateOptions): Promise<CertificateWithKey> {
  const { authority, cluster, cosigner, now, days = DAYS_DEFAULT } = options;
  assertRange('days', days, 3650);
  const uri = encodeIdentityUri({ cluster, cosigner });
  const signing = await loadAuthority(authority, now);
  const x509 = await loadX509();
  const keys = await webcrypto.subtle.generateKey(ECDSA_P256, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: randomSerial(),
      subject: `CN=${encodeName('cosigner name', cosigner)}`,
      issuer: new x509.X509Certificate(signing.der).subjectName,
      notBefore: wholeSeconds(Math.max(now.getTime() - BACKDATE_MS, signing.notBeforeMs)),
      notAfter: wholeSeconds(Math.min(now.getTime() + days * DAY_MS, signing.notAfterMs)),
      publicKey: keys.publicKey,
      signingKey: signing.key,
      signingAlgorithm: ECDSA_SHA256,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([SERVER_AUTH, CLIENT_AUTH], false),
        new x509.SubjectAlternativeNameExtension([{ type: 'url', value: uri }], false),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        await x509.AuthorityKeyIdentifierExtension.create(signing.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return {
    certificatePem: encodePem('CERTIFICATE', new Uint8Array(certificate.rawData)),
    keyPem: await exportKey(keys),
  };
}

async function loadX509() {
  installReflectMetadata();
  return await import('@peculiar/x509');
}

async function loadAuthority(authority: CertificateWithKey, now: Date) {
  const what = "the authority's certificate";
  const certificate = parseCertificatePem(what, authority.certificatePem);
  const key = parsePrivateKeyPem("the authority's key", authority.keyPem);
  checkPrivateKey("the authority's key", certificate, key);
  if (!certificate.ca) throw new PkiError({ code: 'CHAIN', what, reason: 'a certificate that is no authority' });
  const notAfter = new Date(certificate.validTo);
  if (notAfter <= now) throw new PkiError({ code: 'EXPIRED', what, notAfter, now });
  const pkcs8 = key.export({ format: 'der', type: 'pkcs8' });
  const spki = certificate.publicKey.export({ format: 'der', type: 'spki' });
  try {
    return {
      der: certificate.raw,
      notBeforeMs: Date.parse(certificate.validFrom),
      notAfterMs: notAfter.getTime(),
      key: await webcrypto.subtle.importKey('pkcs8', pkcs8, ECDSA_P256, false, ['sign']),
      publicKey: await webcrypto.subtle.importKey('spki', spki, ECDSA_P256, true, ['verify']),
    };
  } finally {
    pkcs8.fill(0);
  }
}

async function exportKey(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const der = new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const pem = encodePem('PRIVATE KEY', der);
  der.fill(0);
  return pem;
}

/** 16 random bytes with the top bits 01: positive, never shortened, 126 bits of entropy (RFC 5280 asks for a positive number of at most 20 bytes). */
function randomSerial(): string {
  const serial = Buffer.from(webcrypto.getRandomValues(new Uint8Array(16)));
  serial.writeUInt8((serial.readUInt8(0) & 0x3f) | 0x40, 0);
  return serial.toString('hex');
}

/** X.509 knows no fractions of a second. */
function wholeSeconds(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000);
}

function assertRange(what: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= max) return;
  throw new PkiError({ code: 'ARGUMENT', what, expected: `a whole number from 1 to ${max}`, found: String(value) });
}
