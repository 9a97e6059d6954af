/**
 * From a certificate to an authority that is trusted (RFC 5280, section 6, without policies and revocation): whether OpenSSL, for a
 * node's certificate, or Go, for a signer's, would find a path, and if not, exactly where it ends. TLS libraries have words for a
 * refusal that help nobody ("bad certificate"); here they name the certificate and the reason.
 *
 * Looks at names, signatures, authority flags, validity and extended key usage. Signature algorithms, key usage bits, path
 * lengths and critical extensions need an ASN.1 library: see `path-details.ts`. Both halves together are the verdict.
 */

import type { X509Certificate } from 'node:crypto';
import { PkiError } from './errors.js';
import type { NodeCertificateRole } from './node-errors.js';
import { keyProblem } from './node-key.js';

export interface PathPolicy {
  /** The authorities that are trusted, as the verifier's file has them. */
  readonly authorities: readonly X509Certificate[];
  /** How messages name that file. */
  readonly authoritiesWhat: string;
  readonly now: Date;
  /** Whose certificate it is: a signer's is for servers and checked by Go, a node's is for clients and checked by OpenSSL. */
  readonly role: NodeCertificateRole;
}

/** Certificates in a path, leaf and authority included. */
export const PATH_LENGTH_MAX = 8;
/** Certificates that a peer may show. */
export const CHAIN_LENGTH_MAX = 16;
/**
 * Signatures that are verified in one search. A chain comes from whoever connects, and certificates that all signed each other have
 * more paths than there is time; honest chains need a handful.
 */
const VERIFICATIONS_MAX = 64;
/** Paths that are tried where cross-signed authorities give several. */
const PATHS_MAX = 16;

const USAGE_OIDS = { node: '1.3.6.1.5.5.7.3.2', signer: '1.3.6.1.5.5.7.3.1' };
const ANY_USAGE = '2.5.29.37.0';
const USAGE_NAMES: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.3.1': 'server authentication',
  '1.3.6.1.5.5.7.3.2': 'client authentication',
  '1.3.6.1.5.5.7.3.3': 'code signing',
  '1.3.6.1.5.5.7.3.4': 'e-mail protection',
  '1.3.6.1.5.5.7.3.8': 'time stamping',
  '1.3.6.1.5.5.7.3.9': 'OCSP signing',
  [ANY_USAGE]: 'any usage',
};

/** The extended key usages of a certificate in words; empty where it is not restricted. */
export function usagesOf(certificate: X509Certificate): string[] {
  const oids: readonly string[] = certificate.keyUsage ?? [];
  return oids.map((oid) => USAGE_NAMES[oid] ?? oid);
}

/**
 * Finds a path from the first certificate of a chain to a trusted authority, on which every certificate is valid now and may be
 * used for the role.
 *
 * @param what - how messages name the certificate
 * @param chain - the certificate first; intermediates after it, in any order
 * @returns the path: the certificate first, the authority last
 * @throws PkiError `NODE_CERTIFICATE_MALFORMED`, `NODE_CHAIN`, `NODE_EXPIRED`, `NODE_NOT_YET_VALID`, `NODE_USAGE`, `NODE_WEAK`
 */
export function findCertificatePath(
  what: string,
  chain: readonly X509Certificate[],
  policy: PathPolicy,
): X509Certificate[] {
  const [leaf, ...intermediates] = chain;
  if (leaf === undefined || chain.length > CHAIN_LENGTH_MAX) {
    const found = `${chain.length} certificates, where 1 to ${CHAIN_LENGTH_MAX} belong`;
    throw new PkiError({ code: 'NODE_CERTIFICATE_MALFORMED', what, found });
  }
  const search: Search = { intermediates, policy, paths: [], longest: [leaf], verifications: 0 };
  extend([leaf], search);
  const [first] = search.paths;
  if (first === undefined) throw chainError(what, search);
  let problem: PkiError | undefined;
  for (const path of search.paths) {
    const found = pathProblem(what, path, policy);
    if (found === undefined) return path;
    problem ??= found;
  }
  throw problem ?? chainError(what, search);
}

/** Whether `issuer` signed `certificate`: the names fit, the issuer may sign certificates, and the signature verifies. */
export function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    return false; // a key that OpenSSL cannot use has signed nothing
  }
}

/** Whether a certificate signed itself. */
export function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.subject === certificate.issuer && verifies(certificate, certificate);
}

interface Search {
  readonly intermediates: readonly X509Certificate[];
  readonly policy: PathPolicy;
  readonly paths: X509Certificate[][];
  /** For the message where no path is found. */
  longest: readonly X509Certificate[];
  verifications: number;
}

/** Depth first, trusted authorities before intermediates; a certificate stands once in a path. */
function extend(path: readonly X509Certificate[], search: Search): void {
  const last = path.at(-1);
  if (last === undefined || search.paths.length >= PATHS_MAX) return;
  if (path.length > search.longest.length) search.longest = path;
  const { authorities, role } = search.policy;
  const isTrusted = authorities.some((each) => each.raw.equals(last.raw));
  // Go ends a path at any certificate of its file. OpenSSL, as Node sets it up, ends it only at one that signed itself.
  if (isTrusted && (role === 'signer' || isSelfSigned(last))) search.paths.push([...path]);
  if (path.length >= PATH_LENGTH_MAX) return;
  for (const issuer of [...authorities, ...search.intermediates]) {
    if (!issuer.ca || issuer.subject !== last.issuer || path.some((each) => each.raw.equals(issuer.raw))) continue;
    if (search.verifications >= VERIFICATIONS_MAX) return;
    search.verifications += 1;
    if (isIssuedBy(last, issuer)) extend([...path, issuer], search);
  }
}

/**
 * What can be said of one certificate without its issuer: valid now, strong enough, usable for the role.
 *
 * @throws PkiError `NODE_EXPIRED`, `NODE_NOT_YET_VALID`, `NODE_USAGE`, `NODE_WEAK`
 */
export function assertCertificateUsable(
  what: string,
  certificate: X509Certificate,
  role: NodeCertificateRole,
  now: Date,
): void {
  const notBefore = new Date(certificate.validFrom);
  const notAfter = new Date(certificate.validTo);
  // Asked this way round, a date that cannot be read is refused.
  if (!(now >= notBefore)) throw new PkiError({ code: 'NODE_NOT_YET_VALID', what, notBefore, now });
  if (!(now <= notAfter)) throw new PkiError({ code: 'NODE_EXPIRED', what, notAfter, now });
  const weak = keyProblem(certificate.publicKey);
  if (weak !== undefined) {
    const expected = 'a key of RSA 2048 bits or more, EC on P-256, P-384 or P-521, or Ed25519';
    throw new PkiError({ code: 'NODE_WEAK', what, expected, found: weak });
  }
  if (mayBeUsed(certificate, role)) return;
  const expected = role === 'node' ? 'client authentication (clientAuth)' : 'server authentication (serverAuth)';
  const found = `one for ${usagesOf(certificate).join(', ')} only`;
  throw new PkiError({ code: 'NODE_USAGE', what, expected, found, role });
}

function pathProblem(what: string, path: readonly X509Certificate[], { now, role }: PathPolicy): PkiError | undefined {
  try {
    for (const [at, certificate] of path.entries()) {
      const which = at === 0 ? what : `${what}: its authority "${oneLine(certificate.subject)}"`;
      assertCertificateUsable(which, certificate, role, now);
    }
    return undefined;
  } catch (error) {
    if (error instanceof PkiError) return error;
    throw error;
  }
}

/** Both verifiers ask the authorities of a path too. "Any usage" is enough for Go, not for OpenSSL. */
function mayBeUsed(certificate: X509Certificate, role: NodeCertificateRole): boolean {
  const usages: readonly string[] = certificate.keyUsage ?? [];
  return usages.length === 0 || usages.includes(USAGE_OIDS[role]) || (role === 'signer' && usages.includes(ANY_USAGE));
}

function chainError(what: string, { longest, policy, intermediates }: Search): PkiError {
  const last = longest.at(-1);
  const { authorities, authoritiesWhat: file, role } = policy;
  const which = longest.length > 1 ? `${what}: its authority "${oneLine(last?.subject)}"` : what;
  const issuer = oneLine(last?.issuer);
  const names = authorities.map(({ subject }) => oneLine(subject));
  const fail = (reason: string) =>
    new PkiError({ code: 'NODE_CHAIN', what: which, issuer, authorities: names, reason });
  if (last === undefined) return fail('no certificate');
  if (role === 'node' && authorities.some((each) => each.raw.equals(last.raw)))
    return fail(`it in ${file} without the authority that signed it: the root is missing`);
  if (isSelfSigned(last)) return fail(`a certificate that signed itself and is not in ${file}`);
  const named = [...authorities, ...intermediates].filter(({ subject }) => subject === last.issuer);
  if (named.some((each) => verifies(last, each)))
    return fail('that what signed it is no authority (no CA:TRUE, or a key usage that forbids it)');
  if (named.length > 0) return fail(`an authority of that name with another key in ${file}; it was made anew, perhaps`);
  const unled = longest.length > 1 ? '' : ', and no intermediate beside the certificate';
  return fail(`no authority of that name in ${file}${unled}`);
}

/** The signature alone. */
function verifies(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.verify(issuer.publicKey);
  } catch {
    return false; // keys of different kinds
  }
}

/** A subject or issuer on one line, bounded. */
export function oneLine(name: string | undefined): string {
  return (name ?? '').replaceAll('\n', ', ').slice(0, 200);
}
