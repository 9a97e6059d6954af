/**
 * Reads PEM as other people's tools write it: `openssl … -text` before the block, Windows line ends, several
 * certificates in one file, an EC key behind its parameters. Used for files between a node and this signer only; the cluster's own
 * files go through the strict reader in `pem.ts`, which accepts one spelling.
 *
 * Lenient about what stands around a block, not about the block: its base64 must be whole, its end must match its beginning.
 */

import { X509Certificate } from 'node:crypto';
import { PkiError } from './errors.js';

/** Largest text that is looked at: a chain with `-text` before each certificate is some 40 KiB. */
export const NODE_PEM_BYTES_MAX = 256 * 1024;
/** Blocks in one file: a bundle of authorities and a chain. */
export const NODE_PEM_BLOCKS_MAX = 64;

export interface PemBlock {
  /** For example `CERTIFICATE`. */
  readonly label: string;
  /** Empty where the block has headers (an encrypted key): its bytes mean nothing without them. */
  readonly der: Buffer;
  /** `Proc-Type: 4,ENCRYPTED` and the like. */
  readonly headers: readonly string[];
  /** The block alone, with line feeds. */
  readonly text: string;
}

/** The blocks of a text in their order, or in words what is wrong with it. */
export function readPemBlocks(text: string): PemBlock[] | string {
  if (text.length > NODE_PEM_BYTES_MAX) return `more than ${NODE_PEM_BYTES_MAX} bytes`;
  if (text.trim() === '') return 'an empty file';
  if (text.includes('\0')) return notText(text);
  // OpenSSL skips it, Go does not find the block behind it; the file may be meant for either.
  if (/^(?:\ufeff|\u00ef\u00bb\u00bf)-----BEGIN/.test(text))
    return 'a byte order mark before the first block, which Go does not skip; save the file as UTF-8 without it';
  const lines = text.split(/\r?\n/);
  const blocks: PemBlock[] = [];
  for (let at = 0; at < lines.length; at++) {
    const label = /^-----BEGIN ([A-Z0-9 ]{1,40})-----\s*$/.exec(lines[at] ?? '')?.[1];
    if (label === undefined) continue;
    const end = lines.findIndex((line, index) => index > at && /^-----/.test(line));
    if (end < 0) return `a block "${label}" at line ${at + 1} that does not end: half a file`;
    if (lines[end]?.trimEnd() !== `-----END ${label}-----`)
      return `a block "${label}" at line ${at + 1} that ends wrongly`;
    const block = readBlock(label, lines.slice(at + 1, end));
    if (block === undefined) return `damaged base64 in the block "${label}" at line ${at + 1}`;
    blocks.push(block);
    if (blocks.length > NODE_PEM_BLOCKS_MAX) return `more than ${NODE_PEM_BLOCKS_MAX} blocks`;
    at = end;
  }
  return blocks.length > 0 ? blocks : notText(text);
}

/**
 * Every certificate of a text, in its order; keys beside them are passed over.
 *
 * @param what - how messages name it
 * @throws PkiError `NODE_CERTIFICATE_MALFORMED`
 */
export function readNodeCertificates(what: string, text: string): X509Certificate[] {
  const blocks = readPemBlocks(text);
  if (typeof blocks === 'string') throw malformed(what, blocks);
  const certificates = blocks
    .filter(({ label }) => label === 'CERTIFICATE' || label === 'X509 CERTIFICATE')
    .map(({ label, der }) => {
      if (label === 'CERTIFICATE') return parseDer(what, der);
      throw malformed(what, `a block "${label}", which Go does not read; write it again with openssl x509 -in ${what}`);
    });
  if (certificates.length === 0) throw malformed(what, noCertificate(blocks));
  return certificates;
}

function parseDer(what: string, der: Buffer): X509Certificate {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(der);
    // Parsed only when asked for; a key that OpenSSL cannot use throws here and not later.
    void certificate.publicKey;
  } catch (cause) {
    throw malformed(what, 'a block that does not decode as a certificate', cause);
  }
  if (!certificate.raw.equals(der)) throw malformed(what, 'bytes behind a certificate that do not belong to it');
  return certificate;
}

function readBlock(label: string, body: readonly string[]): PemBlock | undefined {
  const headers = body.slice(0, body.findLastIndex((line) => line.includes(':')) + 1).filter((line) => line !== '');
  const base64 = body
    .slice(body.findLastIndex((line) => line.includes(':')) + 1)
    .map((line) => line.trim())
    .join('');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 !== 0) return undefined;
  const der = Buffer.from(base64, 'base64');
  if (der.toString('base64') !== base64) return undefined;
  const head = headers.length === 0 ? '' : `${headers.join('\n')}\n\n`;
  const text = `-----BEGIN ${label}-----\n${head}${base64.replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`;
  return { label, der: headers.length === 0 ? der : Buffer.alloc(0), headers, text };
}

function noCertificate(blocks: readonly PemBlock[]): string {
  const labels = [...new Set(blocks.map(({ label }) => label))];
  if (labels.includes('CERTIFICATE REQUEST') || labels.includes('NEW CERTIFICATE REQUEST'))
    return 'a certificate request; give the certificate that was made from it';
  if (labels.includes('TRUSTED CERTIFICATE'))
    return 'a "TRUSTED CERTIFICATE", which only OpenSSL reads; write it again with openssl x509';
  return `only ${labels.map((label) => `"${label}"`).join(', ')}`;
}

/** What a file without a single block probably is. */
function notText(text: string): string {
  if (/^(?:\u00ff\u00fe|\u00fe\u00ff)/.test(text))
    return 'UTF-16 text (a Windows shell writes it so); save it as UTF-8';
  // Every DER structure of this kind is a long SEQUENCE: 30 82.
  if (/^0[\u0080-\u0084]/.test(text))
    return 'binary data, perhaps DER or PKCS #12; convert it with openssl x509 -inform der, or openssl pkcs12';
  if (/^ssh-|OPENSSH/.test(text)) return 'an SSH key; TLS needs a key and certificate of its own';
  return 'no PEM block (-----BEGIN …-----)';
}

function malformed(what: string, found: string, cause?: unknown): PkiError {
  return new PkiError({ code: 'NODE_CERTIFICATE_MALFORMED', what, found }, { cause });
}
