/**
 * Who dials? The check of a node's certificate by a signer that asks for one (mutual TLS): it leads to the authority for nodes, is
 * valid now, is for clients, carries a name, and is one of those allowed. TLS must have proven that the node holds its key; the
 * chain need not have been judged by it, this is the whole verdict.
 */

import { X509Certificate } from 'node:crypto';
import type { CertificateReader } from './certificate-details.js';
import { findCertificatePath } from './certificate-path.js';
import { PkiError } from './errors.js';
import { readNodeCertificates } from './node-pem.js';
import { checkPathDetails } from './path-details.js';
import { commonNameOf, formatSubjectAltName, parseSubjectAltName, readSubjectAltNames } from './subject-alt-name.js';

/** Which nodes are served, of all that the authority made certificates for; either list admits. */
export interface AllowedNodes {
  /** `DNS:sentry-0`, `IP:10.0.1.9`, `URI:…`: one of the certificate's names must be here. */
  readonly subjectAltNames?: readonly string[];
  /** SHA-256 of the certificate's DER in hex; colons and case are ignored. */
  readonly fingerprints?: readonly string[];
}

export interface NodeCertificatePolicy {
  /** The authorities for nodes, PEM in any common form. */
  readonly clientCaPem: string;
  /** How messages name it. Default "the client CA". */
  readonly clientCaWhat?: string;
  /** Undefined: every node that has a certificate of the authority. Two empty lists admit nobody. */
  readonly allowed?: AllowedNodes | undefined;
  readonly now: Date;
  /** From `loadCertificateReader`. */
  readonly read: CertificateReader;
  /** How messages name the certificate. Default "node certificate". */
  readonly what?: string;
}

/** A node that may be served. */
export interface NodeIdentity {
  /** Names in their one spelling, with their kind; empty only where the fingerprint is allowed. */
  readonly subjectAltNames: readonly string[];
  /** SHA-256 of the DER, upper-case hex with colons. */
  readonly fingerprint: string;
  /** The certificate first, the authority last. */
  readonly path: readonly X509Certificate[];
  /** The first end of a validity on the path. */
  readonly notAfter: Date;
}

/**
 * Checks the certificate that a node shows.
 *
 * @param chain - DER or node's parsed form, the node's own certificate first
 * @throws PkiError `NODE_CERTIFICATE_MALFORMED`, `NODE_CHAIN`, `NODE_EXPIRED`, `NODE_NOT_YET_VALID`, `NODE_USAGE`, `NODE_WEAK`,
 *   `NODE_SAN_MISSING`, `NODE_NOT_ALLOWED`; `ARGUMENT` for an allow-list that cannot be read
 */
export function checkNodeCertificate(
  chain: readonly (Uint8Array | X509Certificate)[],
  policy: NodeCertificatePolicy,
): NodeIdentity {
  const { what = 'node certificate', clientCaWhat = 'the client CA', now } = policy;
  const parsed = chain.map((each) => (each instanceof X509Certificate ? each : parse(what, each)));
  const path = findCertificatePath(what, parsed, {
    authorities: readNodeCertificates(clientCaWhat, policy.clientCaPem),
    authoritiesWhat: clientCaWhat,
    now,
    role: 'node',
  });
  checkPathDetails(what, path, 'node', policy.read);
  const [certificate] = path;
  if (certificate === undefined) throw new Error('impossible: a path without a certificate');
  const subjectAltNames = readSubjectAltNames(certificate).map(formatSubjectAltName);
  const fingerprint = certificate.fingerprint256;
  const allowed = policy.allowed === undefined ? undefined : readAllowed(policy.allowed);
  // A fingerprint names one certificate and no other, so no name is needed beside it.
  if (allowed?.fingerprints.has(normalizeFingerprint(fingerprint)) !== true) {
    if (subjectAltNames.length === 0) {
      throw new PkiError({ code: 'NODE_SAN_MISSING', what, commonName: commonNameOf(certificate) });
    }
    if (allowed !== undefined && !subjectAltNames.some((name) => allowed.subjectAltNames.has(name))) {
      const expected = [...allowed.subjectAltNames, ...allowed.fingerprints];
      throw new PkiError({ code: 'NODE_NOT_ALLOWED', what, found: subjectAltNames, fingerprint, expected });
    }
  }
  return { subjectAltNames, fingerprint, path, notAfter: earliestEnd(path) };
}

/** The first end of a validity on a path. */
export function earliestEnd(path: readonly X509Certificate[]): Date {
  return new Date(Math.min(...path.map(({ validTo }) => Date.parse(validTo))));
}

/** @returns 64 lower-case hex digits, or undefined for anything else */
export function parseFingerprint(text: string): string | undefined {
  const digits = normalizeFingerprint(text);
  return /^[0-9a-f]{64}$/.test(digits) ? digits : undefined;
}

function readAllowed({ subjectAltNames = [], fingerprints = [] }: AllowedNodes) {
  return {
    subjectAltNames: new Set(subjectAltNames.map((name) => formatSubjectAltName(parseSubjectAltName(name)))),
    fingerprints: new Set(
      fingerprints.map((text) => {
        const fingerprint = parseFingerprint(text);
        if (fingerprint !== undefined) return fingerprint;
        const expected = 'SHA-256 in 64 hexadecimal digits, as certs show prints it';
        throw new PkiError({ code: 'ARGUMENT', what: 'fingerprint', expected, found: JSON.stringify(text) });
      }),
    ),
  };
}

function normalizeFingerprint(text: string): string {
  return text.replaceAll(':', '').toLowerCase();
}

function parse(what: string, der: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch (cause) {
    throw new PkiError({ code: 'NODE_CERTIFICATE_MALFORMED', what, found: 'bytes that do not decode' }, { cause });
  }
}
