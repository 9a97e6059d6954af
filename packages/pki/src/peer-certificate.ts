/**
 * Who is at the other end? The check that both sides of a connection between cosigners make after the TLS handshake. TLS
 * has proven that the peer holds the certificate's key; this proves that the cluster's authority issued the certificate, for
 * a cosigner of this cluster, whose name is among those expected, and that it is valid now. It repeats what TLS checks of
 * the chain on purpose: an identity must not hang on options of a library two layers below.
 */

import { X509Certificate } from 'node:crypto';
import { type CosignerIdentity, parseIdentityUri } from './cosigner-identity.js';
import { PkiError } from './errors.js';
import { parseCertificateDer, parseCertificatesPem } from './pem.js';

export interface PeerCertificatePolicy {
  /** The cluster's authority, PEM; up to four while one is being replaced. */
  readonly caPem: string;
  readonly cluster: string;
  /** Names that are acceptable here: one for the cosigner that was dialled, the others of the list for one that dials. */
  readonly allowedNames: readonly string[];
  readonly now: Date;
  /** How messages name the certificate. Default "peer certificate". */
  readonly what?: string;
}

/**
 * Checks a peer's certificate and returns the cosigner's name.
 *
 * @param certificate - DER, or node's parsed form
 * @throws PkiError `CERTIFICATE_MALFORMED`, `CHAIN`, `EXPIRED`, `NOT_YET_VALID`, `USAGE`, `SAN`, `CLUSTER`, `NAME_UNKNOWN`
 */
export function checkPeerCertificate(certificate: Uint8Array | X509Certificate, policy: PeerCertificatePolicy): string {
  const what = policy.what ?? 'peer certificate';
  const parsed = certificate instanceof X509Certificate ? certificate : parseCertificateDer(what, certificate);
  checkChain(what, parsed, policy);
  checkUsage(what, parsed);
  const { cluster, cosigner } = readIdentity(what, parsed);
  if (cluster !== policy.cluster) {
    throw new PkiError({ code: 'CLUSTER', what, expected: policy.cluster, found: cluster });
  }
  if (!policy.allowedNames.includes(cosigner)) {
    throw new PkiError({ code: 'NAME_UNKNOWN', what, expected: policy.allowedNames, found: cosigner });
  }
  return cosigner;
}

/**
 * Reads the one identity that a certificate carries; checks nothing else. Names of other kinds (DNS, IP) are ignored.
 *
 * @throws PkiError `SAN`
 */
export function readIdentity(what: string, certificate: X509Certificate): CosignerIdentity {
  const names = certificate.subjectAltName ?? '';
  // Node quotes a name that contains its separators; no identity needs that, and unquoting is not worth the risk.
  const uris = names.split(', ').filter((name) => name.startsWith('URI:'));
  const identity = names.includes('"') || uris.length !== 1 ? undefined : parseIdentityUri((uris[0] ?? '').slice(4));
  if (identity === undefined)
    throw new PkiError({ code: 'SAN', what, found: names === '' ? 'none' : names.slice(0, 500) });
  return identity;
}

function checkChain(what: string, certificate: X509Certificate, { caPem, now }: PeerCertificatePolicy): void {
  const authorityWhat = "the cluster's authority (ca.pem)";
  const authorities = parseCertificatesPem(authorityWhat, caPem);
  for (const authority of authorities) {
    // Signed by itself: this also finds a damaged file, which would otherwise look like a stranger's certificate.
    if (!authority.ca || !isIssuedBy(authority, authority)) {
      throw new PkiError({ code: 'CHAIN', what: authorityWhat, reason: 'one that is damaged or is no authority' });
    }
  }
  const issuer = authorities.find((authority) => isIssuedBy(certificate, authority));
  if (issuer === undefined) {
    throw new PkiError({ code: 'CHAIN', what, reason: `one issued by "${oneLine(certificate.issuer)}"` });
  }
  checkValidity({ what: authorityWhat, authority: true }, issuer, now);
  checkValidity({ what, authority: false }, certificate, now);
}

function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  try {
    return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
  } catch {
    return false; // a key that OpenSSL cannot use has signed nothing
  }
}

function checkValidity(of: { what: string; authority: boolean }, certificate: X509Certificate, now: Date): void {
  const notBefore = new Date(certificate.validFrom);
  const notAfter = new Date(certificate.validTo);
  // An unreadable date compares false with everything; asked this way round, it is refused.
  if (!(now >= notBefore)) throw new PkiError({ code: 'NOT_YET_VALID', what: of.what, notBefore, now });
  if (!(now <= notAfter)) throw new PkiError({ code: 'EXPIRED', ...of, notAfter, now });
}

function checkUsage(what: string, certificate: X509Certificate): void {
  if (certificate.ca) throw new PkiError({ code: 'USAGE', what, reason: 'an authority' });
  const usages: readonly string[] = certificate.keyUsage ?? [];
  for (const [usage, name] of [
    ['1.3.6.1.5.5.7.3.1', 'server'],
    ['1.3.6.1.5.5.7.3.2', 'client'],
  ] as const) {
    if (!usages.includes(usage)) throw new PkiError({ code: 'USAGE', what, reason: `no ${name} authentication` });
  }
}

function oneLine(name: string): string {
  return name.replaceAll('\n', ', ').slice(0, 200);
}
