/**
 * Strict reading of PEM (RFC 7468, "strict" grammar: 64 columns, nothing outside the blocks but blank lines) and of the DER
 * inside. There is one accepted spelling of each certificate and key, so a damaged file is found by comparing, not by luck.
 */

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { PkiError } from './errors.js';

/** Largest PEM text that is looked at: 64 KiB; ours are about 1 KiB. */
export const PEM_BYTES_MAX = 64 * 1024;
/** Largest number of authorities in one ca.pem: enough for one rotation in another. */
export const AUTHORITIES_MAX = 4;

/**
 * Parses exactly one certificate.
 *
 * @param what - how messages name it
 * @throws PkiError `CERTIFICATE_MALFORMED`
 */
export function parseCertificatePem(what: string, pem: string): X509Certificate {
  const [certificate, ...more] = parseCertificatesPem(what, pem, 1);
  if (certificate === undefined || more.length > 0) throw malformed(what, 'not exactly one certificate');
  return certificate;
}

/**
 * Parses one to `countMax` certificates.
 *
 * @throws PkiError `CERTIFICATE_MALFORMED`
 */
export function parseCertificatesPem(what: string, pem: string, countMax = AUTHORITIES_MAX): X509Certificate[] {
  const blocks = decodePem('CERTIFICATE', pem);
  if (typeof blocks === 'string') throw malformed(what, blocks);
  if (blocks.length > countMax)
    throw malformed(what, `${blocks.length} certificates, where at most ${countMax} belong`);
  return blocks.map((der) => parseCertificateDer(what, der));
}

/**
 * Parses one DER certificate; trailing bytes are refused.
 *
 * @throws PkiError `CERTIFICATE_MALFORMED`
 */
export function parseCertificateDer(what: string, der: Uint8Array): X509Certificate {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(der);
    // Fields that OpenSSL parses only when asked for, and then may throw.
    void certificate.publicKey;
  } catch (cause) {
    throw malformed(what, 'bytes that do not decode', cause);
  }
  if (!certificate.raw.equals(der)) throw malformed(what, 'bytes around or inside it that do not belong');
  return certificate;
}

/**
 * Parses exactly one unencrypted PKCS #8 key on P-256.
 *
 * @throws PkiError `KEY_MALFORMED`
 */
export function parsePrivateKeyPem(what: string, pem: string): KeyObject {
  const blocks = decodePem('PRIVATE KEY', pem);
  if (typeof blocks === 'string') throw new PkiError({ code: 'KEY_MALFORMED', what, reason: blocks });
  const [der] = blocks;
  if (der === undefined || blocks.length !== 1) {
    throw new PkiError({ code: 'KEY_MALFORMED', what, reason: `${blocks.length} keys` });
  }
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } catch {
    // No cause: OpenSSL's error is of no use to the reader, and nothing about the key's bytes shall travel.
    throw new PkiError({ code: 'KEY_MALFORMED', what, reason: 'bytes that do not decode' });
  }
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new PkiError({ code: 'KEY_MALFORMED', what, reason: `a key of type ${key.asymmetricKeyType}` });
  }
  if (!key.export({ format: 'der', type: 'pkcs8' }).equals(der)) {
    throw new PkiError({ code: 'KEY_MALFORMED', what, reason: 'an unusual or damaged encoding' });
  }
  return key;
}

/** Encodes DER as one PEM block, in the only spelling that the parser accepts. */
export function encodePem(label: string, der: Uint8Array): string {
  const base64 = Buffer.from(der).toString('base64');
  return `-----BEGIN ${label}-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`;
}

/** The DER of every block, or in words what is wrong. */
function decodePem(label: string, pem: string): Buffer[] | string {
  if (pem.length > PEM_BYTES_MAX) return `more than ${PEM_BYTES_MAX} bytes`;
  if (pem.trim() === '') return 'an empty file';
  const text = pem.replaceAll('\r\n', '\n');
  const pattern = new RegExp(`-----BEGIN ${label}-----\n([A-Za-z0-9+/=\n]+)-----END ${label}-----(?:\n+|$)`, 'y');
  const blocks: Buffer[] = [];
  let offset = text.length - text.replace(/^\n+/, '').length;
  while (offset < text.length) {
    pattern.lastIndex = offset;
    const match = pattern.exec(text);
    if (match?.[1] === undefined) return `text that is not a PEM block "${label}" at character ${offset}`;
    const der = Buffer.from(match[1], 'base64');
    if (!`${match[0].trimEnd()}\n`.endsWith(encodePem(label, der)))
      return `damaged base64 in the block at character ${offset}`;
    blocks.push(der);
    offset = pattern.lastIndex;
  }
  return blocks;
}

function malformed(what: string, reason: string, cause?: unknown): PkiError {
  return new PkiError({ code: 'CERTIFICATE_MALFORMED', what, reason }, { cause });
}
