import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFrost } from '@quorumsign/frost';
import { afterAll, describe, expect, it } from 'vitest';
import {
  addressOf,
  chainFileName,
  importValidatorKey,
  importValidatorState,
  isShareEncrypted,
  KeystoreError,
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
      await expect(readShare({ ...options, identifier: 1, group }, frost)).rejects.toThrow(/KEY_FILE_PERMISSIONS.*chmod 600/);
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
    await expect(readShare({ ...asked, group: { ...group, epoch: 2 } }, frost)).rejects.toThrow(/expected epoch 2.*found 1/);
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
    expect(frost.deal({ secret: frost.secretFromSeed(key.seed), threshold: 2, identifiers: [1, 2], epoch: 1, random }).group.groupKey).toEqual(
      key.publicKey,
    );
  });

  it('are refused for other key types and for keys that do not fit', async () => {
    for (const name of ['secp256k1', 'secp256k1eth', 'bls12_381']) {
      await expect(importValidatorKey(await write(vectors[name].priv_validator_key_json))).rejects.toThrow(/KEY_TYPE_UNSUPPORTED/);
    }
    const good = vectors.ed25519.priv_validator_key_json;
    await expect(importValidatorKey(await write({ ...good, address: '00'.repeat(20) }))).rejects.toThrow(/KEY_FILE_MISMATCH/);
    await expect(importValidatorKey(await write('{'))).rejects.toThrow(/KEY_FILE_MALFORMED/);
  });

  it('give the last signed state, in the old form too', async () => {
    const { initial, after_prevote, v0_33_and_older_form_of_round } = vectors.priv_validator_state_json;
    expect(await importValidatorState(await write(initial))).toEqual({ height: 0n, round: 0, step: undefined, signBytes: undefined });
    const state = await importValidatorState(await write(after_prevote));
    expect([state.height, state.round, state.step, state.signBytes?.step]).toEqual([500001n, 2, 'prevote', 'prevote']);
    expect(await importValidatorState(await write(v0_33_and_older_form_of_round))).toMatchObject({ height: 500001n, round: 2 });
    await expect(importValidatorState(await write({ ...after_prevote, height: '500002' }))).rejects.toThrow(/KEY_FILE_MISMATCH/);
    await expect(importValidatorState(await write({ ...after_prevote, height: -1 }))).rejects.toThrow(/KEY_FILE_MALFORMED/);
  });
});
