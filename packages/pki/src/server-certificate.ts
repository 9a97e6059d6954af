/**
 * Would a node accept this signer? The verdict of a Tendermint 0.35 node that dials over gRPC, told in advance: Go's crypto/x509
 * and crypto/tls, TLS 1.3, the node's `root-ca-file`, and the host name of its `laddr`, which must be among the subject
 * alternative names: an address among the addresses, a name among the names. The common name is never looked at.
 */

import type { X509Certificate } from 'node:crypto';
import type { CertificateReader } from './certificate-details.js';
import { findCertificatePath } from './certificate-path.js';
import { PkiError } from './errors.js';
import { earliestEnd } from './node-certificate.js';
import { readNodeCertificates } from './node-pem.js';
import { checkPathDetails } from './path-details.js';
import {
  canonicalIp,
  commonNameOf,
  formatSubjectAltName,
  readSubjectAltNames,
  type SubjectAltName,
} from './subject-alt-name.js';

export interface ServerCertificatePolicy {
  /** The node's `root-ca-file`, PEM in any common form. */
  readonly caPem: string;
  /** How messages name it. Default "the node's root-ca-file". */
  readonly caWhat?: string;
  /** What the node dials, without the port: a name, an IPv4 or IPv6 address (with or without brackets). */
  readonly host: string;
  readonly now: Date;
  /** From `loadCertificateReader`. */
  readonly read: CertificateReader;
  /** How messages name the certificate. Default "signer certificate". */
  readonly what?: string;
}

export interface AcceptedServerCertificate {
  /** The certificate first, the authority last. */
  readonly path: readonly X509Certificate[];
  /** The first end of a validity on the path. */
  readonly notAfter: Date;
  /** What could not be judged, in words. */
  readonly remarks: readonly string[];
}

/**
 * Checks a signer's certificate as a node would.
 *
 * @param chain - the certificate first, then its intermediates: what the signer sends
 * @throws PkiError `NODE_CERTIFICATE_MALFORMED`, `NODE_CHAIN`, `NODE_EXPIRED`, `NODE_NOT_YET_VALID`, `NODE_USAGE`, `NODE_WEAK`,
 *   `NODE_SAN_MISSING`, `NODE_HOST`
 */
export function checkServerCertificate(
  chain: readonly X509Certificate[],
  policy: ServerCertificatePolicy,
): AcceptedServerCertificate {
  const { what = 'signer certificate', caWhat = "the node's root-ca-file", host, now } = policy;
  const path = findCertificatePath(what, chain, {
    authorities: readNodeCertificates(caWhat, policy.caPem),
    authoritiesWhat: caWhat,
    now,
    role: 'signer',
  });
  const remarks = checkPathDetails(what, path, 'signer', policy.read);
  const [certificate] = path;
  if (certificate === undefined) throw new Error('impossible: a path without a certificate');
  const names = readSubjectAltNames(certificate);
  if (names.length === 0) throw new PkiError({ code: 'NODE_SAN_MISSING', what, commonName: commonNameOf(certificate) });
  if (!namesHost(names, host)) {
    throw new PkiError({ code: 'NODE_HOST', what, host, found: names.map(formatSubjectAltName) });
  }
  return { path, notAfter: earliestEnd(path), remarks };
}

/** Go's `VerifyHostname`: addresses match exactly; names without regard to case, `*` for one whole first label. */
export function namesHost(names: readonly SubjectAltName[], host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  const ip = canonicalIp(bare);
  if (ip !== undefined) return names.some(({ kind, value }) => kind === 'IP' && value === ip);
  const wanted = bare.toLowerCase().replace(/\.$/, '').split('.');
  return names.some(({ kind, value }) => {
    const labels = value.split('.');
    if (kind !== 'DNS' || labels.length !== wanted.length) return false;
    return labels.every((label, at) => (at === 0 && label === '*' && labels.length > 1) || label === wanted[at]);
  });
}
