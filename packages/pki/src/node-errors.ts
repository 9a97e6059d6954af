/**
 * What can be wrong with the files between a node and this signer: certificates that an operator made with any tool, and keys of
 * any common kind. They are codes of {@link PkiError} like the cluster's own, kept apart because the remedies differ: here there
 * are two sides, an authority that is not the cluster's, and programs (Go, OpenSSL) whose verdict is told in advance.
 */

/** Codes and the fields each carries; `what` names the thing examined, as the operator knows it. */
export type NodePkiErrorDetail =
  /** No certificate could be read from the text. */
  | { readonly code: 'NODE_CERTIFICATE_MALFORMED'; readonly what: string; readonly found: string }
  /** No private key could be read from the text, or one of an unsupported kind. */
  | { readonly code: 'NODE_KEY_MALFORMED'; readonly what: string; readonly found: string }
  /** The private key is protected by a passphrase and none was given. */
  | { readonly code: 'NODE_KEY_ENCRYPTED'; readonly what: string }
  /** The passphrase does not open the private key. */
  | { readonly code: 'NODE_KEY_PASSPHRASE'; readonly what: string }
  /** The certificate does not lead to an authority that is trusted here. */
  | {
      readonly code: 'NODE_CHAIN';
      readonly what: string;
      /** The name that signed the last certificate of the chain. */
      readonly issuer: string;
      /** What the authority's file holds. */
      readonly authorities: readonly string[];
      readonly reason: string;
    }
  /** The validity period is over. */
  | { readonly code: 'NODE_EXPIRED'; readonly what: string; readonly notAfter: Date; readonly now: Date }
  /** The validity period has not begun. */
  | { readonly code: 'NODE_NOT_YET_VALID'; readonly what: string; readonly notBefore: Date; readonly now: Date }
  /** The certificate may not be used for this side of a connection. */
  | {
      readonly code: 'NODE_USAGE';
      readonly what: string;
      readonly expected: string;
      readonly found: string;
      readonly role: NodeCertificateRole;
    }
  /** No subject alternative name: whoever made it put the name into the common name only. */
  | { readonly code: 'NODE_SAN_MISSING'; readonly what: string; readonly commonName: string | undefined }
  /** The certificate does not name the host that the node dials. */
  | { readonly code: 'NODE_HOST'; readonly what: string; readonly host: string; readonly found: readonly string[] }
  /** A good certificate that is not in the allow-list. */
  | {
      readonly code: 'NODE_NOT_ALLOWED';
      readonly what: string;
      readonly found: readonly string[];
      readonly fingerprint: string;
      readonly expected: readonly string[];
    }
  /** Too weak, or of a kind that the other side does not read. */
  | { readonly code: 'NODE_WEAK'; readonly what: string; readonly expected: string; readonly found: string };

/** `signer`: shown by us, to nodes that dial. `node`: shown by the node. */
export type NodeCertificateRole = 'signer' | 'node';

/** The message without its code. */
export function describeNodeError(detail: NodePkiErrorDetail): string {
  const { what } = detail;
  switch (detail.code) {
    case 'NODE_CERTIFICATE_MALFORMED':
      return `${what}: expected certificates in PEM, found ${detail.found}`;
    case 'NODE_KEY_MALFORMED':
      return `${what}: expected a private key in PEM (RSA of 2048 bits or more, EC on P-256, P-384 or P-521, Ed25519), found ${detail.found}`;
    case 'NODE_KEY_ENCRYPTED':
      return `${what}: expected a private key that can be read, found one under a passphrase; give the passphrase, or store it without: openssl pkey -in ${what} -out PLAIN.pem`;
    case 'NODE_KEY_PASSPHRASE':
      return `${what}: expected the passphrase of this private key, found another; try again`;
    case 'NODE_CHAIN':
      return `${what}: expected a chain to ${listOr(detail.authorities, 'an authority')}, found ${detail.reason} (issued by ${quote(detail.issuer)}); use a certificate of that authority, or put its authority into the file`;
    case 'NODE_EXPIRED':
      return `${what}: expected to be valid at ${detail.now.toISOString()}, found that it ended ${detail.notAfter.toISOString()}; issue a new one, or check the clock`;
    case 'NODE_NOT_YET_VALID':
      return `${what}: expected to be valid at ${detail.now.toISOString()}, found that it begins ${detail.notBefore.toISOString()}; check the clocks of both machines`;
    case 'NODE_USAGE':
      return `${what}: expected a certificate for ${detail.expected}, found ${detail.found}; issue one with quorumsign certs issue --for ${detail.role}`;
    case 'NODE_SAN_MISSING':
      return `${what}: expected a subject alternative name (DNS, IP or URI), found ${detail.commonName === undefined ? 'none' : `only the common name ${quote(detail.commonName)}, which Go (since 1.15) and this signer ignore`}; issue it again with one: quorumsign certs issue --san, openssl -addext subjectAltName=DNS:…, certstrap request-cert --domain`;
    case 'NODE_HOST':
      return `${what}: expected it to name ${detail.host}, which the node dials, found ${listOr(detail.found, 'no name')}; issue it again with that name, or have the node dial one of these`;
    case 'NODE_NOT_ALLOWED':
      return `${what}: expected one of the allow-list (${detail.expected.join(', ')}), found ${listOr(detail.found, 'no name')} with fingerprint ${detail.fingerprint}; add one of these to tls.allowed if this node shall be served`;
    case 'NODE_WEAK':
      return `${what}: expected ${detail.expected}, found ${detail.found}; issue a new one`;
  }
}

function listOr(names: readonly string[], none: string): string {
  return names.length === 0 ? none : names.map(quote).join(' or ');
}

function quote(name: string): string {
  return `"${name.slice(0, 200)}"`;
}
