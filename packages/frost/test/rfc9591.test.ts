import { readFileSync } from 'node:fs';
import { ed25519_FROST as oracle } from '@noble/curves/ed25519.js';
import { describe, expect, it } from 'vitest';
import { type Frost, FrostError, type GroupPublic, loadFrost, type SessionCommitment } from '../src/index.js';
import { fromHex, nativeVerifier, random, toHex } from './native.js';

interface Signer {
  hiding_nonce_randomness: string;
  binding_nonce_randomness: string;
  hiding_nonce_commitment: string;
  binding_nonce_commitment: string;
}
interface Vector {
  source: string;
  participant_list: number[];
  group_secret_key: string;
  group_public_key: string;
  message: string;
  share_polynomial_coefficients: string[];
  participant_shares: Record<string, string>;
  round_one: Record<string, Signer>;
  round_two: Record<string, { sig_share: string }>;
  sig: string;
  config: { MIN_PARTICIPANTS: number };
}

// Source: RFC 9591 Appendix E.1, and ZcashFoundation/frost frost-ed25519/tests/helpers (named in the file).
const file = JSON.parse(readFileSync(new URL('./data/rfc9591-ed25519.json', import.meta.url), 'utf8'));
const frost: Frost = await loadFrost();

/** The group of a vector: dealt again from its secret and coefficients. */
function groupOf(vector: Vector): GroupPublic {
  const coefficients = [...vector.share_polynomial_coefficients];
  const { group } = frost.deal({
    secret: fromHex(vector.group_secret_key),
    threshold: vector.config.MIN_PARTICIPANTS,
    identifiers: Object.keys(vector.participant_shares).map(Number),
    epoch: 1,
    random: () => {
      const wide = new Uint8Array(64);
      wide.set(fromHex(coefficients.shift() ?? ''));
      return wide;
    },
  });
  return group;
}

describe('RFC 9591', () => {
  for (const name of ['rfc9591', 'zf_signing', 'zf_big_identifier_signing']) {
    const vector = file[name] as Vector;
    it(`E.1 and its like: every value of ${name}`, () => {
      const group = groupOf(vector);
      expect(toHex(group.groupKey)).toBe(vector.group_public_key);
      frost.checkGroup(group);
      const signers = vector.participant_list.map((identifier) => {
        const bytes = fromHex(vector.participant_shares[identifier] ?? '');
        const share = frost.importShare({ identifier, epoch: 1, bytes });
        frost.checkShare(share, group);
        const row = vector.round_one[identifier] as Signer;
        const drawn = [fromHex(row.hiding_nonce_randomness), fromHex(row.binding_nonce_randomness)];
        const nonces = frost.generateNonces(share, () => drawn.shift() as Uint8Array);
        expect(toHex(nonces.commitment.hiding)).toBe(row.hiding_nonce_commitment);
        expect(toHex(nonces.commitment.binding)).toBe(row.binding_nonce_commitment);
        return { identifier, share, nonces };
      });
      const list = signers.map(({ identifier, nonces }) => ({ identifier, commitment: nonces.commitment }));
      const bound = frost.openSession(group, list).bind(fromHex(vector.message));
      const shares = new Map<number, Uint8Array>();
      for (const { identifier, share, nonces } of signers) {
        const signed = bound.signShare(share, nonces);
        expect(toHex(signed)).toBe(vector.round_two[identifier]?.sig_share);
        bound.verifyShare(identifier, signed);
        shares.set(identifier, signed);
      }
      expect(toHex(bound.aggregate(shares))).toBe(vector.sig);
    });
  }

  it('refuses every element that is small, non-canonical or not on the curve', () => {
    const good = file.rfc9591.round_one['1'].hiding_nonce_commitment;
    const bad = [...file.invalid_elements.elements, ...file.small_order_or_noncanonical_elements.elements];
    expect(bad.length).toBeGreaterThan(10);
    for (const element of bad) {
      expect(() => frost.parseCommitment(fromHex(element + good), 7)).toThrow(/POINT_MALFORMED: hiding.*signer 7/);
      expect(() => frost.parseCommitment(fromHex(good + element), 7)).toThrow(/POINT_MALFORMED: binding.*signer 7/);
    }
    expect(() => frost.parseCommitment(fromHex(good), 7)).toThrow(FrostError);
  });

  it('refuses scalars at and above the group order, and zero', () => {
    const order = fromHex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');
    for (const bytes of [order, new Uint8Array(32).fill(0xff), new Uint8Array(32), new Uint8Array(31)]) {
      expect(() => frost.importShare({ identifier: 1, epoch: 1, bytes })).toThrow(/SCALAR_MALFORMED/);
    }
  });
});

describe('against an independent implementation', () => {
  it('makes the same signature shares, bit for bit', () => {
    for (const [threshold, count, bytes] of [
      [2, 3, 0],
      [2, 3, 122],
      [3, 5, 300],
      [4, 7, 17],
    ] as const) {
      const identifiers = Array.from({ length: count }, (_, at) => at * 3 + 1);
      const { group, shares } = frost.deal({
        secret: frost.randomSecret(random),
        threshold,
        identifiers,
        epoch: 1,
        random,
      });
      const message = random(bytes);
      const members = shares.slice(count - threshold);
      const drawn = members.map((share) => {
        const randomness = [random(32), random(32)];
        const copies = randomness.map((each) => each.slice());
        return { share, copies, nonces: frost.generateNonces(share, () => randomness.shift() as Uint8Array) };
      });
      const list = drawn.map(({ share, nonces }) => ({ identifier: share.identifier, commitment: nonces.commitment }));
      const bound = frost.openSession(group, list).bind(message);
      const id = (identifier: number) => oracle.Identifier.fromNumber(identifier);
      const publicPackage = {
        signers: { min: threshold, max: count },
        commitments: group.commitments.map((each) => each.slice()),
        verifyingShares: Object.fromEntries(
          [...group.verificationShares].map(([each, share]) => [id(each), share.slice()]),
        ),
      };
      const theirs = list.map((each) => ({
        identifier: id(each.identifier),
        hiding: each.commitment.hiding.slice(),
        binding: each.commitment.binding.slice(),
      }));
      for (const { share, copies, nonces } of drawn) {
        const secret = { identifier: id(share.identifier), signingShare: share.exportBytes() };
        const queue = [...copies];
        const their = oracle.commit(secret, () => queue.shift() as Uint8Array);
        const expected = oracle.signShare(secret, publicPackage, their.nonces, theirs, message);
        expect(toHex(bound.signShare(share, nonces))).toBe(toHex(expected));
      }
    }
  });
});

describe('a session', () => {
  const identifiers = [1, 2, 3];
  const { group, shares } = frost.deal({
    secret: frost.secretFromSeed(random(32)),
    threshold: 2,
    identifiers,
    epoch: 4,
    random,
  });
  const verify = nativeVerifier(group.groupKey);
  const draw = (set: readonly number[]) =>
    set.map((identifier) => {
      const share = shares[identifier - 1];
      if (share === undefined) throw new Error('no such share');
      return { identifier, share, nonces: frost.generateNonces(share, random) };
    });
  const listOf = (signers: ReturnType<typeof draw>): SessionCommitment[] =>
    signers.map(({ identifier, nonces }) => ({ identifier, commitment: nonces.commitment }));

  it('gives 10,000 signatures that OpenSSL accepts', { timeout: 120_000 }, () => {
    const sets = [
      [1, 2],
      [1, 3],
      [2, 3],
      [1, 2, 3],
    ];
    for (let i = 0; i < 10_000; i++) {
      const signers = draw(sets[i % (i % 10 === 0 ? 4 : 3)] as number[]);
      const message = random(i % 200);
      const bound = frost.openSession(group, listOf(signers)).bind(message);
      const signature = bound.aggregate(
        new Map(signers.map((s) => [s.identifier, bound.signShare(s.share, s.nonces)])),
      );
      if (!verify(message, signature)) throw new Error(`signature ${i} does not verify`);
      if (i % 1000 === 0) {
        expect(frost.verifySignature(group.groupKey, message, signature)).toBe(true);
        expect(frost.verifySignature(group.groupKey, random(9), signature)).toBe(false);
      }
    }
  });

  it('names who sent a bad share, whatever is wrong with it', () => {
    for (const spoil of [
      (share: Uint8Array) => share.map((byte, at) => (at === 0 ? byte ^ 1 : byte)),
      () => new Uint8Array(32),
      () => new Uint8Array(32).fill(0xff),
      () => new Uint8Array(31),
      () => frost.randomSecret(random),
    ]) {
      const signers = draw([1, 3]);
      const bound = frost.openSession(group, listOf(signers)).bind(random(10));
      const signed = new Map(signers.map((s) => [s.identifier, bound.signShare(s.share, s.nonces)]));
      signed.set(3, spoil(signed.get(3) as Uint8Array));
      expect(bound.culprits(signed)).toEqual([3]);
      expect(() => bound.verifyShare(3, signed.get(3) as Uint8Array)).toThrow(/signer 3/);
    }
  });

  it('uses a nonce pair once, also when signing failed', () => {
    const [one, two] = draw([1, 2]);
    if (one === undefined || two === undefined) throw new Error('no signers');
    const bound = frost.openSession(group, listOf([one, two])).bind(random(5));
    bound.signShare(one.share, one.nonces);
    expect(() => bound.signShare(one.share, one.nonces)).toThrow(/NONCE_USED/);
    expect(() => bound.signShare(two.share, one.nonces)).toThrow(/NONCE_USED/);
    const [foreign] = draw([2]);
    if (foreign === undefined) throw new Error('no signer');
    expect(() => bound.signShare(two.share, foreign.nonces)).toThrow(/NONCE_FOREIGN/);
    expect(() => bound.signShare(two.share, foreign.nonces)).toThrow(/NONCE_USED/);
  });

  it('refuses signer sets that are not of the group', () => {
    const [one, two] = draw([1, 2]);
    if (one === undefined || two === undefined) throw new Error('no signers');
    expect(() => frost.openSession(group, listOf([one]))).toThrow(/at least 2 signers/);
    expect(() => frost.openSession(group, listOf([one, one]))).toThrow(/each signer once/);
    expect(() =>
      frost.openSession(group, [...listOf([one]), { identifier: 9, commitment: two.nonces.commitment }]),
    ).toThrow(/signer 9/);
    const bound = frost.openSession(group, listOf([one, two])).bind(random(5));
    const third = draw([3])[0];
    if (third === undefined) throw new Error('no signer');
    expect(() => bound.signShare(third.share, third.nonces)).toThrow(/signer 3 is not in the signer set/);
    expect(() => bound.aggregate(new Map())).toThrow(/expected 2 shares/);
  });

  it('refuses a share of another epoch or group', () => {
    const other = frost.deal({ secret: frost.randomSecret(random), threshold: 2, identifiers, epoch: 5, random });
    const [share] = other.shares;
    if (share === undefined) throw new Error('no share');
    expect(() => frost.checkShare(share, group)).toThrow(/expected epoch 4, found 5/);
    expect(() => frost.checkShare(share, { ...group, epoch: 5 })).toThrow(/does not belong to this group/);
    const lying = { ...group, verificationShares: new Map([...group.verificationShares, [2, other.group.groupKey]]) };
    expect(() => frost.checkGroup(lying)).toThrow(/GROUP_INVALID.*share of 2/);
  });

  it('prints no secret', () => {
    const [share] = shares;
    const pair = draw([1])[0]?.nonces;
    for (const secret of [share, pair]) {
      expect(JSON.stringify({ secret })).toContain('redacted');
      expect(`${secret}`).toContain('redacted');
    }
  });
});

describe('shards of Horcrux', () => {
  // Source: threshold-ed25519 (unit410), as the file says.
  const { groups } = JSON.parse(
    readFileSync(new URL('./data/horcrux-ed25519-shards.json', import.meta.url), 'utf8'),
  ) as {
    groups: { t: number; n: number; seed: string; pub: string; shares: string[] }[];
  };
  for (const [at, row] of groups.entries()) {
    it(`are signing shares: group ${at}, ${row.t} of ${row.n}`, () => {
      const commitmentsOf = frost.deal({
        secret: frost.secretFromSeed(fromHex(row.seed)),
        threshold: row.t,
        identifiers: row.shares.map((_, i) => i + 1),
        epoch: 1,
        random,
      });
      expect(toHex(commitmentsOf.group.groupKey)).toBe(row.pub);
      const signers = row.shares.slice(0, row.t).map((bytes, i) => {
        const share = frost.importShare({ identifier: i + 1, epoch: 1, bytes: fromHex(bytes) });
        return { identifier: i + 1, share, nonces: frost.generateNonces(share, random) };
      });
      const list = signers.map(({ identifier, nonces }) => ({ identifier, commitment: nonces.commitment }));
      const message = random(40);
      const bound = frost.openSession(commitmentsOf.group, list).bind(message);
      const signed = new Map(signers.map((s) => [s.identifier, bound.signShare(s.share, s.nonces)]));
      expect(nativeVerifier(fromHex(row.pub))(message, bound.aggregate(signed))).toBe(true);
    });
  }
});
