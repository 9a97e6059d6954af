/**
 * A cosigner's TLS files: `ca.pem`, `cert.pem`, `key.pem` in one folder of its home. They are read together and checked
 * against each other and against what the configuration says, so that a wrong copy is found at start and named, rather than
 * as a handshake that fails on another machine. Read again on change, the caller hands the result to the transport.
 */

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkPrivateKey } from './certificate-key.js';
import { PkiError } from './errors.js';
import { checkPeerCertificate } from './peer-certificate.js';
import { PEM_BYTES_MAX, parseCertificatePem, parseCertificatesPem, parsePrivateKeyPem } from './pem.js';
import type { NamedText } from './server-files.js';

/** What a TLS endpoint needs; `keyPem` is secret. */
export interface TlsIdentity {
  readonly caPem: string;
  readonly certificatePem: string;
  readonly keyPem: string;
  /** End of the certificate or of its authority, whichever comes first. */
  readonly notAfter: Date;
  /** In words, from 30 days before `notAfter`; undefined before. */
  readonly expiryWarning: string | undefined;
}

export interface TlsIdentityExpectation {
  readonly cluster: string;
  readonly cosigner: string;
  readonly now: Date;
}

/** The three files' contents, each with the name by which messages call it. */
export interface TlsIdentityTexts {
  readonly ca: NamedText;
  readonly certificate: NamedText;
  readonly key: NamedText;
}

/** Warn when less than this is left. */
export const EXPIRY_WARNING_DAYS = 30;
const DAY_MS = 86_400_000;

/**
 * Reads and checks the three files.
 *
 * @param directory - the folder, `tls/` in a home
 * @throws PkiError any code of {@link checkPeerCertificate}, and `FILE`, `KEY_PERMISSIONS`, `KEY_MALFORMED`, `KEY_MISMATCH`
 */
export async function loadTlsIdentity(directory: string, expected: TlsIdentityExpectation): Promise<TlsIdentity> {
  const caPath = join(directory, 'ca.pem');
  const certificatePath = join(directory, 'cert.pem');
  const keyPath = join(directory, 'key.pem');
  await checkKeyPermissions(keyPath);
  return checkTlsIdentity(
    {
      ca: { what: caPath, text: await readPem(caPath) },
      certificate: { what: certificatePath, text: await readPem(certificatePath) },
      key: { what: keyPath, text: await readPem(keyPath) },
    },
    expected,
  );
}

/**
 * Checks the contents of the three files, also before they become files.
 *
 * @throws PkiError any code of {@link checkPeerCertificate}, and `KEY_MALFORMED`, `KEY_MISMATCH`
 */
export function checkTlsIdentity(files: TlsIdentityTexts, expected: TlsIdentityExpectation): TlsIdentity {
  const authorities = parseCertificatesPem(files.ca.what, files.ca.text);
  const { what, text } = files.certificate;
  const certificate = parseCertificatePem(what, text);
  checkPrivateKey(files.key.what, certificate, parsePrivateKeyPem(files.key.what, files.key.text));
  checkPeerCertificate(certificate, {
    caPem: files.ca.text,
    cluster: expected.cluster,
    allowedNames: [expected.cosigner],
    now: expected.now,
    what,
  });
  const ends = [certificate, ...authorities.filter((ca) => certificate.checkIssued(ca))].map((each) =>
    Date.parse(each.validTo),
  );
  const notAfter = new Date(Math.min(...ends));
  return {
    caPem: files.ca.text,
    certificatePem: text,
    keyPem: files.key.text,
    notAfter,
    expiryWarning: warnOfExpiry(what, notAfter, expected.now),
  };
}

/** The warning of an end that is near, in words; undefined if it is far. */
export function warnOfExpiry(what: string, notAfter: Date, now: Date): string | undefined {
  const days = (notAfter.getTime() - now.getTime()) / DAY_MS;
  if (days > EXPIRY_WARNING_DAYS) return undefined;
  const left = days < 0 ? 'has ended' : `ends in ${Math.floor(days)} day${Math.floor(days) === 1 ? '' : 's'}`;
  return `${what} ${left} (${notAfter.toISOString()}); renew it with quorumsign certs renew, then quorumsign config reload: no restart is needed`;
}

/** @throws PkiError `KEY_PERMISSIONS` where others than the owner may read the key, `FILE` */
export async function checkKeyPermissions(path: string): Promise<void> {
  const { mode } = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  if ((mode & 0o077) !== 0) throw new PkiError({ code: 'KEY_PERMISSIONS', what: path, mode: mode & 0o7777 });
}

async function readPem(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > PEM_BYTES_MAX) throw new PkiError({ code: 'FILE', what: path, reason: `${size} bytes` });
    return await readFile(path, 'latin1'); // PEM is ASCII; other bytes must reach the parser as they are, to be refused
  } catch (cause) {
    throw cause instanceof PkiError ? cause : unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): PkiError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
  return new PkiError({ code: 'FILE', what: path, reason: code === 'ENOENT' ? 'no such file' : code }, { cause });
}
