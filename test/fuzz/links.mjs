// A node's end of each raw transport, with the keys in the fuzzer's hand so that it can seal what no node would: plain (unix),
// SecretConnection (tcp), libp2p Noise XX (noise://).

import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { deriveChallenge, deriveKeys } from '@quorumsign/privval';

const HANDSHAKE_MS = 10_000;
const NOTHING = Buffer.alloc(0);
const CURVES = { X25519: '6e', Ed25519: '70' };

export function privateKey(curve, secret) {
  const prefix = Buffer.from(`302e020100300506032b65${CURVES[curve]}04220420`, 'hex');
  return createPrivateKey({ key: Buffer.concat([prefix, secret]), format: 'der', type: 'pkcs8' });
}

export function publicBytes(key) {
  return Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x, 'base64url');
}

export function publicKey(curve, bytes) {
  return createPublicKey({
    key: { kty: 'OKP', crv: curve, x: Buffer.from(bytes).toString('base64url') },
    format: 'jwk',
  });
}

const agree = (secret, remote) => diffieHellman({ privateKey: secret, publicKey: publicKey('X25519', remote) });

/** Counts up: 4 zero bytes, then 64 bits, little-endian. */
class Cipher {
  #count = 0n;

  constructor(key) {
    this.key = key;
  }

  #nonce() {
    const nonce = Buffer.alloc(12);
    nonce.writeBigUInt64LE(this.#count++, 4);
    return nonce;
  }

  seal(plain, associated = NOTHING) {
    const cipher = createCipheriv('chacha20-poly1305', this.key, this.#nonce(), { authTagLength: 16 });
    cipher.setAAD(associated, { plaintextLength: plain.length });
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  open(sealed, associated = NOTHING) {
    const cipher = createDecipheriv('chacha20-poly1305', this.key, this.#nonce(), { authTagLength: 16 });
    cipher.setAAD(associated, { plaintextLength: sealed.length - 16 });
    cipher.setAuthTag(sealed.subarray(-16));
    return Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
  }
}

/** Messages behind whatever protects them; `seal` cuts plain bytes into sealed ones, `sealOdd` into what a node never sends. */
class Link {
  #plain = NOTHING;

  constructor(stream, next, seal, sealOdd) {
    this.stream = stream;
    this.next = next;
    this.seal = seal;
    this.sealOdd = sealOdd;
  }

  /** One delimited message; undefined when the signer closed or did not answer in time. */
  async receive(withinMs) {
    for (;;) {
      const message = this.#whole();
      if (message !== undefined) return message;
      const more = await this.next(withinMs);
      if (more === undefined) return undefined;
      this.#plain = Buffer.concat([this.#plain, more]);
    }
  }

  #whole() {
    let length = 0;
    for (let at = 0; at < this.#plain.length; at++) {
      length += (this.#plain[at] & 0x7f) * 2 ** (7 * at);
      if (this.#plain[at] >= 0x80) continue;
      if (this.#plain.length < at + 1 + length) return undefined;
      const message = this.#plain.subarray(at + 1, at + 1 + length);
      this.#plain = this.#plain.subarray(at + 1 + length);
      return message;
    }
    return undefined;
  }
}

export async function plainLink(stream) {
  const next = async (withinMs) =>
    (await stream.until(() => stream.pending.length > 0, withinMs)) ? stream.take(stream.pending.length) : undefined;
  return new Link(stream, next, (bytes) => bytes, undefined);
}

/** The first message of a SecretConnection, and the key behind it. */
export function secretHello(secret = randomBytes(32)) {
  const key = privateKey('X25519', secret);
  return { key, hello: Buffer.concat([Buffer.from('220a20', 'hex'), publicBytes(key)]) };
}

/**
 * @param alter - changes the node's proof before it is sealed
 * @returns undefined where the signer did not go on
 */
export async function secretLink(stream, alter = (proof) => proof) {
  const { key, hello } = secretHello();
  stream.write(hello);
  const theirs = await stream.read(35, HANDSHAKE_MS);
  if (theirs === undefined) return undefined;
  const [local, remote] = [hello.subarray(3), theirs.subarray(3)];
  const least = Buffer.compare(local, remote) < 0;
  const dhSecret = agree(key, remote);
  const [lo, hi] = least ? [local, remote] : [remote, local];
  const challenge = Buffer.from(deriveChallenge({ lo, hi, dhSecret }));
  const keys = deriveKeys(dhSecret, least);
  const [sending, receiving] = [new Cipher(keys.sendKey), new Cipher(keys.receiveKey)];
  const frame = (data, length = data.length) => {
    const plain = Buffer.alloc(1028, 0xa5);
    plain.writeUInt32LE(length >>> 0);
    data.copy(plain, 4);
    return sending.seal(plain);
  };
  const seal = (bytes) => {
    const frames = [];
    for (let at = 0; at < bytes.length; at += 1024) frames.push(frame(bytes.subarray(at, at + 1024)));
    return Buffer.concat(frames);
  };
  // Authentic, with a length that is not that of its data: none, or more than a frame holds. What is data of it is no whole message.
  const sealOdd = (random) => {
    // A length prefix that goes on for ten bytes: no message begins so.
    const data = Buffer.from(random.bytes(20)).map((byte, at) => (at < 10 ? byte | 0x80 : byte));
    return frame(Buffer.from(data), random.pick([0, 1, 1024, 1025, 4096, 2 ** 31, 2 ** 32 - 1]));
  };
  const next = async (withinMs) => {
    const sealed = await stream.read(1044, withinMs);
    if (sealed === undefined) return undefined;
    const plain = receiving.open(sealed);
    return plain.subarray(4, 4 + plain.readUInt32LE());
  };
  const identity = privateKey('Ed25519', randomBytes(32));
  const proof = Buffer.concat([
    Buffer.from('660a220a20', 'hex'),
    publicBytes(identity),
    Buffer.from('1240', 'hex'),
    sign(null, challenge, identity),
  ]);
  stream.write(seal(alter(proof)));
  const link = new Link(stream, next, seal, sealOdd);
  const answer = await link.receive(HANDSHAKE_MS);
  if (answer === undefined) return undefined;
  if (!verify(null, challenge, publicKey('Ed25519', answer.subarray(4, 36)), answer.subarray(38)))
    throw new Error('expected the proof of an identity');
  return link;
}

const noiseFrame = (message) => Buffer.concat([Buffer.of(message.length >> 8, message.length & 0xff), message]);

/**
 * The responder of Noise_XX_25519_ChaChaPoly_SHA256 with libp2p's payload.
 *
 * @param identity - Ed25519 seed that the signer pins
 * @param alter - changes the node's one handshake message before it leaves
 */
export async function noiseLink(stream, identity, alter = (message) => message) {
  const readMessage = async (withinMs) => {
    const length = (await stream.read(2, withinMs))?.readUInt16BE();
    return length === undefined ? undefined : stream.read(length, withinMs);
  };
  let [hash, chaining, cipher] = [
    Buffer.from('Noise_XX_25519_ChaChaPoly_SHA256'),
    Buffer.from('Noise_XX_25519_ChaChaPoly_SHA256'),
    undefined,
  ];
  const mix = (data) => {
    hash = createHash('sha256').update(hash).update(data).digest();
  };
  const derive = (input) => {
    const both = Buffer.from(hkdfSync('sha256', input, chaining, '', 64));
    return [both.subarray(0, 32), both.subarray(32)];
  };
  const mixKey = (secret) => {
    const [next, key] = derive(secret);
    [chaining, cipher] = [next, new Cipher(key)];
  };
  const sealAndMix = (plain) => {
    const sealed = cipher.seal(plain, hash);
    mix(sealed);
    return sealed;
  };
  mix(NOTHING); // the prologue
  const first = await readMessage(HANDSHAKE_MS);
  if (first === undefined) return undefined;
  mix(first);
  mix(NOTHING); // its payload
  const [ephemeral, fixed] = [privateKey('X25519', randomBytes(32)), privateKey('X25519', randomBytes(32))];
  const own = publicBytes(ephemeral);
  mix(own);
  mixKey(agree(ephemeral, first.subarray(0, 32)));
  const sealedStatic = sealAndMix(publicBytes(fixed));
  mixKey(agree(fixed, first.subarray(0, 32)));
  const key = privateKey('Ed25519', identity);
  const proof = sign(null, Buffer.concat([Buffer.from('noise-libp2p-static-key:'), publicBytes(fixed)]), key);
  const payload = Buffer.concat([
    Buffer.from('0a2408011220', 'hex'),
    publicBytes(key),
    Buffer.from('1240', 'hex'),
    proof,
    Buffer.from('2200', 'hex'),
  ]);
  stream.write(noiseFrame(alter(Buffer.concat([own, sealedStatic, sealAndMix(payload)]))));
  const last = await readMessage(HANDSHAKE_MS);
  if (last === undefined) return undefined;
  const theirStatic = cipher.open(last.subarray(0, 48), hash);
  mix(last.subarray(0, 48));
  mixKey(agree(ephemeral, theirStatic));
  cipher.open(last.subarray(48), hash);
  const [theirs, ours] = derive(NOTHING).map((each) => new Cipher(each));
  const seal = (bytes) => {
    const parts = [];
    for (let at = 0; at < bytes.length; at += 65_519)
      parts.push(noiseFrame(ours.seal(bytes.subarray(at, at + 65_519))));
    return Buffer.concat(parts);
  };
  // Authentic and empty, or too short to hold a tag.
  const sealOdd = (random) =>
    random.chance(0.5) ? noiseFrame(ours.seal(NOTHING)) : noiseFrame(random.bytes(random.below(16)));
  const next = async (withinMs) => {
    const sealed = await readMessage(withinMs);
    return sealed === undefined ? undefined : theirs.open(sealed);
  };
  return new Link(stream, next, seal, sealOdd);
}
