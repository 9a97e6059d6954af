/**
 * Raw 32-byte Ed25519 and X25519 keys to and from `node:crypto` key objects.
 *
 * OpenSSL takes keys in DER only; for these curves that is a fixed prefix and the 32 bytes (RFC 8410).
 */

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/** Curves by the last byte of their object identifier 1.3.101.n (RFC 8410, section 3). */
const OID_LAST = { x25519: 0x6e, ed25519: 0x70 } as const;
type Curve = keyof typeof OID_LAST;

export const KEY_BYTES = 32;

/** @param secret - 32 bytes: an Ed25519 seed (RFC 8032) or an X25519 scalar before clamping (RFC 7748) */
export function importSecretKey(curve: Curve, secret: Uint8Array): KeyObject {
  assertLength(secret);
  const prefix = Buffer.from(`302e020100300506032b65${hexByte(OID_LAST[curve])}04220420`, 'hex');
  const der = Buffer.concat([prefix, secret]);
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } finally {
    der.fill(0);
  }
}

/** @param key - 32 bytes as in RFC 8032 or RFC 7748 */
export function importPublicKey(curve: Curve, key: Uint8Array): KeyObject {
  assertLength(key);
  const prefix = Buffer.from(`302a300506032b65${hexByte(OID_LAST[curve])}032100`, 'hex');
  return createPublicKey({ key: Buffer.concat([prefix, key]), format: 'der', type: 'spki' });
}

/** The 32 public bytes that belong to a secret key. */
export function exportPublicKey(secretKey: KeyObject): Uint8Array {
  const der = createPublicKey(secretKey).export({ format: 'der', type: 'spki' });
  return Uint8Array.from(der.subarray(der.length - KEY_BYTES));
}

function assertLength(key: Uint8Array): void {
  if (key.length !== KEY_BYTES) throw new RangeError(`expected a key of ${KEY_BYTES} bytes, found ${key.length}`);
}

function hexByte(value: number): string {
  return value.toString(16).padStart(2, '0');
}
