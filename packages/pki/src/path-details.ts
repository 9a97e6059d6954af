/**
 * The second half of a verdict on a certificate's path: what the path search itself cannot see. Which extensions may be critical
 * depends on who judges: OpenSSL judges what a node shows, Go what a signer shows.
 */

import type { X509Certificate } from 'node:crypto';
import type { CertificateDetails, CertificateReader } from './certificate-details.js';
import { oneLine } from './certificate-path.js';
import { PkiError } from './errors.js';
import type { NodeCertificateRole } from './node-errors.js';

/** Hashes that Go and OpenSSL at its usual level accept in a signature. */
const STRONG = /with SHA-(?:256|384|512)$|^Ed25519$/;

const standard = (...last: number[]) => last.map((each) => `2.5.29.${each}`);
/**
 * Critical extensions that the verifier knows (OpenSSL: `X509_supported_extension`; Go: crypto/x509, of which older releases know
 * fewer): key usage 15, names 17, basic constraints 19, name constraints 30, CRL points 31, policies 32, policy mappings 33, key
 * identifiers 14 and 35, policy constraints 36, extended key usage 37, any policy 54.
 */
const KNOWN_CRITICAL: Readonly<Record<NodeCertificateRole, readonly string[]>> = {
  node: standard(15, 17, 19, 30, 31, 32, 33, 36, 37, 54),
  signer: standard(14, 15, 17, 19, 30, 31, 32, 35, 37),
};

/** Whether Go and OpenSSL accept the algorithm by which a certificate was signed. */
export function isStrongSignature({ signatureAlgorithm }: Pick<CertificateDetails, 'signatureAlgorithm'>): boolean {
  return STRONG.test(signatureAlgorithm);
}

/** Critical extensions at which the verifier gives up. */
export function unknownCritical(details: CertificateDetails, role: NodeCertificateRole): string[] {
  return details.criticalExtensions.filter((oid) => !KNOWN_CRITICAL[role].includes(oid));
}

/**
 * Judges a path.
 *
 * @param path - the certificate first, the authority last
 * @returns remarks about what could not be judged, in words
 * @throws PkiError `NODE_WEAK`, `NODE_USAGE`, `NODE_CERTIFICATE_MALFORMED`
 */
export function checkPathDetails(
  what: string,
  path: readonly X509Certificate[],
  role: NodeCertificateRole,
  read: CertificateReader,
): string[] {
  const remarks: string[] = [];
  for (const [at, certificate] of path.entries()) {
    const which = at === 0 ? what : `${what}: its authority "${oneLine(certificate.subject)}"`;
    const details = read(which, certificate);
    const weak = (expected: string, found: string) => new PkiError({ code: 'NODE_WEAK', what: which, expected, found });
    // Nobody verifies the signature by which a trusted authority vouches for itself.
    if (at < path.length - 1 && !isStrongSignature(details))
      throw weak('a signature with SHA-256 or stronger', details.signatureAlgorithm);
    const unknown = unknownCritical(details, role);
    if (unknown.length > 0) throw weak('critical extensions that TLS libraries know', unknown.join(', '));
    if (at > 0 && details.pathLength !== undefined && at - 1 > details.pathLength)
      throw weak(`at most ${details.pathLength} authorities below it (its path length)`, String(at - 1));
    if (at === 0) assertUsable(which, details, role);
    if (!details.nameConstraints) continue;
    // Not judged is not allowed, where the verdict is ours; a node judges for itself.
    if (role === 'node')
      throw weak('an authority that does not restrict names, which is not judged here', 'name constraints');
    remarks.push(`${which} restricts names (name constraints); whether these fit is not judged here`);
  }
  return remarks;
}

/** OpenSSL asks a client's certificate for signatures; Go asks a server's for nothing, TLS 1.3 signs with it all the same. */
function assertUsable(what: string, { keyUsages }: CertificateDetails, role: NodeCertificateRole): void {
  if (keyUsages === undefined || keyUsages.includes('digitalSignature')) return;
  if (role === 'node' && keyUsages.includes('keyAgreement')) return;
  const found = `key usage ${keyUsages.join(', ') || 'none'} only`;
  throw new PkiError({ code: 'NODE_USAGE', what, expected: 'digital signatures (digitalSignature)', found, role });
}
