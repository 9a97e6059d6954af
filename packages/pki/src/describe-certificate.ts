/** What `certs show` and `doctor` print about a certificate. Describes, does not judge: see {@link checkPeerCertificate} for that. */

import type { X509Certificate } from 'node:crypto';
import { keyFits } from './certificate-key.js';
import type { CosignerIdentity } from './cosigner-identity.js';
import { PkiError } from './errors.js';
import { readIdentity } from './peer-certificate.js';
import { parseCertificatePem, parsePrivateKeyPem } from './pem.js';

export interface CertificateDescription {
  /** As OpenSSL spells it, on one line. */
  readonly subject: string;
  readonly issuer: string;
  /** Upper-case hex. */
  readonly serialNumber: string;
  /** For example `URI:quorumsign://my-cluster/alpha`; empty if there are none. */
  readonly subjectAltNames: readonly string[];
  /** Undefined unless there is exactly one identity URI. */
  readonly identity: CosignerIdentity | undefined;
  readonly authority: boolean;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SHA-256 of the DER, upper-case hex with colons. */
  readonly fingerprint: string;
  /** Whether the private key belongs to it; undefined if none was given. */
  readonly keyFits: boolean | undefined;
}

/**
 * Describes one certificate.
 *
 * @param keyPem - its private key, to be compared
 * @throws PkiError `CERTIFICATE_MALFORMED`, `KEY_MALFORMED`
 */
export function describeCertificate(certificatePem: string, keyPem?: string): CertificateDescription {
  const certificate = parseCertificatePem('certificate', certificatePem);
  return {
    subject: certificate.subject?.replaceAll('\n', ', ') ?? '',
    issuer: certificate.issuer?.replaceAll('\n', ', ') ?? '',
    serialNumber: certificate.serialNumber,
    subjectAltNames: certificate.subjectAltName?.split(', ') ?? [],
    identity: identityOf(certificate),
    authority: certificate.ca,
    notBefore: new Date(certificate.validFrom),
    notAfter: new Date(certificate.validTo),
    fingerprint: certificate.fingerprint256,
    keyFits: keyPem === undefined ? undefined : keyFits(certificate, parsePrivateKeyPem('private key', keyPem)),
  };
}

function identityOf(certificate: X509Certificate): CosignerIdentity | undefined {
  try {
    return readIdentity('certificate', certificate);
  } catch (error) {
    if (error instanceof PkiError) return undefined;
    throw error;
  }
}
