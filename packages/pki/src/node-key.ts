/**
 * Reads a private key of any common kind: PKCS #8, PKCS #1 (`RSA PRIVATE KEY`), SEC 1 (`EC PRIVATE KEY`), each also under a
 * passphrase (PKCS #8 encrypted, or the older `Proc-Type: 4,ENCRYPTED`). For files between a node and this signer; the cluster's
 * own keys are read strictly in `pem.ts`.
 *
 * No message and no cause says anything about the key's bytes or the passphrase.
 */

import { createPrivateKey, type KeyObject } from 'node:crypto';
import { PkiError } from './errors.js';
import { type PemBlock, readPemBlocks } from './node-pem.js';

/** Smallest RSA key, bits: what Go and OpenSSL at its usual level accept without a warning. */
export const RSA_BITS_MIN = 2048;
const CURVES: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };
const KEY_LABELS = ['PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY'];

/**
 * The one private key of a text; certificates and EC parameters beside it are passed over.
 *
 * @param what - how messages name it
 * @param passphrase - for a key that is protected; ignored by one that is not
 * @throws PkiError `NODE_KEY_MALFORMED`, `NODE_KEY_ENCRYPTED` (no passphrase given), `NODE_KEY_PASSPHRASE` (wrong one)
 */
export function readNodeKey(what: string, text: string, passphrase?: string): KeyObject {
  const block = keyBlock(what, text);
  if (isProtected(block)) {
    if (passphrase === undefined) throw new PkiError({ code: 'NODE_KEY_ENCRYPTED', what });
    return checkKind(what, decrypt(what, block, passphrase));
  }
  try {
    return checkKind(what, createPrivateKey(block.text));
  } catch (error) {
    throw error instanceof PkiError ? error : malformed(what, 'bytes that do not decode');
  }
}

/** Whether the one key of a text needs a passphrase. @throws PkiError `NODE_KEY_MALFORMED` */
export function isNodeKeyEncrypted(what: string, text: string): boolean {
  return isProtected(keyBlock(what, text));
}

/** Whether a text has a private key in it; says nothing about whether it can be read. */
export function holdsPrivateKey(text: string): boolean {
  const blocks = readPemBlocks(text);
  return typeof blocks !== 'string' && blocks.some(({ label }) => KEY_LABELS.includes(label));
}

/** For people: `RSA 2048`, `EC P-256`, `Ed25519`; of a key of another kind its type. */
export function keyKindOf(key: KeyObject): string {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'rsa') return `RSA ${details?.modulusLength ?? '?'}`;
  if (type === 'ec') return `EC ${CURVES[details?.namedCurve ?? ''] ?? details?.namedCurve ?? '?'}`;
  if (type === 'ed25519') return 'Ed25519';
  return type ?? 'unknown';
}

/** @returns undefined for a key that nodes and this signer use, private or public; else what it is, in words */
export function keyProblem(key: KeyObject): string | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  const fine =
    type === 'ed25519' ||
    (type === 'rsa' && (details?.modulusLength ?? 0) >= RSA_BITS_MIN) ||
    (type === 'ec' && CURVES[details?.namedCurve ?? ''] !== undefined);
  return fine ? undefined : `a key of kind ${keyKindOf(key)}`;
}

function keyBlock(what: string, text: string): PemBlock {
  const blocks = readPemBlocks(text);
  if (typeof blocks === 'string') throw malformed(what, blocks);
  const keys = blocks.filter(({ label }) => KEY_LABELS.includes(label));
  const [key] = keys;
  if (key !== undefined && keys.length === 1) return key;
  const labels = [...new Set(blocks.map(({ label }) => `"${label}"`))].join(', ');
  if (labels.includes('"OPENSSH PRIVATE KEY"')) throw malformed(what, 'an SSH key; TLS needs one of its own');
  throw malformed(what, keys.length === 0 ? `only ${labels}` : `${keys.length} keys in one file`);
}

function isProtected({ label, headers }: PemBlock): boolean {
  return label === 'ENCRYPTED PRIVATE KEY' || headers.some((line) => /^Proc-Type:\s*4\s*,\s*ENCRYPTED\s*$/.test(line));
}

function decrypt(what: string, block: PemBlock, passphrase: string): KeyObject {
  try {
    return createPrivateKey({ key: block.text, passphrase });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    // Of the cipher alone; ERR_OSSL_UNSUPPORTED without EVP is what a wrong passphrase leads to once in 256 times.
    if (code === 'ERR_OSSL_EVP_UNSUPPORTED') {
      throw malformed(
        what,
        'a passphrase protection that this OpenSSL does not have; protect it again with openssl pkcs8 -topk8',
      );
    }
    throw new PkiError({ code: 'NODE_KEY_PASSPHRASE', what });
  }
}

function checkKind(what: string, key: KeyObject): KeyObject {
  const problem = keyProblem(key);
  if (problem !== undefined) throw malformed(what, problem);
  return key;
}

function malformed(what: string, found: string): PkiError {
  return new PkiError({ code: 'NODE_KEY_MALFORMED', what, found });
}
