/**
 * The payload by which each end of a libp2p Noise handshake proves its identity (libp2p/specs, noise/README.md): the identity's
 * public key, and its signature over the Noise static key. Fields: 1 key, 2 signature, 4 extensions (an empty message).
 */

import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { PrivvalError } from '../errors.js';
import { exportPublicKey, importPublicKey } from '../secret-connection/raw-keys.js';
import { decodeIdentityKey, encodeIdentityKey, formatPeerId, type IdentityKey, multihashOf } from './peer-id.js';

const DOMAIN = Buffer.from('noise-libp2p-static-key:');
const TAG = { key: 0x0a, signature: 0x12, extensions: 0x22 };
/** DER of a secp256k1 SubjectPublicKeyInfo with a compressed point, up to the point (RFC 5480). */
const SECP256K1_PREFIX = Buffer.from('3036301006072a8648ce3d020106052b8104000a032200', 'hex');

/** @param identityKey - Ed25519 private key of this signer's identity */
export function encodeIdentityPayload(identityKey: KeyObject, staticPublic: Uint8Array): Uint8Array {
  const key = encodeIdentityKey({ kind: 'ed25519', key: exportPublicKey(identityKey) });
  const signature = sign(null, Buffer.concat([DOMAIN, staticPublic]), identityKey);
  // go-libp2p writes the extensions even when there are none.
  return Buffer.concat([field(TAG.key, key), field(TAG.signature, signature), Buffer.of(TAG.extensions, 0)]);
}

/**
 * Checks the other end's payload: that it decodes, that its peer id is the one expected, that the identity signed this handshake's key.
 *
 * @param expected - multihash of the pinned peer id
 * @throws PrivvalError `HANDSHAKE_MALFORMED`, `PEER_IDENTITY_MISMATCH`, `HANDSHAKE_SIGNATURE_INVALID`, in this order
 */
export function checkIdentityPayload(payload: Uint8Array, staticPublic: Uint8Array, expected: Uint8Array): void {
  const { key, signature } = decode(payload);
  const identity = decodeIdentityKey(key);
  if (identity === undefined) throw malformed('an Ed25519 or secp256k1 identity');
  const found = multihashOf(identity);
  if (Buffer.compare(found, expected) !== 0) {
    throw new PrivvalError({
      code: 'PEER_IDENTITY_MISMATCH',
      expected: formatPeerId(expected),
      found: formatPeerId(found),
    });
  }
  if (!isSignedBy(identity, Buffer.concat([DOMAIN, staticPublic]), signature)) {
    throw new PrivvalError({ code: 'HANDSHAKE_SIGNATURE_INVALID' });
  }
}

function isSignedBy(identity: IdentityKey, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    if (identity.kind === 'ed25519') return verify(null, message, importPublicKey('ed25519', identity.key), signature);
    const key = createPublicKey({ key: Buffer.concat([SECP256K1_PREFIX, identity.key]), format: 'der', type: 'spki' });
    return verify('sha256', message, key, signature);
  } catch {
    return false; // Bytes that are no point of the curve prove nothing.
  }
}

function decode(payload: Uint8Array): { readonly key: Uint8Array; readonly signature: Uint8Array } {
  const fields = new Map<number, Uint8Array>();
  for (let at = 0; at < payload.length; ) {
    const tag = payload[at] ?? 0;
    const [length, start] = readLength(payload, at + 1);
    if ((tag & 7) !== 2 || fields.has(tag) || start + length > payload.length)
      throw malformed('a libp2p identity payload');
    fields.set(tag, payload.subarray(start, start + length));
    at = start + length;
  }
  const [key, signature] = [fields.get(TAG.key), fields.get(TAG.signature)];
  if (key === undefined || signature === undefined) throw malformed('an identity key and its signature');
  return { key, signature };
}

/** A length of one or two bytes: nothing here is longer than 16383. */
function readLength(bytes: Uint8Array, at: number): [length: number, start: number] {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return [first, at + 1];
  const second = bytes[at + 1] ?? 0x80;
  if (second >= 0x80 || second === 0) throw malformed('a libp2p identity payload');
  return [(first & 0x7f) | (second << 7), at + 2];
}

function field(tag: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(tag, content.length), content]);
}

function malformed(expected: string): PrivvalError {
  return new PrivvalError({ code: 'HANDSHAKE_MALFORMED', expected });
}
