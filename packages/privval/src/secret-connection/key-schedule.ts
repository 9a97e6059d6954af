/**
 * From the X25519 secret of two ephemeral keys to the keys and the challenge of one SecretConnection.
 *
 * Protocol notes, section 1.2, steps 3 to 6 (cometbft/cometbft v0.38.25 p2p/conn/secret_connection.go). Both ends derive
 * the same; the order of the ephemeral keys, as unsigned byte strings, decides which half each end sends with.
 */

import { hkdfSync } from 'node:crypto';
import { MerlinTranscript } from './merlin.js';

const TRANSCRIPT_LABEL = 'TENDERMINT_SECRET_CONNECTION_TRANSCRIPT_HASH';
const HKDF_INFO = 'TENDERMINT_SECRET_CONNECTION_KEY_AND_CHALLENGE_GEN';
/** Two keys and 32 bytes that no current version uses. */
const HKDF_BYTES = 96;

export interface ConnectionKeys {
  /** 32 bytes, ChaCha20-Poly1305. */
  readonly sendKey: Uint8Array;
  /** 32 bytes, ChaCha20-Poly1305. */
  readonly receiveKey: Uint8Array;
}

/** Derives both directions' keys from the X25519 secret (32 bytes). */
export function deriveKeys(dhSecret: Uint8Array, localIsLeast: boolean): ConnectionKeys {
  const okm = new Uint8Array(hkdfSync('sha256', dhSecret, new Uint8Array(0), HKDF_INFO, HKDF_BYTES));
  const first = okm.slice(0, 32);
  const second = okm.slice(32, 64);
  okm.fill(0);
  return localIsLeast ? { receiveKey: first, sendKey: second } : { sendKey: first, receiveKey: second };
}

/** Derives the 32 bytes that each end signs with its identity key. */
export function deriveChallenge(ephemeral: { lo: Uint8Array; hi: Uint8Array; dhSecret: Uint8Array }): Uint8Array {
  const transcript = new MerlinTranscript(TRANSCRIPT_LABEL);
  transcript.append('EPHEMERAL_LOWER_PUBLIC_KEY', ephemeral.lo);
  transcript.append('EPHEMERAL_UPPER_PUBLIC_KEY', ephemeral.hi);
  transcript.append('DH_SECRET', ephemeral.dhSecret);
  const challenge = transcript.challenge('SECRET_CONNECTION_MAC', 32);
  transcript.wipe();
  return challenge;
}
