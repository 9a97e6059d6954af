/**
 * What both authorities (the cluster's and the nodes') have in common when they make certificates: ECDSA on P-256 with SHA-256,
 * X.509 v3 (RFC 5280), keys and serial numbers from Web Crypto's own random generator, lifetimes within bounds.
 *
 * The ASN.1 library is loaded when first needed: only commands make certificates, and the daemon reads
 * details of them only where it asks nodes for theirs.
 */

import { webcrypto } from 'node:crypto';
import { checkPrivateKey } from './certificate-key.js';
import { PkiError } from './errors.js';
import { encodePem, parseCertificatePem, parsePrivateKeyPem } from './pem.js';
import { installReflectMetadata } from './reflect-metadata.js';

/** A certificate and its private key; `keyPem` is secret (PKCS #8, unencrypted). */
export interface CertificateWithKey {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** An authority that is ready to sign. */
export interface LoadedAuthority {
  readonly der: Buffer;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly key: webcrypto.CryptoKey;
  readonly publicKey: webcrypto.CryptoKey;
}

export const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
export const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
export const ECDSA_SHA256 = { name: 'ECDSA', hash: 'SHA-256' };
const ECDSA_P256 = { name: 'ECDSA', namedCurve: 'P-256' };
/** Certificates begin an hour early, so that a clock that is a little behind does not refuse them. */
const BACKDATE_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** The ASN.1 library, after what it wants of `Reflect`. */
export async function loadX509() {
  installReflectMetadata();
  return await import('@peculiar/x509');
}

export async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(ECDSA_P256, true, ['sign', 'verify']);
}

/** @throws PkiError `CERTIFICATE_MALFORMED`, `KEY_MALFORMED`, `KEY_MISMATCH`, `CHAIN`, `EXPIRED` */
export async function loadAuthority(authority: CertificateWithKey, now: Date): Promise<LoadedAuthority> {
  const what = "the authority's certificate";
  const certificate = parseCertificatePem(what, authority.certificatePem);
  const key = parsePrivateKeyPem("the authority's key", authority.keyPem);
  checkPrivateKey("the authority's key", certificate, key);
  if (!certificate.ca) throw new PkiError({ code: 'CHAIN', what, reason: 'a certificate that is no authority' });
  const notAfter = new Date(certificate.validTo);
  if (notAfter <= now) throw new PkiError({ code: 'EXPIRED', what, notAfter, now, authority: true });
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

/** From an hour ago to `years` from now. */
export function authorityLifetime(now: Date, years: number): { notBefore: Date; notAfter: Date } {
  const notAfter = wholeSeconds(now.getTime());
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + years);
  return { notBefore: wholeSeconds(now.getTime() - BACKDATE_MS), notAfter };
}

/** From an hour ago to `days` from now, within the authority's own. */
export function leafLifetime(now: Date, days: number, authority: LoadedAuthority): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: wholeSeconds(Math.max(now.getTime() - BACKDATE_MS, authority.notBeforeMs)),
    notAfter: wholeSeconds(Math.min(now.getTime() + days * DAY_MS, authority.notAfterMs)),
  };
}

/** PEM of a new certificate and its key. */
export async function exportPair(rawData: ArrayBuffer, keys: webcrypto.CryptoKeyPair): Promise<CertificateWithKey> {
  const der = new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const keyPem = encodePem('PRIVATE KEY', der);
  der.fill(0);
  return { certificatePem: encodePem('CERTIFICATE', new Uint8Array(rawData)), keyPem };
}

/** 16 random bytes with the top bits 01: positive, never shortened, 126 bits of entropy (RFC 5280 asks for a positive number of at most 20 bytes). */
export function randomSerial(): string {
  const serial = Buffer.from(webcrypto.getRandomValues(new Uint8Array(16)));
  serial.writeUInt8((serial.readUInt8(0) & 0x3f) | 0x40, 0);
  return serial.toString('hex');
}

/** @throws PkiError `ARGUMENT` unless `value` is a whole number from 1 to `max` */
export function assertRange(what: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= max) return;
  throw new PkiError({ code: 'ARGUMENT', what, expected: `a whole number from 1 to ${max}`, found: String(value) });
}

/** X.509 knows no fractions of a second. */
function wholeSeconds(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000);
}
