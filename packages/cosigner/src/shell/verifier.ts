/** Native Ed25519 verification (OpenSSL): shares no code with what made the signature. Key objects are kept, they are dear. */

import { createPublicKey, type KeyObject, verify } from 'node:crypto';

/** DER of an Ed25519 SubjectPublicKeyInfo up to the key (RFC 8410). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

export function createVerifier(): (groupKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean {
  const keys = new Map<string, KeyObject>();
  return (groupKey, message, signature) => {
    const name = Buffer.from(groupKey.buffer, groupKey.byteOffset, groupKey.length).toString('latin1');
    let key = keys.get(name);
    if (key === undefined) {
      key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, groupKey]), format: 'der', type: 'spki' });
      keys.set(name, key);
    }
    return signature.length === 64 && verify(null, message, key, signature);
  };
}
