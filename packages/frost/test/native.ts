import { createPublicKey, randomBytes, verify } from 'node:crypto';

const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export const random = (length: number): Uint8Array => Uint8Array.from(randomBytes(length));

/** Verification by OpenSSL, which shares no code with the signer. */
export function nativeVerifier(groupKey: Uint8Array): (message: Uint8Array, signature: Uint8Array) => boolean {
  const key = createPublicKey({ key: Buffer.concat([SPKI, groupKey]), format: 'der', type: 'spki' });
  return (message, signature) => verify(null, message, key, signature);
}
