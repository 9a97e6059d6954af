/**
 * SecretConnection, this end of it, as a {@link SecurityLayer}: no socket, no clock (protocol notes, section 1.2).
 *
 * Both ends do the same: send an ephemeral X25519 key in clear, derive keys, then prove an Ed25519 identity in the first
 * sealed frame. A node accepts any identity, and has a new one at each start, so the peer's key is checked against its
 * signature and shown; it is pinned only where the address says so. Stricter than a node: the two handshake messages must have exactly their one canonical
 * encoding, our own key coming back is refused, and so is a key of low order.
 */

import { diffieHellman, type KeyObject, sign, verify } from 'node:crypto';
import type { LayerOutput, SecurityLayer } from '../channel/security-layer.js';
import { PrivvalError } from '../errors.js';
import { secretConnectionIdOfKey } from '../noise/peer-id.js';
import { FrameOpener, FrameSealer } from './frames.js';
import { deriveChallenge, deriveKeys } from './key-schedule.js';
import { exportPublicKey, importPublicKey, importSecretKey, KEY_BYTES } from './raw-keys.js';

/** Length 34, field 1, 32 bytes. */
const EPHEMERAL_PREFIX = Buffer.from('220a20', 'hex');
const EPHEMERAL_BYTES = EPHEMERAL_PREFIX.length + KEY_BYTES;
/** Length 102; field 1: PublicKey, 34 bytes, of which field 1: ed25519, 32 bytes. */
const AUTH_KEY_PREFIX = Buffer.from('660a220a20', 'hex');
/** Field 2: 64 bytes of signature. */
const AUTH_SIGNATURE_PREFIX = Buffer.from('1240', 'hex');
const AUTH_SIGNATURE_AT = AUTH_KEY_PREFIX.length + KEY_BYTES;
const AUTH_BYTES = AUTH_SIGNATURE_AT + AUTH_SIGNATURE_PREFIX.length + 64;

type State =
  | { readonly phase: 'ephemeral' }
  | { readonly phase: 'auth'; readonly challenge: Uint8Array }
  | { readonly phase: 'secured' };

export interface SecretConnectionOptions {
  /** Ed25519 private key that proves our identity; persisted by the caller, so that a node sees the same one again. */
  readonly identityKey: KeyObject;
  /** 32 fresh random bytes; wiped here. */
  readonly ephemeralSecret: Uint8Array;
  /** Hex id of the identity that must answer, for listeners that keep theirs; default any. */
  readonly pinned?: string | undefined;
}

export class SecretConnection implements SecurityLayer {
  readonly #identityKey: KeyObject;
  readonly #ephemeralKey: KeyObject;
  readonly #ephemeralPublic: Uint8Array;
  #state: State = { phase: 'ephemeral' };
  #sealer: FrameSealer | undefined;
  #opener: FrameOpener | undefined;
  #pending: Buffer = Buffer.alloc(0);
  #peerKey: Uint8Array | undefined;
  readonly #pinned: string | undefined;

  constructor(options: SecretConnectionOptions) {
    this.#identityKey = options.identityKey;
    this.#pinned = options.pinned;
    this.#ephemeralKey = importSecretKey('x25519', options.ephemeralSecret);
    options.ephemeralSecret.fill(0);
    this.#ephemeralPublic = exportPublicKey(this.#ephemeralKey);
  }

  get secured(): boolean {
    return this.#state.phase === 'secured';
  }

  /** The node's identity key, 32 bytes, once secured. It is new at every start of a stock node. */
  get peerKey(): Uint8Array | undefined {
    return this.#peerKey;
  }

  hello(): Uint8Array {
    return Buffer.concat([EPHEMERAL_PREFIX, this.#ephemeralPublic]);
  }

  receive(chunk: Uint8Array): LayerOutput {
    switch (this.#state.phase) {
      case 'ephemeral':
        return this.#receiveEphemeral(chunk);
      case 'auth':
        return { send: undefined, plain: this.#receiveAuth(chunk, this.#state.challenge) };
      case 'secured':
        return { send: undefined, plain: this.#openFrames(chunk) };
    }
  }

  seal(bytes: Uint8Array): Uint8Array {
    if (!this.secured || this.#sealer === undefined) throw new Error('seal before the handshake is complete');
    return this.#sealer.seal(bytes);
  }

  #receiveEphemeral(chunk: Uint8Array): LayerOutput {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    assertPrefix(this.#pending, EPHEMERAL_PREFIX, 'an ephemeral key of 32 bytes');
    if (this.#pending.length < EPHEMERAL_BYTES) return { send: undefined, plain: [] };
    const remotePublic = this.#pending.subarray(EPHEMERAL_PREFIX.length, EPHEMERAL_BYTES);
    const rest = this.#pending.subarray(EPHEMERAL_BYTES);
    this.#pending = Buffer.alloc(0);
    const { challenge, send } = this.#deriveAndSign(remotePublic);
    this.#state = { phase: 'auth', challenge };
    // The node may have sent its proof right behind its key.
    return { send, plain: this.#receiveAuth(rest, challenge) };
  }

  #deriveAndSign(remotePublic: Uint8Array): { challenge: Uint8Array; send: Uint8Array } {
    const order = Buffer.compare(this.#ephemeralPublic, remotePublic);
    if (order === 0) throw new PrivvalError({ code: 'HANDSHAKE_REFLECTED' });
    const dhSecret = computeSecret(this.#ephemeralKey, remotePublic);
    const localIsLeast = order < 0;
    const lo = localIsLeast ? this.#ephemeralPublic : remotePublic;
    const hi = localIsLeast ? remotePublic : this.#ephemeralPublic;
    const challenge = deriveChallenge({ lo, hi, dhSecret });
    const keys = deriveKeys(dhSecret, localIsLeast);
    dhSecret.fill(0);
    this.#sealer = new FrameSealer(keys.sendKey);
    this.#opener = new FrameOpener(keys.receiveKey);
    const proof = Buffer.concat([
      AUTH_KEY_PREFIX,
      exportPublicKey(this.#identityKey),
      AUTH_SIGNATURE_PREFIX,
      sign(null, challenge, this.#identityKey),
    ]);
    return { challenge, send: this.#sealer.seal(proof) };
  }

  /** Returns what followed the proof in the same bytes. */
  #receiveAuth(chunk: Uint8Array, challenge: Uint8Array): Uint8Array[] {
    this.#pending = Buffer.concat([this.#pending, ...this.#openFrames(chunk)]);
    assertPrefix(this.#pending, AUTH_KEY_PREFIX, 'a proof of an ed25519 identity');
    const signaturePart = this.#pending.subarray(AUTH_SIGNATURE_AT);
    assertPrefix(signaturePart, AUTH_SIGNATURE_PREFIX, 'an identity signature of 64 bytes');
    if (this.#pending.length < AUTH_BYTES) return [];
    const peerKey = Uint8Array.from(this.#pending.subarray(AUTH_KEY_PREFIX.length, AUTH_SIGNATURE_AT));
    const signature = this.#pending.subarray(AUTH_SIGNATURE_AT + AUTH_SIGNATURE_PREFIX.length, AUTH_BYTES);
    if (!verifyIdentity(peerKey, challenge, signature)) throw new PrivvalError({ code: 'HANDSHAKE_SIGNATURE_INVALID' });
    const found = secretConnectionIdOfKey(peerKey);
    if (this.#pinned !== undefined && this.#pinned !== found) {
      throw new PrivvalError({ code: 'PEER_IDENTITY_MISMATCH', expected: this.#pinned, found });
    }
    const rest = this.#pending.subarray(AUTH_BYTES);
    this.#pending = Buffer.alloc(0);
    this.#peerKey = peerKey;
    this.#state = { phase: 'secured' };
    return rest.length === 0 ? [] : [rest];
  }

  #openFrames(chunk: Uint8Array): Uint8Array[] {
    if (this.#opener === undefined) throw new Error('frames before the keys are derived');
    return this.#opener.open(chunk);
  }
}

/** X25519; a result of zeros is what every point of low order gives, and OpenSSL refuses it by itself. */
function computeSecret(privateKey: KeyObject, remotePublic: Uint8Array): Buffer {
  let dhSecret: Buffer;
  try {
    dhSecret = diffieHellman({ privateKey, publicKey: importPublicKey('x25519', remotePublic) });
  } catch (cause) {
    throw new PrivvalError({ code: 'HANDSHAKE_LOW_ORDER_KEY' }, { cause });
  }
  if (dhSecret.every((byte) => byte === 0)) throw new PrivvalError({ code: 'HANDSHAKE_LOW_ORDER_KEY' });
  return dhSecret;
}

/** OpenSSL may refuse to load a key that is no curve point at all, which is no better than a bad signature. */
function verifyIdentity(peerKey: Uint8Array, challenge: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify(null, challenge, importPublicKey('ed25519', peerKey), signature);
  } catch {
    return false;
  }
}

/** Refuses wrong bytes as soon as they come, not when the message would be complete. */
function assertPrefix(found: Uint8Array, prefix: Uint8Array, expected: string): void {
  const length = Math.min(found.length, prefix.length);
  if (Buffer.compare(found.subarray(0, length), prefix.subarray(0, length)) !== 0) {
    throw new PrivvalError({ code: 'HANDSHAKE_MALFORMED', expected });
  }
}
