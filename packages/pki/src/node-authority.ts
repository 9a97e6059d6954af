/**
 * Makes the authority for nodes, and the certificates of a connection over gRPC: one that the signer shows (server), one that a
 * node shows (client). This authority is not the cluster's: whoever runs the nodes may have it, and nothing it signs is ever
 * accepted between cosigners.
 */

import { webcrypto, X509Certificate } from 'node:crypto';
import { CLUSTER_AUTHORITY_PREFIX } from './certificate-authority.js';
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
import { PkiError } from './errors.js';
import type { NodeCertificateRole } from './node-errors.js';
import { commonNameOf, parseSubjectAltName, SUBJECT_ALT_NAMES_MAX, type SubjectAltName } from './subject-alt-name.js';

export interface NodeAuthorityOptions {
  /** Goes into the subject: 1 to 40 printable characters. Default "nodes". */
  readonly name?: string;
  readonly now: Date;
  /** Default 10, from 1 to 30. When it ends, nodes and signers need new files. */
  readonly years?: number;
}

export interface NodeCertificateOptions {
  readonly authority: CertificateWithKey;
  /** `signer`: for the signer's server; `node`: for a node that dials. */
  readonly role: NodeCertificateRole;
  /** `DNS:…`, `IP:…`, `URI:…`, or a bare host name or address; at least one. For a signer: every host that a node dials. */
  readonly subjectAltNames: readonly string[];
  /** Common name, for people only. Default the first subject alternative name; cut to 64 characters. */
  readonly name?: string;
  readonly now: Date;
  /** Default 730, from 1 to 3650; cut to the authority's own end. */
  readonly days?: number;
}

const AUTHORITY_NAME = /^[\x21-\x7e](?:[\x20-\x7e]{0,38}[\x21-\x7e])?$/;
const DAYS_DEFAULT = 730;
/** The upper bound of RFC 5280 (ub-common-name). */
const COMMON_NAME_CHARACTERS_MAX = 64;
const KINDS = { DNS: 'dns', IP: 'ip', URI: 'url' } as const;

/**
 * Makes a new authority for nodes.
 *
 * @throws PkiError `ARGUMENT`
 */
export async function createNodeAuthority(options: NodeAuthorityOptions): Promise<CertificateWithKey> {
  const { name = 'nodes', now, years = 10 } = options;
  assertRange('years', years, 30);
  if (!AUTHORITY_NAME.test(name)) {
    const found = JSON.stringify(name.slice(0, 80));
    throw new PkiError({ code: 'ARGUMENT', what: 'authority name', expected: '1 to 40 printable characters', found });
  }
  const x509 = await loadX509();
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: randomSerial(),
      name: [{ CN: [`Quorumsign node CA ${name}`] }],
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
 * Issues a certificate for one side of a connection between node and signer, with a new key.
 *
 * @throws PkiError `ARGUMENT`; `CERTIFICATE_MALFORMED`, `KEY_MALFORMED`, `KEY_MISMATCH`, `CHAIN` or `EXPIRED` for the authority
 */
export async function issueNodeCertificate(options: NodeCertificateOptions): Promise<CertificateWithKey> {
  const { authority, role, now, days = DAYS_DEFAULT } = options;
  assertRange('days', days, 3650);
  const names = parseNames(options.subjectAltNames);
  const commonName = options.name ?? names[0]?.value ?? '';
  const signing = await loadAuthority(authority, now);
  refuseClusterAuthority(signing.der);
  const x509 = await loadX509();
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: randomSerial(),
      subject: [{ CN: [commonName.slice(0, COMMON_NAME_CHARACTERS_MAX)] }],
      issuer: new x509.X509Certificate(signing.der).subjectName,
      ...leafLifetime(now, days, signing),
      publicKey: keys.publicKey,
      signingKey: signing.key,
      signingAlgorithm: ECDSA_SHA256,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([role === 'signer' ? SERVER_AUTH : CLIENT_AUTH], false),
        new x509.SubjectAlternativeNameExtension(
          names.map(({ kind, value }) => ({ type: KINDS[kind], value })),
          false,
        ),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        await x509.AuthorityKeyIdentifierExtension.create(signing.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return await exportPair(certificate.rawData, keys);
}

function parseNames(texts: readonly string[]): SubjectAltName[] {
  if (texts.length < 1 || texts.length > SUBJECT_ALT_NAMES_MAX) {
    const expected = `1 to ${SUBJECT_ALT_NAMES_MAX}: what the node dials, or what the node is called`;
    throw new PkiError({ code: 'ARGUMENT', what: 'subject alternative names', expected, found: String(texts.length) });
  }
  const names = texts.map(parseSubjectAltName);
  const cosigner = names.find(({ kind, value }) => kind === 'URI' && /^quorumsign:/i.test(value));
  if (cosigner === undefined) return names;
  const expected = 'names of nodes and hosts; quorumsign:// names a cosigner, whose certificates the cluster makes';
  throw new PkiError({ code: 'ARGUMENT', what: 'subject alternative name', expected, found: cosigner.value });
}

/** One authority for both would let whoever runs the nodes' authority speak as a cosigner. */
function refuseClusterAuthority(der: Buffer): void {
  const found = commonNameOf(new X509Certificate(der)) ?? '';
  if (!found.startsWith(CLUSTER_AUTHORITY_PREFIX)) return;
  const expected = 'an authority made with certs node-ca';
  throw new PkiError({ code: 'ARGUMENT', what: 'authority', expected, found: `the cluster's own (${found})` });
}
