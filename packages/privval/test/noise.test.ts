import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { createNodeDialer, NoiseConnection, parsePeerId, peerIdOf, systemClock, TestNode } from '../src/index.js';
import { NoiseHandshake } from '../src/noise/handshake.js';
import { checkIdentityPayload, encodeIdentityPayload } from '../src/noise/identity-payload.js';
import { encodeIdentityKey, formatPeerId, multihashOf } from '../src/noise/peer-id.js';
import { importSecretKey } from '../src/secret-connection/raw-keys.js';
import { CHAIN_ID, KeyBackend, recordingLogger } from './fakes.js';

// Sources stand in the file; see test/data/README.md.
const vectors = JSON.parse(readFileSync(new URL('data/noise.json', import.meta.url), 'utf8'));
const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('the Noise handshake', () => {
  for (const [at, row] of vectors.noise_xx.rows.entries()) {
    it(`XX vector ${at}: both ends give the same bytes, and the transport too`, () => {
      const prologue = row.prologue === undefined ? {} : { prologue: hex(row.prologue) };
      const side = (role: 'initiator' | 'responder', name: string) =>
        new NoiseHandshake({
          role,
          staticSecret: hex(row[`${name}_static`]),
          ephemeralSecret: hex(row[`gen_${name}_ephemeral`]),
          ...prologue,
        });
      const ends = [side('initiator', 'init'), side('responder', 'resp')] as const;
      for (let message = 0; message < 3; message++) {
        const [writer, reader] = message % 2 === 0 ? [ends[0], ends[1]] : [ends[1], ends[0]];
        const written = writer.write(hex(row[`msg_${message}_payload`]));
        expect(toHex(written)).toBe(row[`msg_${message}_ciphertext`]);
        expect(toHex(reader.read(written))).toBe(row[`msg_${message}_payload`]);
      }
      const [initiator, responder] = [ends[0].split(), ends[1].split()];
      const empty = new Uint8Array();
      for (const message of [3, 4]) {
        const [from, to] = row[`msg_${message}_from`] === 'initiator' ? [initiator, responder] : [responder, initiator];
        const sealed = from.send.encrypt(empty, hex(row[`msg_${message}_payload`]));
        expect(toHex(sealed)).toBe(row[`msg_${message}_ciphertext`]);
        expect(toHex(to.receive.decrypt(empty, sealed))).toBe(row[`msg_${message}_payload`]);
      }
    });
  }
});

describe('peer ids', () => {
  for (const { peer_id: id, multihash } of vectors.peer_ids) {
    it(`${id} is read and written`, () => {
      expect(toHex(parsePeerId(id))).toBe(multihash);
      expect(formatPeerId(hex(multihash))).toBe(id);
    });
  }

  it('of seeds are those of the session', () => {
    const { signer, node } = vectors.session_derived;
    for (const { identity_ed25519_seed: seed, peer_id: id } of [signer, node]) expect(peerIdOf(hex(seed))).toBe(id);
  });

  it('are read as CIDs too', () => {
    const [{ multihash }] = vectors.peer_ids;
    const cid = Buffer.concat([Buffer.from('0172', 'hex'), hex(multihash)]);
    expect(toHex(parsePeerId(`b${base32(cid)}`))).toBe(multihash);
  });

  it.each([
    '',
    'x',
    '12D3KooW',
    'O0Il',
    'b',
    'bafy',
    `12D3KooW${'1'.repeat(200)}`,
    formatPeerId(Buffer.of(0x12, 2, 1, 1)),
  ])('%s is refused', (text) => {
    expect(() => parsePeerId(text)).toThrow(/ADDRESS_INVALID.*peer id/);
  });
});

const session = vectors.session_derived;
const wire = (at: number) => hex(session.wire[at].bytes);
const connection = (over: { nodePeerId?: Uint8Array } = {}) =>
  new NoiseConnection({
    identityKey: importSecretKey('ed25519', hex(session.signer.identity_ed25519_seed)),
    nodePeerId: parsePeerId(session.node.peer_id),
    staticSecret: hex(session.signer.noise_static_secret),
    ephemeralSecret: hex(session.signer.noise_ephemeral_secret),
    ...over,
  });

describe('a noise:// session', () => {
  it('says byte for byte what the vector says', () => {
    const layer = connection();
    expect(toHex(layer.hello())).toBe(session.wire[0].bytes);
    const { send, plain } = layer.receive(wire(1));
    expect(toHex(send ?? new Uint8Array())).toBe(session.wire[2].bytes);
    expect(plain).toEqual([]);
    expect(layer.secured).toBe(true);
    for (const { from, bytes, plaintext } of session.wire.slice(3)) {
      if (from === 'node') expect(layer.receive(hex(bytes)).plain.map(toHex)).toEqual([plaintext]);
      else expect(toHex(layer.seal(hex(plaintext)))).toBe(bytes);
    }
  });

  it('takes the bytes in any chunks', () => {
    const layer = connection();
    layer.hello();
    const sent: string[] = [];
    for (const byte of wire(1)) {
      const { send } = layer.receive(Uint8Array.of(byte));
      if (send !== undefined) sent.push(toHex(send));
    }
    expect(sent).toEqual([session.wire[2].bytes]);
  });

  it('is refused with any bit of the answer flipped, and waits for what is cut off', () => {
    const answer = wire(1);
    for (let bit = 16; bit < answer.length * 8; bit++) {
      const flipped = answer.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const layer = connection();
      layer.hello();
      expect(() => layer.receive(flipped), `bit ${bit}`).toThrow(/HANDSHAKE_/);
    }
    for (let length = 0; length < answer.length; length++) {
      const layer = connection();
      layer.hello();
      expect(layer.receive(answer.subarray(0, length))).toEqual({ send: undefined, plain: [] });
      expect(layer.secured).toBe(false);
    }
  });

  it('is refused with a shorter length before the answer', () => {
    for (let length = 0; length < wire(1).length - 2; length += 7) {
      const cut = wire(1);
      new DataView(cut.buffer).setUint16(0, length);
      const layer = connection();
      layer.hello();
      expect(() => layer.receive(cut), `length ${length}`).toThrow(/HANDSHAKE_/);
    }
  });

  it('with another node than the pinned one is refused, and both are named', () => {
    const other = peerIdOf(new Uint8Array(32).fill(3));
    const layer = connection({ nodePeerId: parsePeerId(other) });
    layer.hello();
    expect(() => layer.receive(wire(1))).toThrow(
      new RegExp(`PEER_IDENTITY_MISMATCH.*${other}.*${session.node.peer_id}`),
    );
  });

  it('ends at a transport message with any bit flipped', () => {
    const at = session.wire.findIndex(
      ({ from, what }: { from: string; what: string }) => from === 'node' && !what.includes('handshake'),
    );
    const sealed = wire(at);
    for (let bit = 16; bit < sealed.length * 8; bit += 3) {
      const flipped = sealed.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const layer = connection();
      layer.hello();
      layer.receive(wire(1));
      expect(() => layer.receive(flipped)).toThrow(/FRAME_TAG_INVALID/);
    }
  });

  it('cuts long writes into messages of 65519 bytes', () => {
    const layer = connection();
    layer.hello();
    layer.receive(wire(1));
    const sealed = Buffer.from(layer.seal(new Uint8Array(65_520)));
    expect(sealed.readUInt16BE(0)).toBe(65_535);
    expect(sealed.length).toBe(65_520 + 2 * 18);
  });
});

describe('an identity payload', () => {
  const staticPublic = new Uint8Array(32).fill(9);
  const seed = new Uint8Array(32).fill(4);
  const payload = encodeIdentityPayload(importSecretKey('ed25519', seed), staticPublic);
  const expected = parsePeerId(peerIdOf(seed));

  it('is accepted with and without its extensions', () => {
    expect(() => checkIdentityPayload(payload, staticPublic, expected)).not.toThrow();
    expect(() => checkIdentityPayload(payload.subarray(0, payload.length - 2), staticPublic, expected)).not.toThrow();
  });

  it('of a secp256k1 identity is accepted, and refused for another key', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    const odd = (Buffer.from(y, 'base64url').at(-1) ?? 0) & 1;
    const key = Buffer.concat([Buffer.of(2 + odd), Buffer.from(x, 'base64url')]);
    const identity = { kind: 'secp256k1', key } as const;
    const signature = sign(
      'sha256',
      Buffer.concat([Buffer.from('noise-libp2p-static-key:'), staticPublic]),
      privateKey,
    );
    const encoded = encodeIdentityKey(identity);
    const whole = Buffer.concat([
      Buffer.of(0x0a, encoded.length),
      encoded,
      Buffer.of(0x12, signature.length),
      signature,
    ]);
    expect(formatPeerId(multihashOf(identity))).toMatch(/^16Uiu2/);
    expect(() => checkIdentityPayload(whole, staticPublic, multihashOf(identity))).not.toThrow();
    expect(() => checkIdentityPayload(whole, new Uint8Array(32), multihashOf(identity))).toThrow(/SIGNATURE_INVALID/);
  });

  it('with any bit flipped is refused', () => {
    for (let bit = 0; bit < (payload.length - 2) * 8; bit++) {
      const flipped = Uint8Array.from(payload);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => checkIdentityPayload(flipped, staticPublic, expected), `bit ${bit}`).toThrow(
        /HANDSHAKE_|PEER_IDENTITY/,
      );
    }
  });
});

describe('a dialer over noise://', () => {
  const stops: (() => unknown)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });
  const random = (length: number) => Uint8Array.from(randomBytes(length));

  async function scene(pinned: string, seed: Uint8Array) {
    const node = new TestNode(
      { listen: `noise://${pinned}@127.0.0.1:0`, chainId: CHAIN_ID, connectionWaitMs: 500, retries: 0 },
      { clock: systemClock, randomBytes: random },
    );
    await node.start();
    const logger = recordingLogger();
    const options = { address: node.address, chainId: CHAIN_ID, identityKeySeed: seed, backend: new KeyBackend() };
    const dialer = createNodeDialer(options, { clock: systemClock, logger, randomBytes: random });
    dialer.start();
    stops.push(
      () => node.stop(),
      () => dialer.stop(),
    );
    return { node, dialer, logger };
  }

  it('serves the node that pins it, a megabyte of extension included', async () => {
    const seed = random(32);
    const { node } = await scene(peerIdOf(seed), seed);
    await node.getPublicKey();
    const hash = createHash('sha256').update('block').digest();
    const answer = await node.signVote({
      type: 'precommit',
      height: 5n,
      round: 0,
      blockId: { hash, partSetTotal: 1, partSetHash: hash },
      timestamp: { seconds: 1n, nanos: 0 },
      extension: new Uint8Array(1024 * 1024).fill(7),
    });
    expect(answer.kind).toBe('signed');
  });

  it('says that the node pins another signer, and which it is itself', async () => {
    const seed = random(32);
    const { node, logger } = await scene(peerIdOf(random(32)), seed);
    await expect(node.getPublicKey()).rejects.toThrow();
    const said = logger.lines.map(({ fields }) => String(fields.error));
    expect(said.some((line) => line.includes('SIGNER_NOT_PINNED') && line.includes(peerIdOf(seed)))).toBe(true);
  });
});

function base32(bytes: Uint8Array): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map((five) => alphabet[Number.parseInt(five.padEnd(5, '0'), 2)]).join('');
}
