/**
 * What only an ASN.1 library can say of a certificate: signature algorithm, key usage bits, path length, critical extensions. TLS
 * itself enforces all of it; here it is shown, and judged in advance for commands that say whether a certificate would be accepted.
 * The library is loaded when first needed, so that the daemon does without.
 */

import type { X509Certificate } from 'node:crypto';
import { loadX509 } from './certificate-making.js';
import { oneLine } from './certificate-path.js';
import { PkiError } from './errors.js';
import type { NodeCertificateRole } from './node-errors.js';

export interface CertificateDetails {
  /** For example `ECDSA with SHA-256`, `RSA with SHA-1`, or the object identifier where it has no name here. */
  readonly signatureAlgorithm: string;
  /** For example `digitalSignature`; undefined where the certificate does not restrict them. */
  readonly keyUsages: readonly string[] | undefined;
  /** How many authorities may stand between this one and a leaf; undefined: not restricted. */
  readonly pathLength: number | undefined;
  /** Object identifiers of critical extensions that Go and OpenSSL do not know either. */
  readonly criticalUnknown: readonly string[];
  /** Whether the authority restricts names; what exactly, is not judged here. */
  readonly nameConstraints: boolean;
}

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
/** Key usage, names, basic constraints, name constraints, CRL points, policies, authority key, policy constraints, extended usage, any policy. */
const KNOWN_CRITICAL = [15, 17, 18, 19, 30, 31, 32, 33, 35, 36, 37, 54].map((last) => `2.5.29.${last}`);
/** Hashes that Go and OpenSSL at its usual level accept in a signature. */
const STRONG = /with SHA-(?:256|384|512)$|^Ed25519$/;

/** Reads what node's own certificate class does not show. @throws PkiError `NODE_CERTIFICATE_MALFORMED` */
export async function readCertificateDetails(what: string, certificate: X509Certificate): Promise<CertificateDetails> {
  const x509 = await loadX509();
  try {
    const parsed = new x509.X509Certificate(certificate.raw);
    const usages = parsed.getExtension(x509.KeyUsagesExtension)?.usages;
    const extensions = Array.from(parsed.extensions, ({ type, critical }) => ({ type, critical }));
    return {
      signatureAlgorithm: algorithmName(parsed.signatureAlgorithm),
      keyUsages: usages === undefined ? undefined : KEY_USAGES.filter((_, bit) => (usages & (1 << bit)) !== 0),
      pathLength: parsed.getExtension(x509.BasicConstraintsExtension)?.pathLength,
      criticalUnknown: extensions
        .filter(({ type, critical }) => critical && !KNOWN_CRITICAL.includes(type))
        .map(({ type }) => type),
      nameConstraints: extensions.some(({ type }) => type === NAME_CONSTRAINTS),
    };
  } catch (cause) {
    throw new PkiError({ code: 'NODE_CERTIFICATE_MALFORMED', what, found: 'extensions that do not decode' }, { cause });
  }
}

/**
 * Judges a path that was found, in what the path search itself does not look at.
 *
 * @param path - the certificate first, the authority last
 * @returns remarks about what could not be judged, in words
 * @throws PkiError `NODE_WEAK`, `NODE_USAGE`, `NODE_CERTIFICATE_MALFORMED`
 */
export async function checkPathDetails(
  what: string,
  path: readonly X509Certificate[],
  role: NodeCertificateRole,
): Promise<string[]> {
  const remarks: string[] = [];
  for (const [at, certificate] of path.entries()) {
    const which = at === 0 ? what : `${what}: its authority "${oneLine(certificate.subject)}"`;
    const details = await readCertificateDetails(which, certificate);
    const weak = (expected: string, found: string) => new PkiError({ code: 'NODE_WEAK', what: which, expected, found });
    // Nobody verifies the signature by which a trusted authority vouches for itself.
    if (at < path.length - 1 && !isStrongSignature(details))
      throw weak('a signature with SHA-256 or stronger', details.signatureAlgorithm);
    if (details.criticalUnknown.length > 0)
      throw weak('critical extensions that TLS libraries know', details.criticalUnknown.join(', '));
    if (at > 0 && details.pathLength !== undefined && at - 1 > details.pathLength)
      throw weak(`at most ${details.pathLength} authorities below it (its path length)`, String(at - 1));
    if (at === 0) assertUsable(which, details, role);
    if (details.nameConstraints)
      remarks.push(`${which} restricts names (name constraints); whether these fit is not judged here`);
  }
  return remarks;
}

/** Whether Go and OpenSSL accept the algorithm by which a certificate was signed. */
export function isStrongSignature({ signatureAlgorithm }: Pick<CertificateDetails, 'signatureAlgorithm'>): boolean {
  return STRONG.test(signatureAlgorithm);
}

/** OpenSSL asks a client's certificate for signatures; Go asks a server's for nothing, TLS 1.3 signs with it all the same. */
function assertUsable(what: string, { keyUsages }: CertificateDetails, role: NodeCertificateRole): void {
  if (keyUsages === undefined || keyUsages.includes('digitalSignature')) return;
  if (role === 'node' && keyUsages.includes('keyAgreement')) return;
  const found = `key usage ${keyUsages.join(', ') || 'none'} only`;
  throw new PkiError({ code: 'NODE_USAGE', what, expected: 'digital signatures (digitalSignature)', found, role });
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
