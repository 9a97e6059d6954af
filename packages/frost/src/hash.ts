/** The hash functions of FROST(Ed25519, SHA-512), RFC 9591 section 6.1. */

import type { Sodium } from './sodium.js';

const CONTEXT = 'FROST-ED25519-SHA512-v1';
const RHO = ascii(`${CONTEXT}rho`);
const NONCE = ascii(`${CONTEXT}nonce`);
const MESSAGE = ascii(`${CONTEXT}msg`);
const COMMITMENTS = ascii(`${CONTEXT}com`);

/** Binding factor: a scalar. */
export function h1(sodium: Sodium, ...parts: readonly Uint8Array[]): Uint8Array {
  return sodium.reduce(sodium.sha512(RHO, ...parts));
}

/** Challenge: plain SHA-512, so that the result is an ordinary Ed25519 signature. */
export function h2(sodium: Sodium, ...parts: readonly Uint8Array[]): Uint8Array {
  return sodium.reduce(sodium.sha512(...parts));
}

/** Nonce: a scalar. */
export function h3(sodium: Sodium, ...parts: readonly Uint8Array[]): Uint8Array {
  const digest = sodium.sha512(NONCE, ...parts);
  const scalar = sodium.reduce(digest);
  digest.fill(0);
  return scalar;
}

/** Message digest, 64 bytes. */
export function h4(sodium: Sodium, message: Uint8Array): Uint8Array {
  return sodium.sha512(MESSAGE, message);
}

/** Digest of the commitment list, 64 bytes. */
export function h5(sodium: Sodium, ...parts: readonly Uint8Array[]): Uint8Array {
  return sodium.sha512(COMMITMENTS, ...parts);
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
