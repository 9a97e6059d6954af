/**
 * Does a private key belong to a certificate? Asked by signing and verifying, not only by comparing public keys: a damaged
 * key file may still carry the right public half beside a wrong scalar.
 */

import { createPublicKey, type KeyObject, sign, verify, type X509Certificate } from 'node:crypto';
import { PkiError } from './errors.js';

/** Signed to try a key; the domain is ours alone, so the signature is of no use to anyone. */
const PROBE = Buffer.from('quorumsign: does this key fit its certificate?');

/** @throws PkiError `KEY_MISMATCH` */
export function checkPrivateKey(what: string, certificate: X509Certificate, key: KeyObject): void {
  if (!keyFits(certificate, key)) throw new PkiError({ code: 'KEY_MISMATCH', what });
}

/** Whether what `key` signs verifies under the certificate's public key, and both name the same public key. */
export function keyFits(certificate: X509Certificate, key: KeyObject): boolean {
  try {
    const same = createPublicKey(key).equals(certificate.publicKey);
    return same && verify('sha256', PROBE, certificate.publicKey, sign('sha256', PROBE, key));
  } catch {
    return false; // OpenSSL refuses to use the key at all: it does not fit
  }
}
