/**
 * libp2p peer ids: a multihash of the identity's public key (libp2p/specs, peer-ids/peer-ids.md). Keys whose protobuf is at most 42 bytes
 * long are in the id themselves (the "identity" multihash), so an Ed25519 or secp256k1 id is its key; longer ones are hashed.
 */

import { createHash } from 'node:crypto';
import { base32nopad, base58 } from '@scure/base';
import { PrivvalError } from '../errors.js';
import { exportPublicKey, importSecretKey } from '../secret-connection/raw-keys.js';

/** A libp2p PublicKey: type, then data. */
export interface IdentityKey {
  readonly kind: 'ed25519' | 'secp256k1';
  /** 32 bytes, or 33 compressed. */
  readonly key: Uint8Array;
}

const INLINE_BYTES_MAX = 42;
const KINDS = { ed25519: { type: 1, bytes: 32 }, secp256k1: { type: 2, bytes: 33 } } as const;
/** CIDv1, codec libp2p-key. */
const CID_PREFIX = Buffer.from('0172', 'hex');
const SECRET_CONNECTION_ID_BYTES = 20;

/** The protobuf of a public key; type and data are always written. */
export function encodeIdentityKey({ kind, key }: IdentityKey): Uint8Array {
  return Buffer.concat([Buffer.of(0x08, KINDS[kind].type, 0x12, key.length), key]);
}

/** @returns undefined for anything but the one encoding of a key of a known kind */
export function decodeIdentityKey(bytes: Uint8Array): IdentityKey | undefined {
  for (const kind of ['ed25519', 'secp256k1'] as const) {
    const key = bytes.subarray(4);
    if (key.length === KINDS[kind].bytes && Buffer.compare(encodeIdentityKey({ kind, key }), bytes) === 0)
      return { kind, key };
  }
  return undefined;
}

/** The multihash of an identity. */
export function multihashOf(identity: IdentityKey): Uint8Array {
  const encoded = encodeIdentityKey(identity);
  if (encoded.length <= INLINE_BYTES_MAX) return Buffer.concat([Buffer.of(0, encoded.length), encoded]);
  return Buffer.concat([Buffer.of(0x12, 32), createHash('sha256').update(encoded).digest()]);
}

/** As nodes print it: `12D3KooW…` for Ed25519, `16Uiu2…` for secp256k1. */
export function formatPeerId(multihash: Uint8Array): string {
  return base58.encode(multihash);
}

/**
 * Reads a peer id, in base58 or as a CIDv1 in base32.
 *
 * @returns its multihash, 34 to 44 bytes
 * @throws PrivvalError `ADDRESS_INVALID` naming the text as the address
 */
export function parsePeerId(text: string): Uint8Array {
  const multihash = decodeText(text);
  const [code, length] = multihash ?? [];
  const whole = multihash !== undefined && length === multihash.length - 2;
  const inline = code === 0 && multihash !== undefined && decodeIdentityKey(multihash.subarray(2)) !== undefined;
  if (multihash === undefined || !whole || !(inline || (code === 0x12 && length === 32))) {
    const problem = 'expected a peer id, as cometbft show-node-id --libp2p prints it (12D3KooW…)';
    throw new PrivvalError({ code: 'ADDRESS_INVALID', address: text.slice(0, 100), problem });
  }
  return multihash;
}

/** This signer's peer id, for the node's `noise://PEERID@ip:port`. @param identityKeySeed - 32 bytes */
export function peerIdOf(identityKeySeed: Uint8Array): string {
  return formatPeerId(multihashOf({ kind: 'ed25519', key: publicKeyOf(identityKeySeed) }));
}

/** Hex of the first 20 bytes of SHA-256 of the public key: the id of a SecretConnection identity. */
export function secretConnectionIdOf(identityKeySeed: Uint8Array): string {
  return secretConnectionIdOfKey(publicKeyOf(identityKeySeed));
}

/** The same, of a public key. */
export function secretConnectionIdOfKey(publicKey: Uint8Array): string {
  return createHash('sha256')
    .update(publicKey)
    .digest('hex')
    .slice(0, 2 * SECRET_CONNECTION_ID_BYTES);
}

function publicKeyOf(seed: Uint8Array): Uint8Array {
  return exportPublicKey(importSecretKey('ed25519', seed));
}

function decodeText(text: string): Uint8Array | undefined {
  if (text.length > 128) return undefined;
  try {
    if (!text.startsWith('b')) return base58.decode(text);
    const cid = base32nopad.decode(text.slice(1).toUpperCase());
    return Buffer.compare(cid.subarray(0, 2), CID_PREFIX) === 0 ? cid.subarray(2) : undefined;
  } catch {
    return undefined; // Not of the alphabet; the caller says what was expected.
  }
}
