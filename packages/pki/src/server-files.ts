/**
 * The files of a signer's own server for nodes, checked together before anything is started with them: a certificate (with its
 * intermediates) that is for servers and valid now, its key, and the authority for nodes where nodes are asked for a certificate.
 * Which node will accept the certificate depends on what that node trusts and dials: see {@link checkServerCertificate}.
 */

import type { X509Certificate } from 'node:crypto';
import { keyFits } from './certificate-key.js';
import { assertCertificateUsable, isSelfSigned, oneLine } from './certificate-path.js';
import { PkiError } from './errors.js';
import { earliestEnd } from './node-certificate.js';
import { readNodeKey } from './node-key.js';
import { readNodeCertificates } from './node-pem.js';
import { commonNameOf, formatSubjectAltName, readSubjectAltNames } from './subject-alt-name.js';
import { EXPIRY_WARNING_DAYS } from './tls-identity.js';

/** A file as messages name it, and its text. */
export interface NamedText {
  readonly what: string;
  readonly text: string;
}

export interface NodeServerFiles {
  /** PEM in any common form: the signer's own first. */
  readonly certificate: NamedText;
  /** Unencrypted: a server that starts by itself has nobody to ask. */
  readonly key: NamedText;
  /** Undefined where nodes are not asked for a certificate. */
  readonly clientCa?: NamedText | undefined;
}

export interface CheckedServerFiles {
  /** The signer's own certificate first. */
  readonly chain: readonly X509Certificate[];
  readonly subjectAltNames: readonly string[];
  /** The first end of a validity in the chain. */
  readonly notAfter: Date;
  /** What does not stop a start, in words. */
  readonly warnings: readonly string[];
}

const DAY_MS = 86_400_000;

/**
 * Checks a server's files against each other and the time.
 *
 * @throws PkiError `NODE_CERTIFICATE_MALFORMED`, `NODE_KEY_MALFORMED`, `NODE_KEY_ENCRYPTED`, `KEY_MISMATCH`, `NODE_EXPIRED`,
 *   `NODE_NOT_YET_VALID`, `NODE_USAGE`, `NODE_WEAK`, `NODE_SAN_MISSING`, `NODE_CHAIN`
 */
export function checkNodeServerFiles(files: NodeServerFiles, now: Date): CheckedServerFiles {
  const { what } = files.certificate;
  const chain = readNodeCertificates(what, files.certificate.text);
  const [own] = chain;
  if (own === undefined) throw new Error('impossible: a chain without a certificate');
  checkKey(files, chain);
  for (const [at, certificate] of chain.entries()) {
    assertCertificateUsable(at === 0 ? what : `${what}: "${oneLine(certificate.subject)}"`, certificate, 'signer', now);
  }
  const subjectAltNames = readSubjectAltNames(own).map(formatSubjectAltName);
  if (subjectAltNames.length === 0)
    throw new PkiError({ code: 'NODE_SAN_MISSING', what, commonName: commonNameOf(own) });
  const notAfter = earliestEnd(chain);
  const expiry = [warnOfNodeExpiry(what, notAfter, now)];
  if (files.clientCa !== undefined) expiry.push(checkClientCa(files.clientCa, now));
  return { chain, subjectAltNames, notAfter, warnings: expiry.filter((each) => each !== undefined) };
}

/** The warning of an end that is near, in words; undefined if it is far. */
export function warnOfNodeExpiry(what: string, notAfter: Date, now: Date): string | undefined {
  const days = (notAfter.getTime() - now.getTime()) / DAY_MS;
  if (days > EXPIRY_WARNING_DAYS) return undefined;
  const left = days < 0 ? 'has ended' : `ends in ${Math.floor(days)} day${Math.floor(days) === 1 ? '' : 's'}`;
  return `${what} ${left} (${notAfter.toISOString()}); issue a new one and put it in its place`;
}

function checkKey({ certificate, key }: NodeServerFiles, chain: readonly X509Certificate[]): void {
  const privateKey = readNodeKey(key.what, key.text);
  const at = chain.findIndex((each) => keyFits(each, privateKey));
  if (at < 0) throw new PkiError({ code: 'KEY_MISMATCH', what: key.what });
  if (at === 0) return;
  const found = `the certificate of ${key.what} in place ${at + 1}; put it first, its intermediates after it`;
  throw new PkiError({ code: 'NODE_CERTIFICATE_MALFORMED', what: certificate.what, found });
}

/** @returns a warning where the last of its authorities ends soon */
function checkClientCa({ what, text }: NamedText, now: Date): string | undefined {
  const authorities = readNodeCertificates(what, text);
  const usable = authorities.filter((each) => isSelfSigned(each));
  if (usable.length === 0) {
    const issuer = oneLine(authorities[0]?.issuer);
    const reason = 'no authority that signed itself';
    throw new PkiError({ code: 'NODE_CHAIN', what, issuer, authorities: ['a root'], reason });
  }
  const ends = usable.map(({ validTo }) => Date.parse(validTo));
  const notAfter = new Date(Math.max(...ends));
  if (notAfter < now) throw new PkiError({ code: 'NODE_EXPIRED', what, notAfter, now });
  return warnOfNodeExpiry(what, notAfter, now);
}
