/**
 * What `certs show` prints about a certificate. Describes, does not judge: see {@link checkPeerCertificate} and
 * {@link checkNodeCertificate} for that.
 */

import type { KeyObject, X509Certificate } from 'node:crypto';
import { keyFits } from './certificate-key.js';
import { isSelfSigned, usagesOf } from './certificate-path.js';
import type { CosignerIdentity } from './cosigner-identity.js';
import { PkiError } from './errors.js';
import { keyKindOf } from './node-key.js';
import { readIdentity } from './peer-certificate.js';
import { parseCertificatePem, parsePrivateKeyPem } from './pem.js';
import { commonNameOf, showSubjectAltNames } from './subject-alt-name.js';

export interface CertificateDescription {
  /** As OpenSSL spells it, on one line. */
  readonly subject: string;
  readonly issuer: string;
  /** Upper-case hex. */
  readonly serialNumber: string;
  /** Of the subject; nothing checks it. */
  readonly commonName: string | undefined;
  /** For example `URI:quorumsign://my-cluster/alpha`, `IP:10.0.1.9`; empty if there are none. */
  readonly subjectAltNames: readonly string[];
  /** Undefined unless there is exactly one identity URI. */
  readonly identity: CosignerIdentity | undefined;
  readonly authority: boolean;
  /** Signed by its own key. */
  readonly selfSigned: boolean;
  /** Extended key usages in words; empty where it is not restricted. */
  readonly usages: readonly string[];
  /** For example `EC P-256`, `RSA 2048`. */
  readonly keyKind: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SHA-256 of the DER, upper-case hex with colons. */
  readonly fingerprint: string;
  /** Whether the private key belongs to it; undefined if none was given. */
  readonly keyFits: boolean | undefined;
}

/**
 * Describes one certificate of the cluster's own, read strictly.
 *
 * @param keyPem - its private key, to be compared
 * @throws PkiError `CERTIFICATE_MALFORMED`, `KEY_MALFORMED`
 */
export function describeCertificate(certificatePem: string, keyPem?: string): CertificateDescription {
  const certificate = parseCertificatePem('certificate', certificatePem);
  return describeParsedCertificate(
    certificate,
    keyPem === undefined ? undefined : parsePrivateKeyPem('private key', keyPem),
  );
}

/** Describes a certificate of any origin, with the private key that may be its own. */
export function describeParsedCertificate(certificate: X509Certificate, key?: KeyObject): CertificateDescription {
  return {
    subject: certificate.subject?.replaceAll('\n', ', ') ?? '',
    issuer: certificate.issuer?.replaceAll('\n', ', ') ?? '',
    serialNumber: certificate.serialNumber,
    commonName: commonNameOf(certificate),
    subjectAltNames: showSubjectAltNames(certificate),
    identity: identityOf(certificate),
    authority: certificate.ca,
    selfSigned: isSelfSigned(certificate),
    usages: usagesOf(certificate),
    keyKind: keyKindOf(certificate.publicKey),
    notBefore: new Date(certificate.validFrom),
    notAfter: new Date(certificate.validTo),
    fingerprint: certificate.fingerprint256,
    keyFits: key === undefined ? undefined : keyFits(certificate, key),
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
