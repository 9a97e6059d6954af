/**
 * Makes the cluster's certificate authority and the cosigners' certificates. The authority may sign leaf certificates only (path
 * length 0) and is meant to be kept offline; a cosigner's certificate carries its name in one URI, and serves for both ends of a
 * connection.
 */

import { webcrypto } from 'node:crypto';
import {
  assertRange,
  authorityLifetime,
  type CertificateWithKey,
  CLIENT_AUTH,
  ECDSA_SHA256,
  exportPair,
  generateKeys,
  leafLifetime,
  loadAuthority,
  loadX509,
  randomSerial,
  SERVER_AUTH,
} from './certificate-making.js';
import { encodeIdentityUri, encodeName } from './cosigner-identity.js';

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

/** How the common name of a cluster's authority begins. */
export const CLUSTER_AUTHORITY_PREFIX = 'Quorumsign CA ';
const DAYS_DEFAULT = 730;

/**
 * Makes a new authority for a cluster.
 *
 * @throws PkiError `ARGUMENT`
 */
export async function createClusterAuthority(options: AuthorityOptions): Promise<CertificateWithKey> {
  const { cluster, now, years = 10 } = options;
  assertRange('years', years, 30);
  const x509 = await loadX509();
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: randomSerial(),
      name: `CN=${CLUSTER_AUTHORITY_PREFIX}${encodeName('cluster name', cluster)}`,
      ...authorityLifetime(now, years),
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
  return await exportPair(certificate.rawData, keys);
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
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: randomSerial(),
      subject: `CN=${encodeName('cosigner name', cosigner)}`,
      issuer: new x509.X509Certificate(signing.der).subjectName,
      ...leafLifetime(now, days, signing),
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
  return await exportPair(certificate.rawData, keys);
}
