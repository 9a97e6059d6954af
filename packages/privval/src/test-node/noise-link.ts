/**
 * The node's end of a `noise://` connection (CometBFT 0.40): the responder of a libp2p Noise XX handshake. As a real node does, it
 * checks the signer's peer id when the handshake is over, and then just closes.
 */

import type { CipherState } from '../noise/cipher-state.js';
import { NoiseHandshake } from '../noise/handshake.js';
import { checkIdentityPayload, encodeIdentityPayload } from '../noise/identity-payload.js';
import { frameMessage } from '../noise/message-reader.js';
import { importSecretKey } from '../secret-connection/raw-keys.js';
import type { PullStream } from './pull-stream.js';
import type { SignerLink } from './signer-link.js';

/** Data of one message: 65535 less the tag. */
const DATA_BYTES_MAX = 65_519;
const NOTHING = Buffer.alloc(0);

export interface NoiseLinkOptions {
  readonly identitySeed: Uint8Array;
  /** Multihash of the one signer that is let in. */
  readonly signerPeerId: Uint8Array;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly timeoutMs: number;
}

/** Runs the handshake as the listening side. @throws PrivvalError, TestNodeError */
export async function acceptNoiseLink(stream: PullStream, options: NoiseLinkOptions): Promise<SignerLink> {
  const { identitySeed, signerPeerId, randomBytes, timeoutMs } = options;
  const [staticSecret, ephemeralSecret] = [randomBytes(32), randomBytes(32)];
  const handshake = new NoiseHandshake({ role: 'responder', staticSecret, ephemeralSecret });
  handshake.read(await readMessage(stream, timeoutMs));
  const identity = importSecretKey('ed25519', identitySeed);
  stream.write(frameMessage(handshake.write(encodeIdentityPayload(identity, handshake.staticPublic))));
  const payload = handshake.read(await readMessage(stream, timeoutMs));
  checkIdentityPayload(payload, handshake.remoteStatic ?? NOTHING, signerPeerId);
  return new NoiseLink(stream, handshake.split());
}

class NoiseLink implements SignerLink {
  readonly peerKey = undefined;
  readonly #stream: PullStream;
  readonly #ciphers: { readonly send: CipherState; readonly receive: CipherState };
  #plain: Buffer = Buffer.alloc(0);

  constructor(stream: PullStream, ciphers: { readonly send: CipherState; readonly receive: CipherState }) {
    this.#stream = stream;
    this.#ciphers = ciphers;
  }

  write(bytes: Uint8Array): void {
    this.#stream.write(this.#seal(bytes));
  }

  writeAltered(bytes: Uint8Array): void {
    const sealed = this.#seal(bytes);
    sealed[5] = (sealed[5] ?? 0) ^ 1;
    this.#stream.write(sealed);
  }

  async read(length: number, timeoutMs: number): Promise<Buffer> {
    while (this.#plain.length < length) {
      const message = await readMessage(this.#stream, timeoutMs);
      this.#plain = Buffer.concat([this.#plain, this.#ciphers.receive.decrypt(NOTHING, message)]);
    }
    const out = this.#plain.subarray(0, length);
    this.#plain = this.#plain.subarray(length);
    return out;
  }

  #seal(bytes: Uint8Array): Buffer {
    const parts: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += DATA_BYTES_MAX) {
      parts.push(frameMessage(this.#ciphers.send.encrypt(NOTHING, bytes.subarray(at, at + DATA_BYTES_MAX))));
    }
    return Buffer.concat(parts);
  }
}

async function readMessage(stream: PullStream, timeoutMs: number): Promise<Buffer> {
  const length = (await stream.read(2, timeoutMs)).readUInt16BE(0);
  return length === 0 ? NOTHING : await stream.read(length, timeoutMs);
}
