/**
 * The node's end of a signer's connection: SecretConnection over tcp, plain over unix.
 *
 * Written from the protocol notes (section 1.2) apart from the signer's end; only Merlin is shared. As a real node does,
 * it leaves bytes of earlier frames in the filler, and accepts any identity that is proven.
 */

import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { MerlinTranscript } from '../secret-connection/merlin.js';
import type { PullStream } from './pull-stream.js';
import { TestNodeError } from './test-node-error.js';
import { delimit, WireMessage, writeFields } from './wire.js';

/** Messages' bytes to and from a signer. */
export interface SignerLink {
  /** The signer's identity, 32 bytes; undefined over unix. */
  readonly peerKey: Uint8Array | undefined;
  write(bytes: Uint8Array): void;
  /** Writes with one bit altered on the way. */
  writeAltered(bytes: Uint8Array): void;
  read(length: number, timeoutMs: number): Promise<Buffer>;
}

/** No protection. */
export function createPlainLink(stream: PullStream): SignerLink {
  return {
    peerKey: undefined,
    write: (bytes) => stream.write(bytes),
    writeAltered: (bytes) => {
      const altered = Uint8Array.from(bytes);
      altered[1] = (altered[1] ?? 0) ^ 0x80;
      stream.write(altered);
    },
    read: (length, timeoutMs) => stream.read(length, timeoutMs),
  };
}

/** Runs the handshake as the listening side. @throws TestNodeError */
export async function acceptSecretLink(
  stream: PullStream,
  options: { identitySeed: Uint8Array; ephemeralSecret: Uint8Array; timeoutMs: number },
): Promise<SignerLink> {
  const { timeoutMs } = options;
  const ephemeral = privateKey('X25519', options.ephemeralSecret);
  const local = publicBytes(ephemeral);
  stream.write(delimit(writeFields([[1, local]])));
  const remote = (await stream.read(35, timeoutMs)).subarray(3);
  const secret = diffieHellman({ privateKey: ephemeral, publicKey: publicKey('X25519', remote) });
  const localIsLeast = Buffer.compare(local, remote) < 0;
  const transcript = new MerlinTranscript('TENDERMINT_SECRET_CONNECTION_TRANSCRIPT_HASH');
  transcript.append('EPHEMERAL_LOWER_PUBLIC_KEY', localIsLeast ? local : remote);
  transcript.append('EPHEMERAL_UPPER_PUBLIC_KEY', localIsLeast ? remote : local);
  transcript.append('DH_SECRET', secret);
  const challenge = transcript.challenge('SECRET_CONNECTION_MAC', 32);
  const info = 'TENDERMINT_SECRET_CONNECTION_KEY_AND_CHALLENGE_GEN';
  const okm = Buffer.from(hkdfSync('sha256', secret, '', info, 96));
  const [first, second] = [okm.subarray(0, 32), okm.subarray(32, 64)];
  const link = new SecretLink(
    stream,
    localIsLeast ? { receive: first, send: second } : { receive: second, send: first },
  );

  const identity = privateKey('Ed25519', options.identitySeed);
  const ownKey = writeFields([[1, publicBytes(identity)]]);
  link.write(
    delimit(
      writeFields([
        [1, ownKey],
        [2, sign(null, challenge, identity)],
      ]),
    ),
  );
  const proof = new WireMessage((await link.read(103, timeoutMs)).subarray(1));
  const peerKey = proof.message(1)?.bytes(1) ?? Buffer.alloc(0);
  if (!verify(null, challenge, publicKey('Ed25519', peerKey), proof.bytes(2))) {
    throw new TestNodeError('SIGNATURE_INVALID', 'the signer did not prove its identity key');
  }
  link.peerKey = peerKey;
  return link;
}

class SecretLink implements SignerLink {
  peerKey: Uint8Array | undefined;
  readonly #stream: PullStream;
  readonly #keys: { receive: Uint8Array; send: Uint8Array };
  #sent = 0n;
  #received = 0n;
  #plain: Buffer = Buffer.alloc(0);
  /** Kept from frame to frame, so that the filler holds old bytes. */
  readonly #frame = Buffer.alloc(1028, 0xa5);

  constructor(stream: PullStream, keys: { receive: Uint8Array; send: Uint8Array }) {
    this.#stream = stream;
    this.#keys = keys;
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
      const sealed = await this.#stream.read(1044, timeoutMs);
      const cipher = createDecipheriv('chacha20-poly1305', this.#keys.receive, nonce(this.#received++), {
        authTagLength: 16,
      });
      cipher.setAuthTag(sealed.subarray(1028));
      const frame = Buffer.concat([cipher.update(sealed.subarray(0, 1028)), cipher.final()]);
      this.#plain = Buffer.concat([this.#plain, frame.subarray(4, 4 + frame.readUInt32LE())]);
    }
    const out = this.#plain.subarray(0, length);
    this.#plain = this.#plain.subarray(length);
    return out;
  }

  #seal(bytes: Uint8Array): Buffer {
    const frames: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += 1024) {
      const part = bytes.subarray(at, at + 1024);
      this.#frame.writeUInt32LE(part.length);
      this.#frame.set(part, 4);
      const cipher = createCipheriv('chacha20-poly1305', this.#keys.send, nonce(this.#sent++), { authTagLength: 16 });
      frames.push(cipher.update(this.#frame), cipher.final(), cipher.getAuthTag());
    }
    return Buffer.concat(frames);
  }
}

function nonce(count: bigint): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeBigUInt64LE(count, 4);
  return bytes;
}

/** RFC 8410 keys are a fixed prefix and 32 bytes. */
function privateKey(curve: 'X25519' | 'Ed25519', secret: Uint8Array): KeyObject {
  const prefix = Buffer.from(`302e020100300506032b65${curve === 'X25519' ? '6e' : '70'}04220420`, 'hex');
  return createPrivateKey({ key: Buffer.concat([prefix, secret]), format: 'der', type: 'pkcs8' });
}

/** Imports 32 public bytes. */
export function publicKey(curve: 'X25519' | 'Ed25519', bytes: Uint8Array): KeyObject {
  const jwk = { kty: 'OKP', crv: curve, x: Buffer.from(bytes).toString('base64url') };
  return createPublicKey({ key: jwk, format: 'jwk' });
}

function publicBytes(key: KeyObject): Buffer {
  return Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url');
}
