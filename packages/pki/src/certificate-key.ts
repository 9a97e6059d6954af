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
    const own = certificate.publicKey;
    // Asked before `equals`: comparing keys of different kinds leaves an error in OpenSSL's queue, and the next key that is
    // read, however good, is then refused (seen with Node 20).
    if (key.asymmetricKeyType !== own.asymmetricKeyType) return false;
    if (key.asymmetricKeyDetails?.namedCurve !== own.asymmetricKeyDetails?.namedCurve) return false;
    const same = createPublicKey(key).equals(own);
    // Ed25519 signs the message itself and takes no digest.
    const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
    return same && verify(digest, PROBE, own, sign(digest, PROBE, key));
  } catch {
    return false; // OpenSSL refuses to use the key at all: it does not fit
  }
}
