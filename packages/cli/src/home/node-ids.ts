/**
 * By what a node recognises this cosigner, computed from the one seed in `tls/node-identity.key`: the id of an encrypted connection
 * over tcp (SecretConnection), and the libp2p peer id of `noise://`.
 */

import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { base58 } from '@scure/base';

/** PKCS #8 of an Ed25519 seed (RFC 8410), without the seed. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
/** Identity multihash of 36 bytes, then the libp2p PublicKey protobuf up to the key: type Ed25519, 32 bytes. */
const PEER_ID_PREFIX = Buffer.from('002408011220', 'hex');
const ID_BYTES = 20;

/** Hex of the first 20 bytes of SHA-256 of the public key, as in `tcp://ID@host:port`. */
export function secretConnectionIdOf(seed: Uint8Array): string {
  return createHash('sha256')
    .update(publicKeyOf(seed))
    .digest('hex')
    .slice(0, 2 * ID_BYTES);
}

/** `12D3KooW…`, as in the node's `noise://ID@ip:port`. */
export function peerIdOf(seed: Uint8Array): string {
  return base58.encode(Buffer.concat([PEER_ID_PREFIX, publicKeyOf(seed)]));
}

function publicKeyOf(seed: Uint8Array): Buffer {
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  der.fill(0);
  return Buffer.from(key.export({ format: 'der', type: 'spki' }).subarray(-32));
}
