import { createCipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  deriveChallenge,
  deriveKeys,
  FrameOpener,
  FrameSealer,
  PrivvalError,
  type PrivvalErrorCode,
  SecretConnection,
} from '../src/index.js';
import { importSecretKey } from '../src/secret-connection/raw-keys.js';
import { hex, type Party, toHex, secretConnectionVectors as vectors } from './vectors.js';

const { alice, bob } = vectors.handshake_tmkms;
const steps = vectors.session_derived.steps;
const sealedOf = (index: number) => hex((steps[index]?.frames ?? []).map((frame) => frame.sealed).join(''));

function connectionOf(party: Party): SecretConnection {
  return new SecretConnection({
    identityKey: importSecretKey('ed25519', hex(party.ed25519_seed)),
    ephemeralSecret: hex(party.x25519_secret),
  });
}

function codeOf(action: () => unknown): PrivvalErrorCode | 'none' {
  try {
    action();
  } catch (error) {
    if (error instanceof PrivvalError) return error.code;
    throw error;
  }
  return 'none';
}

const concat = (parts: readonly Uint8Array[]) => toHex(Buffer.concat(parts));

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const out = Uint8Array.from(bytes);
  out[bit >> 3] = (out[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return out;
}

describe('SecretConnection keys', () => {
  it.each(vectors.kdf_golden.rows)('are those of the golden row $dh_secret', (row) => {
    const keys = deriveKeys(hex(row.dh_secret), row.local_is_least);
    expect([toHex(keys.receiveKey), toHex(keys.sendKey)]).toEqual([row.recv_key, row.send_key]);
  });

  it('and the challenge are those of the whole handshake', () => {
    const { shared_secret, challenge, alice_recv_key, alice_send_key } = vectors.handshake_tmkms;
    const dhSecret = hex(shared_secret);
    const [lo, hi] = [alice, bob].map((party) => hex(party.initial_message).subarray(3));
    if (lo === undefined || hi === undefined) throw new Error('two parties');
    expect(toHex(deriveChallenge({ lo, hi, dhSecret }))).toBe(challenge);
    const keys = deriveKeys(dhSecret, true);
    expect([toHex(keys.receiveKey), toHex(keys.sendKey)]).toEqual([alice_recv_key, alice_send_key]);
  });
});

describe('SecretConnection frames', () => {
  const key = hex(vectors.frames_tmkms.key);

  it('seal as in the vectors, counting from 0', () => {
    const sealer = new FrameSealer(key);
    for (const { plaintext, sealed } of vectors.frames_tmkms.frames) {
      expect(toHex(sealer.seal(hex(plaintext)))).toBe(sealed);
    }
  });

  it.each([0, 1, 1023, 1024, 1025, 2048, 5000])('carry %i bytes in as few frames as possible', (length) => {
    const data = Uint8Array.from({ length }, (_, i) => i % 251);
    const sealed = new FrameSealer(key).seal(data);
    expect(sealed.length).toBe(Math.ceil(length / 1024) * 1044);
    expect(concat(new FrameOpener(key).open(sealed))).toBe(toHex(data));
  });

  it('open whatever the chunks are', () => {
    const sealed = new FrameSealer(key).seal(new Uint8Array(3000).fill(9));
    for (const size of [1, 7, 1043, 1044, 1045]) {
      const opener = new FrameOpener(key);
      const parts: Uint8Array[] = [];
      for (let at = 0; at < sealed.length; at += size) parts.push(...opener.open(sealed.subarray(at, at + size)));
      expect(concat(parts)).toBe('09'.repeat(3000));
    }
  });

  it('with any single bit changed are refused', () => {
    const sealed = new FrameSealer(key).seal(hex('68656c6c6f'));
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      expect(codeOf(() => new FrameOpener(key).open(flipped(sealed, bit)))).toBe('FRAME_TAG_INVALID');
    }
  });

  it('that are repeated or come out of order are refused', () => {
    const sealer = new FrameSealer(key);
    const [first, second] = [sealer.seal(hex('01')), sealer.seal(hex('02'))];
    const opener = new FrameOpener(key);
    opener.open(first);
    expect(codeOf(() => opener.open(first))).toBe('FRAME_TAG_INVALID');
    expect(codeOf(() => new FrameOpener(key).open(second))).toBe('FRAME_TAG_INVALID');
  });

  it('that claim more than 1024 bytes are refused, with the filler left alone', () => {
    expect(codeOf(() => new FrameOpener(key).open(sealRaw(key, 1025)))).toBe('FRAME_LENGTH_INVALID');
    expect(codeOf(() => new FrameOpener(key).open(sealRaw(key, 0xffffffff)))).toBe('FRAME_LENGTH_INVALID');
    // Old bytes in the filler, as real nodes leave them.
    expect(concat(new FrameOpener(key).open(sealRaw(key, 2)))).toBe('a5a5');
    expect(concat(new FrameOpener(key).open(sealRaw(key, 0)))).toBe('');
  });

  it('never use a counter twice', () => {
    const last = 2n ** 64n - 1n;
    const sealer = new FrameSealer(key, last);
    const sealed = sealer.seal(hex('01'));
    expect(codeOf(() => sealer.seal(hex('02')))).toBe('FRAME_COUNTER_EXHAUSTED');
    const opener = new FrameOpener(key, last);
    expect(concat(opener.open(sealed))).toBe('01');
    expect(codeOf(() => opener.open(sealed))).toBe('FRAME_COUNTER_EXHAUSTED');
  });
});

describe('SecretConnection', () => {
  it('says what the vectors say, through handshake and session', () => {
    const signer = connectionOf(alice);
    expect(toHex(signer.hello())).toBe(alice.initial_message);
    expect(signer.secured).toBe(false);
    const { send, plain } = signer.receive(hex(bob.initial_message));
    expect(toHex(send ?? new Uint8Array())).toBe(toHex(sealedOf(0)));
    expect(plain).toEqual([]);
    expect(signer.receive(sealedOf(1))).toEqual({ send: undefined, plain: [] });
    expect(signer.secured).toBe(true);
    expect(toHex(signer.peerKey ?? new Uint8Array())).toBe(bob.ed25519_public);
    for (const [index, step] of steps.entries()) {
      if (index < 2) continue;
      if (step.from === 'signer') expect(toHex(signer.seal(hex(step.message)))).toBe(toHex(sealedOf(index)));
      else expect(concat(signer.receive(sealedOf(index)).plain)).toBe(step.message);
    }
  });

  it('takes the handshake byte by byte, and all at once with the first request behind it', () => {
    const bytes = Buffer.concat([hex(bob.initial_message), sealedOf(1), sealedOf(2)]);
    const slow = connectionOf(alice);
    const plain = [...bytes].flatMap((byte) => [...slow.receive(Uint8Array.of(byte)).plain]);
    expect(concat(plain)).toBe(steps[2]?.message);
    expect(concat(connectionOf(alice).receive(bytes).plain)).toBe(steps[2]?.message);
  });

  it('agrees with itself on either side of the key order', () => {
    const [a, b] = [connectionOf(alice), connectionOf(bob)];
    const [proofA, proofB] = [a.receive(b.hello()).send, b.receive(a.hello()).send];
    if (proofA === undefined || proofB === undefined) throw new Error('both send their proof');
    a.receive(proofB);
    b.receive(proofA);
    expect(concat(b.receive(a.seal(hex('0102'))).plain)).toBe('0102');
    expect(concat(a.receive(b.seal(hex('03'))).plain)).toBe('03');
  });

  it('wipes the ephemeral secret it was given', () => {
    const ephemeralSecret = hex(alice.x25519_secret);
    new SecretConnection({ identityKey: importSecretKey('ed25519', hex(alice.ed25519_seed)), ephemeralSecret });
    expect(toHex(ephemeralSecret)).toBe('00'.repeat(32));
  });

  it('refuses to send before the handshake is complete', () => {
    expect(() => connectionOf(alice).seal(hex('01'))).toThrow('before the handshake');
  });

  it.each(vectors.low_order_points)('refuses the low-order key $name, $public_key', ({ public_key }) => {
    expect(codeOf(() => connectionOf(alice).receive(hex(`220a20${public_key}`)))).toBe('HANDSHAKE_LOW_ORDER_KEY');
  });

  const refused: [name: string, bytes: string, code: PrivvalErrorCode][] = [
    ['its own key', alice.initial_message, 'HANDSHAKE_REFLECTED'],
    ['a short key', `210a1f${'11'.repeat(31)}`, 'HANDSHAKE_MALFORMED'],
    ['a long key', `230a21${'11'.repeat(33)}`, 'HANDSHAKE_MALFORMED'],
    ['an empty message', '00', 'HANDSHAKE_MALFORMED'],
    ['another field', `221220${'11'.repeat(32)}`, 'HANDSHAKE_MALFORMED'],
    ['a padded length', `a2000a20${'11'.repeat(32)}`, 'HANDSHAKE_MALFORMED'],
    ['another protocol', Buffer.from('HTTP/1.1 200').toString('hex'), 'HANDSHAKE_MALFORMED'],
    ['a TLS record', '1603010200', 'HANDSHAKE_MALFORMED'],
  ];
  it.each(refused)('refuses %s in place of an ephemeral key', (_name, bytes, code) => {
    expect(codeOf(() => connectionOf(alice).receive(hex(bytes)))).toBe(code);
  });

  it('waits, whatever part of the handshake is missing', () => {
    const bytes = Buffer.concat([hex(bob.initial_message), sealedOf(1)]);
    for (let length = 0; length < bytes.length; length += length < 40 ? 1 : 13) {
      const signer = connectionOf(alice);
      expect(signer.receive(bytes.subarray(0, length)).plain).toEqual([]);
      expect(signer.secured).toBe(false);
    }
  });

  it('refuses a handshake with any bit of the ephemeral key changed', () => {
    for (let bit = 0; bit < 35 * 8; bit++) {
      const code = codeOf(() => {
        const signer = connectionOf(alice);
        signer.receive(flipped(hex(bob.initial_message), bit));
        signer.receive(sealedOf(1));
      });
      // The top bit is masked by X25519, so keys agree; but the challenge covers it, so the proof fails.
      if (bit < 24) expect(code).toBe('HANDSHAKE_MALFORMED');
      else expect(code).toBe(bit === 35 * 8 - 1 ? 'HANDSHAKE_SIGNATURE_INVALID' : 'FRAME_TAG_INVALID');
    }
  });

  it('refuses a proof with any bit changed under the seal', () => {
    const proof = hex(bob.auth_message);
    const { alice_recv_key } = vectors.handshake_tmkms;
    for (let bit = 0; bit < proof.length * 8; bit++) {
      const signer = connectionOf(alice);
      signer.receive(hex(bob.initial_message));
      const sealed = new FrameSealer(hex(alice_recv_key)).seal(flipped(proof, bit));
      expect(codeOf(() => signer.receive(sealed))).toMatch(/^HANDSHAKE_(MALFORMED|SIGNATURE_INVALID)$/);
      expect(signer.secured).toBe(false);
    }
  });
});

/** A frame with any length field, filled with 0xa5. */
function sealRaw(key: Uint8Array, length: number): Uint8Array {
  const plain = Buffer.alloc(1028, 0xa5);
  plain.writeUInt32LE(length);
  const cipher = createCipheriv('chacha20-poly1305', key, Buffer.alloc(12), { authTagLength: 16 });
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}
