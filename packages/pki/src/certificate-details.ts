/**
 * What only an ASN.1 library can say of a certificate: signature algorithm, key usage bits, path length, critical extensions, name
 * constraints. The library is loaded when first needed, by commands and by a server that asks nodes for certificates; the rest of
 * the daemon does without.
 */

import type { X509Certificate } from 'node:crypto';
import { loadX509 } from './certificate-making.js';
import { PkiError } from './errors.js';

export interface CertificateDetails {
  /** For example `ECDSA with SHA-256`, `RSA with SHA-1`, or the object identifier where it has no name here. */
  readonly signatureAlgorithm: string;
  /** For example `digitalSignature`; undefined where the certificate does not restrict them. */
  readonly keyUsages: readonly string[] | undefined;
  /** How many authorities may stand between this one and a leaf; undefined: not restricted. */
  readonly pathLength: number | undefined;
  /** Object identifiers of all critical extensions. */
  readonly criticalExtensions: readonly string[];
  /** Whether the authority restricts names; what exactly, is not read. */
  readonly nameConstraints: boolean;
}

/** @throws PkiError `NODE_CERTIFICATE_MALFORMED` for extensions that do not decode */
export type CertificateReader = (what: string, certificate: X509Certificate) => CertificateDetails;

const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;
const NAME_CONSTRAINTS = '2.5.29.30';

/** Loads the library; the reader itself is synchronous, so that a verdict needs no waiting. */
export async function loadCertificateReader(): Promise<CertificateReader> {
  const x509 = await loadX509();
  return (what, certificate) => {
    try {
      const parsed = new x509.X509Certificate(certificate.raw);
      const usages = parsed.getExtension(x509.KeyUsagesExtension)?.usages;
      const extensions = Array.from(parsed.extensions, ({ type, critical }) => ({ type, critical }));
      return {
        signatureAlgorithm: algorithmName(parsed.signatureAlgorithm),
        keyUsages: usages === undefined ? undefined : KEY_USAGES.filter((_, bit) => (usages & (1 << bit)) !== 0),
        pathLength: parsed.getExtension(x509.BasicConstraintsExtension)?.pathLength,
        criticalExtensions: extensions.filter(({ critical }) => critical).map(({ type }) => type),
        nameConstraints: extensions.some(({ type }) => type === NAME_CONSTRAINTS),
      };
    } catch (cause) {
      const found = 'extensions that do not decode';
      throw new PkiError({ code: 'NODE_CERTIFICATE_MALFORMED', what, found }, { cause });
    }
  };
}

/** The library's own words for an algorithm: a name, and for most a hash with a name. */
function algorithmName(algorithm: object): string {
  const name = nameOf(algorithm)
    .replace(/^RSASSA-PKCS1-v1_5$/, 'RSA')
    .replace(/^EdDSA$/, 'Ed25519');
  const hash = 'hash' in algorithm ? nameOf(algorithm.hash) : '';
  return hash === '' ? name : `${name} with ${hash}`;
}

function nameOf(value: unknown): string {
  return typeof value === 'object' && value !== null && 'name' in value ? String(value.name) : '';
}
