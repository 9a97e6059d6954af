/**
 * What can be wrong with a certificate, a key or their files. Every failure of this package is a `PkiError`; its `code`
 * is stable (operators search for it), its message says what was expected, what was found and what to do, and never
 * contains key material.
 */

import { describeNodeError, type NodePkiErrorDetail } from './node-errors.js';

/** Codes and the fields each carries; `what` names the thing examined, as the operator knows it (a path, "peer certificate"). */
export type PkiErrorDetail =
  /** A caller's argument is out of bounds: name, lifetime. */
  | { readonly code: 'ARGUMENT'; readonly what: string; readonly expected: string; readonly found: string }
  /** Not one whole PEM/DER certificate. */
  | { readonly code: 'CERTIFICATE_MALFORMED'; readonly what: string; readonly reason: string }
  /** Not one whole PKCS #8 private key on P-256. */
  | { readonly code: 'KEY_MALFORMED'; readonly what: string; readonly reason: string }
  /** The private key belongs to another certificate. */
  | { readonly code: 'KEY_MISMATCH'; readonly what: string }
  /** Not signed by the cluster's authority, or the authority itself is not one. */
  | { readonly code: 'CHAIN'; readonly what: string; readonly reason: string }
  /** The validity period is over. */
  | {
      readonly code: 'EXPIRED';
      readonly what: string;
      readonly notAfter: Date;
      readonly now: Date;
      /** It is an authority that has ended, which no renewal of a cosigner's certificate helps. */
      readonly authority?: boolean;
    }
  /** The validity period has not begun (mostly: a clock is wrong). */
  | { readonly code: 'NOT_YET_VALID'; readonly what: string; readonly notBefore: Date; readonly now: Date }
  /** A certificate made for something else (an authority, a web server). */
  | { readonly code: 'USAGE'; readonly what: string; readonly reason: string }
  /** Not exactly one URI of the form `quorumsign://CLUSTER/NAME` among the subject alternative names. */
  | { readonly code: 'SAN'; readonly what: string; readonly found: string }
  /** A cosigner of another cluster. */
  | { readonly code: 'CLUSTER'; readonly what: string; readonly expected: string; readonly found: string }
  /** A cosigner of this cluster that is not among those allowed here. */
  | {
      readonly code: 'NAME_UNKNOWN';
      readonly what: string;
      readonly expected: readonly string[];
      readonly found: string;
    }
  /** The private key's file may be read by others. */
  | { readonly code: 'KEY_PERMISSIONS'; readonly what: string; readonly mode: number }
  /** A file could not be read; `cause` says why. */
  | { readonly code: 'FILE'; readonly what: string; readonly reason: string }
  /** Between a node and this signer; the codes begin with `NODE_`. */
  | NodePkiErrorDetail;

export type PkiErrorCode = PkiErrorDetail['code'];

/** A failure of this package; see {@link PkiErrorDetail} for the codes. */
export class PkiError extends Error {
  override readonly name = 'PkiError';
  readonly detail: PkiErrorDetail;

  constructor(detail: PkiErrorDetail, options?: ErrorOptions) {
    super(`${detail.code}: ${describe(detail)}`, options);
    this.detail = detail;
  }

  get code(): PkiErrorCode {
    return this.detail.code;
  }
}

function describe(detail: PkiErrorDetail): string {
  const { what } = detail;
  switch (detail.code) {
    case 'ARGUMENT':
      return `${what}: expected ${detail.expected}, found ${detail.found}`;
    case 'CERTIFICATE_MALFORMED':
      return `${what}: expected one whole X.509 certificate, found ${detail.reason}; copy the file again or issue a new one`;
    case 'KEY_MALFORMED':
      return `${what}: expected one whole PKCS #8 private key on P-256, found ${detail.reason}; copy the file again or issue a new certificate and key`;
    case 'KEY_MISMATCH':
      return `${what}: expected the private key of the certificate beside it, found another one; copy certificate and key together`;
    case 'CHAIN':
      return `${what}: expected a certificate issued by the cluster's authority, found ${detail.reason}; issue it with the authority whose certificate is in ca.pem`;
    case 'EXPIRED':
      return `${what}: expected to be valid at ${detail.now.toISOString()}, found that it ended ${detail.notAfter.toISOString()}; ${detail.authority === true ? 'nothing that it issued is accepted any more; make a new authority' : 'renew it: quorumsign certs renew'}, or check the clock`;
    case 'NOT_YET_VALID':
      return `${what}: expected to be valid at ${detail.now.toISOString()}, found that it begins ${detail.notBefore.toISOString()}; check the clocks`;
    case 'USAGE':
      return `${what}: expected a cosigner's certificate (server and client authentication, no authority), found ${detail.reason}; issue one with quorumsign certs renew`;
    case 'SAN':
      return `${what}: expected exactly one URI quorumsign://CLUSTER/NAME among the subject alternative names, found ${detail.found}; issue one with quorumsign certs renew`;
    case 'CLUSTER':
      return `${what}: expected cluster "${detail.expected}", found "${detail.found}"; check that the address and the tls files are of one cluster`;
    case 'NAME_UNKNOWN':
      return `${what}: expected ${detail.expected.length === 0 ? 'no cosigner' : detail.expected.map((name) => `"${name}"`).join(' or ')}, found "${detail.found}"; check the cosigners' list and addresses, and that each home has its own tls files`;
    case 'KEY_PERMISSIONS':
      return `${what}: expected mode 0600, found ${detail.mode.toString(8).padStart(4, '0')} (others may read the key); run: chmod 600 ${what}`;
    case 'FILE':
      return `${what}: expected a readable file, found ${detail.reason}; check the path and its owner`;
    default:
      return describeNodeError(detail);
  }
}
