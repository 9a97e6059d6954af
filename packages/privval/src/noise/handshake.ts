/**
 * Noise_XX_25519_ChaChaPoly_SHA256 (The Noise Protocol Framework, revision 34), both roles: messages in, messages out, no framing and no
 * identities. A message that does not authenticate throws, and the handshake must not be used again.
 *
 *   -> e
 *   <- e, ee, s, es
 *   -> s, se
 */

import { createHash, diffieHellman, hkdfSync, type KeyObject } from 'node:crypto';
import { PrivvalError } from '../errors.js';
import { exportPublicKey, importPublicKey, importSecretKey, KEY_BYTES } from '../secret-connection/raw-keys.js';
import { CipherState, TAG_BYTES } from './cipher-state.js';

const PROTOCOL = Buffer.from('Noise_XX_25519_ChaChaPoly_SHA256');
const NOTHING = Buffer.alloc(0);
type Token = 'e' | 's' | 'ee' | 'es' | 'se';
const PATTERN: readonly (readonly Token[])[] = [['e'], ['e', 'ee', 's', 'es'], ['s', 'se']];

export type NoiseRole = 'initiator' | 'responder';

export interface HandshakeOptions {
  readonly role: NoiseRole;
  /** 32 bytes each; wiped here. Both are new for every connection. */
  readonly staticSecret: Uint8Array;
  readonly ephemeralSecret: Uint8Array;
  /** Default empty, as nodes have it. */
  readonly prologue?: Uint8Array;
}

export class NoiseHandshake {
  readonly #role: NoiseRole;
  readonly #keys: { readonly s: KeyObject; readonly e: KeyObject };
  #remote: { s?: Uint8Array; e?: Uint8Array } = {};
  #hash: Buffer;
  #chainingKey: Buffer;
  #cipher: CipherState | undefined;
  #message = 0;

  constructor(options: HandshakeOptions) {
    this.#role = options.role;
    this.#keys = { s: take(options.staticSecret), e: take(options.ephemeralSecret) };
    // The protocol's name is exactly as long as a hash: it is the first one.
    this.#hash = Buffer.from(PROTOCOL);
    this.#chainingKey = Buffer.from(PROTOCOL);
    this.#mixHash(options.prologue ?? NOTHING);
  }

  /** This end's static key, 32 bytes. */
  get staticPublic(): Uint8Array {
    return exportPublicKey(this.#keys.s);
  }

  /** The other end's, once it came. */
  get remoteStatic(): Uint8Array | undefined {
    return this.#remote.s;
  }

  get done(): boolean {
    return this.#message === PATTERN.length;
  }

  /** Binds all messages; for tests. */
  get hash(): Uint8Array {
    return this.#hash;
  }

  write(payload: Uint8Array): Buffer {
    const parts: Buffer[] = [];
    for (const token of this.#nextTokens('writing')) {
      if (token === 'e') {
        const key = Buffer.from(exportPublicKey(this.#keys.e));
        this.#mixHash(key);
        parts.push(key);
      } else if (token === 's') parts.push(this.#encryptAndHash(exportPublicKey(this.#keys.s)));
      else this.#mixSecret(token);
    }
    parts.push(this.#encryptAndHash(payload));
    return Buffer.concat(parts);
  }

  /** @returns the payload. @throws PrivvalError `HANDSHAKE_MALFORMED`, `HANDSHAKE_LOW_ORDER_KEY`, `FRAME_TAG_INVALID` */
  read(message: Uint8Array): Buffer {
    let at = 0;
    const next = (length: number): Uint8Array => {
      if (at + length > message.length) throw malformed(`a Noise message of at least ${at + length} bytes`);
      at += length;
      return message.subarray(at - length, at);
    };
    for (const token of this.#nextTokens('reading')) {
      if (token === 'e') {
        this.#remote.e = Uint8Array.from(next(KEY_BYTES));
        this.#mixHash(this.#remote.e);
        if (Buffer.compare(this.#remote.e, exportPublicKey(this.#keys.e)) === 0) {
          throw new PrivvalError({ code: 'HANDSHAKE_REFLECTED' });
        }
      } else if (token === 's') {
        const length = this.#cipher === undefined ? KEY_BYTES : KEY_BYTES + TAG_BYTES;
        this.#remote.s = Uint8Array.from(this.#decryptAndHash(next(length)));
      } else this.#mixSecret(token);
    }
    return this.#decryptAndHash(message.subarray(at));
  }

  /** The ciphers of the two directions, after the last message. */
  split(): { readonly send: CipherState; readonly receive: CipherState } {
    if (!this.done) throw new Error('impossible: split before the last message');
    const [initiator, responder] = this.#derive(NOTHING);
    this.#chainingKey.fill(0);
    const [send, receive] = this.#role === 'initiator' ? [initiator, responder] : [responder, initiator];
    return { send: new CipherState(send), receive: new CipherState(receive) };
  }

  #nextTokens(action: 'writing' | 'reading'): readonly Token[] {
    const tokens = PATTERN[this.#message];
    const initiatorWrites = this.#message % 2 === 0;
    const writes = initiatorWrites === (this.#role === 'initiator');
    if (tokens === undefined || writes !== (action === 'writing'))
      throw new Error('impossible: a handshake out of turn');
    this.#message++;
    return tokens;
  }

  /** First letter: the initiator's key; second: the responder's. */
  #mixSecret(token: 'ee' | 'es' | 'se'): void {
    const [first, second] =
      token === 'ee' ? (['e', 'e'] as const) : token === 'es' ? (['e', 's'] as const) : (['s', 'e'] as const);
    const [own, other] = this.#role === 'initiator' ? [first, second] : [second, first];
    const remote = this.#remote[other];
    if (remote === undefined) throw new Error('impossible: a key before it came');
    const secret = agree(this.#keys[own], remote);
    const [chainingKey, key] = this.#derive(secret);
    secret.fill(0);
    this.#chainingKey = chainingKey;
    this.#cipher = new CipherState(key);
  }

  #derive(input: Uint8Array): [Buffer, Buffer] {
    const both = Buffer.from(hkdfSync('sha256', input, this.#chainingKey, NOTHING, 64));
    return [both.subarray(0, 32), both.subarray(32)];
  }

  #encryptAndHash(plaintext: Uint8Array): Buffer {
    const out = this.#cipher === undefined ? Buffer.from(plaintext) : this.#cipher.encrypt(this.#hash, plaintext);
    this.#mixHash(out);
    return out;
  }

  #decryptAndHash(sealed: Uint8Array): Buffer {
    const out = this.#cipher === undefined ? Buffer.from(sealed) : this.#cipher.decrypt(this.#hash, sealed);
    this.#mixHash(sealed);
    return out;
  }

  #mixHash(data: Uint8Array): void {
    this.#hash = createHash('sha256').update(this.#hash).update(data).digest();
  }
}

function take(secret: Uint8Array): KeyObject {
  const key = importSecretKey('x25519', secret);
  secret.fill(0);
  return key;
}

/** X25519; OpenSSL refuses points of low order, whose result would be zeros. */
function agree(privateKey: KeyObject, remote: Uint8Array): Buffer {
  try {
    return diffieHellman({ privateKey, publicKey: importPublicKey('x25519', remote) });
  } catch (cause) {
    throw new PrivvalError({ code: 'HANDSHAKE_LOW_ORDER_KEY' }, { cause });
  }
}

function malformed(expected: string): PrivvalError {
  return new PrivvalError({ code: 'HANDSHAKE_MALFORMED', expected });
}
