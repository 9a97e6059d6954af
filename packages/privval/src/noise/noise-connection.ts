/**
 * `noise://` of CometBFT 0.40, this end of it, as a {@link SecurityLayer}: libp2p Noise XX, the signer dialling and so the initiator
 * (protocol notes, section 1.5). The node's peer id is pinned: who does not hold its identity gets nothing from us.
 *
 * The node checks our peer id only when the handshake is over, and then just closes: a signer that is not the pinned one sees a good
 * handshake and the end of the stream.
 */

import type { KeyObject } from 'node:crypto';
import type { LayerOutput, SecurityLayer } from '../channel/security-layer.js';
import { PrivvalError } from '../errors.js';
import { type CipherState, TAG_BYTES } from './cipher-state.js';
import { NoiseHandshake } from './handshake.js';
import { checkIdentityPayload, encodeIdentityPayload } from './identity-payload.js';
import { frameMessage, MESSAGE_BYTES_MAX, MessageReader } from './message-reader.js';

/** Data of one transport message. */
export const NOISE_DATA_BYTES_MAX = MESSAGE_BYTES_MAX - TAG_BYTES;
const NOTHING = Buffer.alloc(0);

export interface NoiseConnectionOptions {
  /** Ed25519 private key of this signer's identity, which the node pins. */
  readonly identityKey: KeyObject;
  /** Multihash of the node's peer id. */
  readonly nodePeerId: Uint8Array;
  /** 32 fresh random bytes each; wiped here. */
  readonly staticSecret: Uint8Array;
  readonly ephemeralSecret: Uint8Array;
}

export class NoiseConnection implements SecurityLayer {
  readonly #options: NoiseConnectionOptions;
  readonly #handshake: NoiseHandshake;
  readonly #reader = new MessageReader();
  #ciphers: { readonly send: CipherState; readonly receive: CipherState } | undefined;

  constructor(options: NoiseConnectionOptions) {
    this.#options = options;
    const { staticSecret, ephemeralSecret } = options;
    this.#handshake = new NoiseHandshake({ role: 'initiator', staticSecret, ephemeralSecret });
  }

  get secured(): boolean {
    return this.#ciphers !== undefined;
  }

  hello(): Uint8Array {
    return frameMessage(this.#handshake.write(NOTHING));
  }

  receive(chunk: Uint8Array): LayerOutput {
    this.#reader.push(chunk);
    let send: Uint8Array | undefined;
    const plain: Uint8Array[] = [];
    for (let message = this.#reader.next(); message !== undefined; message = this.#reader.next()) {
      if (this.#ciphers === undefined) send = this.#finish(message);
      else {
        const data = this.#ciphers.receive.decrypt(NOTHING, message);
        // Empty messages are allowed by Noise, and say nothing.
        if (data.length > 0) plain.push(data);
      }
    }
    return { send, plain };
  }

  seal(bytes: Uint8Array): Uint8Array {
    if (this.#ciphers === undefined) throw new Error('seal before the handshake is complete');
    const parts: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += NOISE_DATA_BYTES_MAX) {
      parts.push(frameMessage(this.#ciphers.send.encrypt(NOTHING, bytes.subarray(at, at + NOISE_DATA_BYTES_MAX))));
    }
    return Buffer.concat(parts);
  }

  /** The node's message 2, checked; returns our message 3. */
  #finish(message: Uint8Array): Uint8Array {
    let payload: Buffer;
    try {
      payload = this.#handshake.read(message);
    } catch (cause) {
      // Whatever is not libp2p Noise fails to authenticate: often it is another service.
      if (!(cause instanceof PrivvalError) || cause.code !== 'FRAME_TAG_INVALID') throw cause;
      throw new PrivvalError({ code: 'HANDSHAKE_MALFORMED', expected: 'a libp2p Noise handshake' }, { cause });
    }
    const { remoteStatic } = this.#handshake;
    if (remoteStatic === undefined) throw new Error('impossible: message 2 without a static key');
    checkIdentityPayload(payload, remoteStatic, this.#options.nodePeerId);
    const own = encodeIdentityPayload(this.#options.identityKey, this.#handshake.staticPublic);
    const last = frameMessage(this.#handshake.write(own));
    this.#ciphers = this.#handshake.split();
    return last;
  }
}
