import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFrost } from '@quorumsign/frost';
import { afterAll, describe, expect, it } from 'vitest';
import {
  addressOf,
  chainFileName,
  checkShare,
  importValidatorKey,
  importValidatorState,
  isShareEncrypted,
  KEY_FILE_BYTES_MAX,
  KeystoreError,
  listShares,
  readGroup,
  readShare,
  writeShare,
} from '../src/index.js';

const frost = await loadFrost();
const random = (length: number) => Uint8Array.from(randomBytes(length));
const { group, shares } = frost.deal({
  secret: frost.randomSecret(random),
  threshold: 2,
  identifiers: [1, 2, 3],
  epoch: 1,
  random,
});
const [share, otherShare] = shares;
if (share === undefined || otherShare === undefined) throw new Error('no shares');

const folders: string[] = [];
async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'quorumsign-keystore-'));
  folders.push(made);
  return made;
}
afterAll(async () => {
  for (const each of folders) await rm(each, { recursive: true });
});

const chainId = 'my-chain/1';

describe('a share file', () => {
  for (const passphrase of ['correct horse', undefined]) {
    const kind = passphrase === undefined ? 'in the clear' : 'encrypted';
    it(`${kind}: gives back the share, for its owner only`, async () => {
      const directory = await folder();
      const options = { directory, chainId, passphrase, workFactor: 4 };
      await writeShare(options, group, share);
      expect(await isShareEncrypted(directory, chainId)).toBe(passphrase !== undefined);
      const read = await readGroup(directory, chainId);
      frost.checkGroup(read);
      expect(read).toEqual(group);
      const back = await readShare({ ...options, identifier: 1, group: read }, frost);
      expect(back.exportBytes()).toEqual(share.exportBytes());
      const file = join(directory, `${chainFileName(chainId)}.${passphrase === undefined ? 'share' : 'age'}`);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      await chmod(file, 0o640);
      await expect(readShare({ ...options, identifier: 1, group }, frost)).rejects.toThrow(
        /KEY_FILE_PERMISSIONS.*chmod 600/,
      );
      await expect(writeShare(options, group, share)).rejects.toThrow(/KEY_FILE_EXISTS/);
    });
  }

  it('is refused with another passphrase, and without one', async () => {
    const directory = await folder();
    const options = { directory, chainId, passphrase: 'right', workFactor: 4 };
    await writeShare(options, group, share);
    const asked = { ...options, identifier: 1, group };
    await expect(readShare({ ...asked, passphrase: 'wrong' }, frost)).rejects.toThrow(/KEY_FILE_LOCKED/);
    await expect(readShare({ ...asked, passphrase: undefined }, frost)).rejects.toThrow(/no passphrase was given/);
    await expect(readShare({ ...asked, identifier: 2 }, frost)).rejects.toThrow(/expected identifier 2.*found 1/);
    await expect(readShare({ ...asked, group: { ...group, epoch: 2 } }, frost)).rejects.toThrow(
      /expected epoch 2.*found 1/,
    );
    await expect(readGroup(directory, 'other')).rejects.toThrow(/KEY_FILE_MISSING/);
  });

  it('is refused with any byte missing or any bit turned', async () => {
    const directory = await folder();
    const options = { directory, chainId, passphrase: 'right', workFactor: 1 };
    await writeShare(options, group, share);
    const file = join(directory, `${chainFileName(chainId)}.age`);
    const good = await readFile(file);
    const asked = { ...options, identifier: 1, group };
    for (let length = 0; length < good.length; length += 7) {
      await writeFile(file, good.subarray(0, length));
      await expect(readShare(asked, frost)).rejects.toThrow(KeystoreError);
    }
    for (let bit = 0; bit < good.length * 8; bit += 13) {
      const flipped = Buffer.from(good);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      // The work factor is a number in the header: some flips would ask for hours of work, which is not what is tested.
      if (bit >> 3 < good.indexOf('\n---')) continue;
      await writeFile(file, flipped);
      await expect(readShare(asked, frost)).rejects.toThrow(KeystoreError);
    }
  });

  it('in the clear: with any bit turned, is refused or is still the same share', async () => {
    const directory = await folder();
    const options = { directory, chainId, passphrase: undefined };
    await writeShare(options, group, share);
    const file = join(directory, `${chainFileName(chainId)}.share`);
    const good = await readFile(file);
    for (let bit = 0; bit < good.length * 8; bit++) {
      const flipped = Buffer.from(good);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      await writeFile(file, flipped);
      const found = await readShare({ ...options, identifier: 1, group }, frost).catch((error: unknown) => error);
      expect(found, `bit ${bit}`).toBeInstanceOf(KeystoreError);
      expect(String(found)).toMatch(/^KeystoreError: KEY_FILE_(MALFORMED|MISMATCH)/);
    }
  });

  it('of another cosigner, or beside another public part, is refused by name', async () => {
    const directory = await folder();
    const options = { directory, chainId, passphrase: undefined };
    await writeShare(options, group, otherShare);
    const asked = { ...options, identifier: 2 };
    const secret = frost.randomSecret(random);
    const other = frost.deal({ secret, threshold: 2, identifiers: [1, 2, 3], epoch: 1, random }).group;
    await expect(readShare({ ...asked, group: other }, frost)).rejects.toThrow(/KEY_FILE_MISMATCH.*expected groupKey/);
    const moved = { ...group, verificationShares: other.verificationShares };
    await expect(readShare({ ...asked, group: moved }, frost)).rejects.toThrow(/that the public part commits to/);
    await expect(readShare({ ...asked, identifier: 1, group }, frost)).rejects.toThrow(
      /expected identifier 1.*found 2/,
    );
  });

  it('is never written over another, nor is anything left behind by the attempt', async () => {
    const directory = join(await folder(), 'home', 'shares');
    const options = { directory, chainId, passphrase: undefined };
    await writeShare(options, group, share);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    const before = await readFile(join(directory, `${chainFileName(chainId)}.share`));
    await expect(writeShare(options, group, otherShare)).rejects.toThrow(/KEY_FILE_EXISTS/);
    expect(await readFile(join(directory, `${chainFileName(chainId)}.share`))).toEqual(before);
    expect((await readdir(directory)).sort()).toEqual(['my-chain%2F1.json', 'my-chain%2F1.share']);
  });

  it.each([0o750, 0o705, 0o770, 0o777])('is refused in a folder of mode %o, with the chmod to run', async (mode) => {
    const directory = await folder();
    const options = { directory, chainId, passphrase: undefined };
    await writeShare(options, group, share);
    await chmod(directory, mode);
    const read = readShare({ ...options, identifier: 1, group }, frost);
    await expect(read).rejects.toThrow(
      `KEY_FILE_PERMISSIONS: ${directory}: expected mode 0700, found 0${mode.toString(8)}; run: chmod 700 '${directory}'`,
    );
    await chmod(directory, 0o700);
  });

  it('that is a folder, or too large, is refused as such', async () => {
    const directory = await folder();
    const options = { directory, chainId, passphrase: undefined, identifier: 1, group };
    const file = join(directory, `${chainFileName(chainId)}.share`);
    await mkdir(file, { mode: 0o700 });
    await expect(readShare(options, frost)).rejects.toThrow(/KEY_FILE_UNUSABLE/);
    await rm(file, { recursive: true });
    await writeFile(file, Buffer.alloc(KEY_FILE_BYTES_MAX + 1), { mode: 0o600 });
    await expect(readShare(options, frost)).rejects.toThrow(/expected at most 1048576 bytes, found 1048577/);
  });

  it('never names its secret in an error', async () => {
    const directory = await folder();
    const options = { directory, chainId, passphrase: undefined };
    await writeShare(options, group, share);
    const file = join(directory, `${chainFileName(chainId)}.share`);
    const text = await readFile(file, 'utf8');
    const secret = Buffer.from(share.exportBytes()).toString('base64');
    for (const broken of [text.slice(0, -2), text.replace('"epoch"', '"epok"'), `${text}x`]) {
      await writeFile(file, broken);
      const error = await readShare({ ...options, identifier: 1, group }, frost).catch((caught: unknown) => caught);
      expect(String(error)).toMatch(/KEY_FILE_MALFORMED/);
      expect(String(error)).not.toContain(secret.slice(0, 8));
    }
  });
});

describe('a share that nobody gives a passphrase for', () => {
  it('in the clear is checked whole, encrypted from outside, and is never opened', async () => {
    const directory = await folder();
    const options = { directory, chainId, identifier: 1, group };
    await expect(checkShare(options, frost)).rejects.toThrow(/KEY_FILE_MISSING.*copy the whole home/);
    await writeShare({ directory, chainId, passphrase: 'correct horse', workFactor: 4 }, group, share);
    await checkShare(options, frost);
    const file = join(directory, `${chainFileName(chainId)}.age`);
    // Of another holder: what a passphrase guards is not known yet.
    await checkShare({ ...options, identifier: 2 }, frost);
    for (const text of ['', 'age-encryption.org/v2\n', '-----BEGIN AGE ENCRYPTED FILE-----\n']) {
      await writeFile(file, text);
      await expect(checkShare(options, frost)).rejects.toThrow(
        /KEY_FILE_MALFORMED.*expected a share that age encrypted/,
      );
    }
    await rm(file);
    await rm(join(directory, `${chainFileName(chainId)}.json`));
    await writeShare({ directory, chainId, passphrase: undefined }, group, share);
    await checkShare(options, frost);
    await expect(checkShare({ ...options, identifier: 2 }, frost)).rejects.toThrow(/expected identifier 2.*found 1/);
  });
});

describe('the public part', () => {
  it('is refused when others can write it, and is as readable as it likes', async () => {
    const directory = await folder();
    await writeShare({ directory, chainId, passphrase: undefined }, group, share);
    const file = join(directory, `${chainFileName(chainId)}.json`);
    await chmod(file, 0o644);
    expect(await readGroup(directory, chainId)).toEqual(group);
    for (const mode of [0o620, 0o602]) {
      await chmod(file, mode);
      await expect(readGroup(directory, chainId)).rejects.toThrow(/KEY_FILE_PERMISSIONS.*chmod 600/);
    }
  });

  it('with any bit turned, is refused, or is a group that the share or the mathematics refuses', async () => {
    const directory = await folder();
    const options = { directory, chainId, passphrase: undefined };
    await writeShare(options, group, share);
    const file = join(directory, `${chainFileName(chainId)}.json`);
    const good = await readFile(file);
    const load = async () => {
      const found = await readGroup(directory, chainId);
      frost.checkGroup(found);
      (await readShare({ ...options, identifier: 1, group: found }, frost)).destroy();
      return found;
    };
    expect(await load()).toEqual(group);
    for (let index = 0; index < good.length; index++) {
      const flipped = Buffer.from(good);
      flipped.writeUInt8(flipped.readUInt8(index) ^ (1 << (index % 8)), index);
      await writeFile(file, flipped);
      const found = await load().catch((error: unknown) => error);
      // A turned bit in white space may leave white space.
      if (found instanceof Error) expect(found.name).toMatch(/^(Keystore|Frost)Error$/);
      else expect(found, `byte ${index}`).toEqual(group);
    }
  });

  it('of another chain, or of a later version, is refused', async () => {
    const directory = await folder();
    await writeShare({ directory, chainId: 'one', passphrase: undefined }, group, share);
    const text = await readFile(join(directory, 'one.json'), 'utf8');
    await writeFile(join(directory, 'two.json'), text, { mode: 0o600 });
    await expect(readGroup(directory, 'two')).rejects.toThrow(/KEY_FILE_MISMATCH.*expected chain two, found one/);
    await writeFile(join(directory, 'one.json'), text.replace('"version": 1', '"version": 2'));
    await expect(readGroup(directory, 'one')).rejects.toThrow(
      /KEY_FILE_MALFORMED.*version: expected 1, found something else/,
    );
    const broken = { ...JSON.parse(text), commitments: Array.from({ length: 100 }, () => 0) };
    await writeFile(join(directory, 'one.json'), JSON.stringify(broken));
    await expect(readGroup(directory, 'one')).rejects.toThrow(
      /: commitments\.0: expected 32 bytes in base64, found a number; .*commitments\.7: [^;]*; 92 more$/,
    );
    await writeFile(join(directory, 'one.json'), text.replace('"version"', '"extra": 0, "version"'));
    await expect(readGroup(directory, 'one')).rejects.toThrow(
      /KEY_FILE_MALFORMED.*expected no fields but version, chainId.*, found others$/,
    );
  });
});

describe('the list of shares', () => {
  it('names every chain and how its share rests, and nothing else', async () => {
    const directory = await folder();
    await writeShare({ directory, chainId: 'b', passphrase: undefined }, group, share);
    await writeShare({ directory, chainId: 'a/1', passphrase: 'x', workFactor: 1 }, group, share);
    for (const name of ['README.txt', 'c.json', '%2f.share', '%zz.age', '.age'])
      await writeFile(join(directory, name), '');
    expect(await listShares(directory)).toEqual([
      { chainId: 'a/1', encrypted: true, file: join(directory, 'a%2F1.age') },
      { chainId: 'b', encrypted: false, file: join(directory, 'b.share') },
    ]);
  });

  it('refuses two shares of one chain, a missing folder and one that others can use', async () => {
    const directory = await folder();
    await writeShare({ directory, chainId: 'b', passphrase: undefined }, group, share);
    await writeFile(join(directory, 'b.age'), '');
    await expect(listShares(directory)).rejects.toThrow(/KEY_FILE_MISMATCH.*expected one share of chain b/);
    await expect(isShareEncrypted(directory, 'b')).rejects.toThrow(/KEY_FILE_MISMATCH/);
    await expect(listShares(join(directory, 'none'))).rejects.toThrow(/KEY_FILE_MISSING/);
    await chmod(directory, 0o755);
    await expect(listShares(directory)).rejects.toThrow(/KEY_FILE_PERMISSIONS.*chmod 700/);
    await chmod(directory, 0o700);
  });
});

describe('the file name of a chain', () => {
  it('has nothing but A-Za-z0-9._- and percent', () => {
    for (const [id, name] of [
      ['my-chain_1.x', 'my-chain_1.x'],
      ['a/b', 'a%2Fb'],
      ['../../etc', '..%2F..%2Fetc'],
      ['..', '%2E%2E'],
      ["a b~!'()*", 'a%20b%7E%21%27%28%29%2A'],
      ['chaîne', 'cha%C3%AEne'],
    ] as const) {
      expect(chainFileName(id)).toBe(name);
    }
  });
});

describe('the files of CometBFT', async () => {
  // Source: cometbft/cometbft v0.38.25 privval/file.go and tests; other rows as named in the file.
  const vectors = JSON.parse(await readFile(new URL('./data/keys.json', import.meta.url), 'utf8'));
  const write = async (content: unknown): Promise<string> => {
    const file = join(await folder(), 'file.json');
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content, undefined, 2));
    return file;
  };

  it('give the seed, public key and address', async () => {
    const key = await importValidatorKey(await write(vectors.ed25519.priv_validator_key_json));
    expect(Buffer.from(key.seed).toString('hex')).toBe(vectors.ed25519.seed);
    expect(Buffer.from(key.publicKey).toString('hex')).toBe(vectors.ed25519.public);
    expect(key.address).toBe(vectors.ed25519.address.toUpperCase());
    expect(addressOf(key.publicKey)).toBe(key.address);
    expect(
      frost.deal({ secret: frost.secretFromSeed(key.seed), threshold: 2, identifiers: [1, 2], epoch: 1, random }).group
        .groupKey,
    ).toEqual(key.publicKey);
  });

  it('are refused for other key types and for keys that do not fit', async () => {
    for (const name of ['secp256k1', 'secp256k1eth', 'bls12_381']) {
      await expect(importValidatorKey(await write(vectors[name].priv_validator_key_json))).rejects.toThrow(
        /KEY_TYPE_UNSUPPORTED/,
      );
    }
    const good = vectors.ed25519.priv_validator_key_json;
    await expect(importValidatorKey(await write({ ...good, address: '00'.repeat(20) }))).rejects.toThrow(
      /KEY_FILE_MISMATCH/,
    );
    await expect(importValidatorKey(await write('{'))).rejects.toThrow(/KEY_FILE_MALFORMED/);
  });

  it('give the last signed state, in the old form too', async () => {
    const { initial, after_prevote, v0_33_and_older_form_of_round } = vectors.priv_validator_state_json;
    expect(await importValidatorState(await write(initial))).toEqual({
      height: 0n,
      round: 0,
      step: undefined,
      signBytes: undefined,
    });
    const state = await importValidatorState(await write(after_prevote));
    expect([state.height, state.round, state.step, state.signBytes?.step]).toEqual([500001n, 2, 'prevote', 'prevote']);
    expect(await importValidatorState(await write(v0_33_and_older_form_of_round))).toMatchObject({
      height: 500001n,
      round: 2,
    });
    await expect(importValidatorState(await write({ ...after_prevote, height: '500002' }))).rejects.toThrow(
      /KEY_FILE_MISMATCH/,
    );
    await expect(importValidatorState(await write({ ...after_prevote, height: -1 }))).rejects.toThrow(
      /KEY_FILE_MALFORMED/,
    );
  });

  it('that are not there: the path is doubted, not a home that may not exist yet', async () => {
    const file = join(await folder(), 'none.json');
    for (const read of [importValidatorKey, importValidatorState]) {
      await expect(read(file)).rejects.toThrow(
        `KEY_FILE_MISSING: ${file}: expected this file, found none; check the path`,
      );
    }
  });

  it.each<[Record<string, unknown>, string]>([
    [{ height: 500001 }, 'height: expected a decimal string, found a number'],
    [{ height: '0500001' }, 'height: expected a decimal string, found something else'],
    [{ height: undefined }, 'height: expected a decimal string, found none'],
    [{ height: null }, 'height: expected a decimal string, found null'],
    [{ height: [] }, 'height: expected a decimal string, found a list'],
    [{ round: 1.5 }, 'round: expected a whole number from 0, or a decimal string, found something else'],
    [{ round: undefined }, 'round: expected a whole number from 0, or a decimal string, found none'],
    [{ step: '2' }, 'step: expected a whole number from 0 to 3, found a string'],
    [{ step: 1.5 }, 'step: expected a whole number from 0 to 3, found something else'],
    [{ step: 4 }, 'step: expected a whole number from 0 to 3, found something else'],
    [{ signature: 'AAAA' }, 'signature: expected 64 bytes in base64, found something else'],
    [{ signbytes: 7 }, 'signbytes: expected hexadecimal digits, found a number'],
    [{ extra: 'x' }, 'expected no fields but height, round, step, signature, signbytes, found others'],
    [
      { height: 1, step: true },
      'height: expected a decimal string, found a number; step: expected a whole number from 0 to 3, found a boolean',
    ],
  ])('say of a state with %j what was expected', async (change, problem) => {
    const file = await write({ ...vectors.priv_validator_state_json.after_prevote, ...change });
    const error = await importValidatorState(file).catch((caught: unknown) => caught);
    expect(String(error)).toBe(`KeystoreError: KEY_FILE_MALFORMED: ${file}: ${problem}`);
  });

  const SECRET = 'c2VjcmV0IHZhbHVl*';
  it.each<[Record<string, unknown>, string]>([
    [{ priv_key: SECRET }, 'priv_key: expected an object of type, value, found a string'],
    [{ priv_key: { type: 'a', value: SECRET } }, 'priv_key.value: expected base64, found something else'],
    [
      { priv_key: { type: SECRET.repeat(10), value: 'AAAA' } },
      'priv_key.type: expected a text of 0 to 100 characters, found something else',
    ],
    [
      { priv_key: { type: 'a', value: 'AAAA', [SECRET]: SECRET } },
      'priv_key: expected no fields but type, value, found others',
    ],
    [{ address: [SECRET] }, 'address: expected a text of 0 to 100 characters, found a list'],
    [{ [SECRET]: 1 }, 'expected no fields but address, pub_key, priv_key, found others'],
  ])('say of a key with %j what was expected, and repeat nothing of it', async (change, problem) => {
    const file = await write({ ...vectors.ed25519.priv_validator_key_json, ...change });
    const error = await importValidatorKey(file).catch((caught: unknown) => caught);
    expect(String(error)).toBe(`KeystoreError: KEY_FILE_MALFORMED: ${file}: ${problem}`);
  });

  it('are refused with any bit turned, or give the same key', async () => {
    const good = Buffer.from(JSON.stringify(vectors.ed25519.priv_validator_key_json));
    const file = await write('');
    const secret = vectors.ed25519.priv_validator_key_json.priv_key.value;
    for (let bit = 0; bit < good.length * 8; bit++) {
      const flipped = Buffer.from(good);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      await writeFile(file, flipped);
      const found = await importValidatorKey(file).catch((error: unknown) => error);
      if (found instanceof KeystoreError) expect(found.message).not.toContain(secret.slice(4, 24));
      else expect(found, `bit ${bit}`).toMatchObject({ address: vectors.ed25519.address.toUpperCase() });
    }
  });

  it.each<[string, (good: Record<string, unknown>) => unknown]>([
    ['an unknown field', (good) => ({ ...good, extra: 1 })],
    ['no private key', ({ address, pub_key }) => ({ address, pub_key })],
    ['a short private key', (good) => ({ ...good, priv_key: { type: 'tendermint/PrivKeyEd25519', value: 'AAAA' } })],
    ['a list', () => []],
    ['nothing', () => ''],
  ])('are refused with %s in place of a key', async (_, change) => {
    await expect(importValidatorKey(await write(change(vectors.ed25519.priv_validator_key_json)))).rejects.toThrow(
      /KEY_FILE_MALFORMED/,
    );
  });

  it.each<[string, Record<string, unknown>]>([
    ['a height as a number', { height: 500001 }],
    ['a height with a leading zero', { height: '0500001' }],
    ['a height beyond 63 bits', { height: '9223372036854775808' }],
    ['a round beyond 31 bits', { round: 2147483648 }],
    ['a negative round', { round: -1 }],
    ['a round with a fraction', { round: 1.5 }],
    ['a step that there is not', { step: 4 }],
    ['an unknown field', { vote_ext_signature: '' }],
    ['a signature without sign bytes', { signbytes: undefined }],
    ['sign bytes without a signature', { signature: undefined }],
    ['a short signature', { signature: 'AAAA' }],
    ['sign bytes that are no vote', { signbytes: '00' }],
    ['an odd number of digits', { signbytes: '000' }],
  ])('are refused with %s in a state', async (_, change) => {
    const state = { ...vectors.priv_validator_state_json.after_prevote, ...change };
    await expect(importValidatorState(await write(state))).rejects.toThrow(/KEY_FILE_MALFORMED/);
  });

  it.each<[string, Record<string, unknown>]>([
    ['height', { height: '500000' }],
    ['round', { round: 1 }],
    ['step', { step: 3 }],
    ['no step', { step: 0 }],
  ])('are refused when the sign bytes contradict the %s', async (_, change) => {
    const state = { ...vectors.priv_validator_state_json.after_prevote, ...change };
    await expect(importValidatorState(await write(state))).rejects.toThrow(/KEY_FILE_MISMATCH/);
  });
});
