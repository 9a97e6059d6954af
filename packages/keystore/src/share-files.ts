/**
 * The key share of one cosigner for one chain: a public part that everyone may read, and the share itself, encrypted.
 *
 * `shares/<chain>.json` holds group key, commitments, verification shares, epoch and threshold. `shares/<chain>.age` holds
 * the share (encrypted with a passphrase by age), `shares/<chain>.share` the same in the clear where that was asked for.
 * The share names the chain, epoch, holder and group key it belongs to; both files must agree.
 */

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frost, GroupPublic, SigningShare } from '@quorumsign/frost';
import { Decrypter, Encrypter } from 'age-encryption';
import { z } from 'zod';
import { KeystoreError } from './errors.js';
import { parseJson } from './json.js';
import { readKeyFile, writePrivateFile } from './private-file.js';

const VERSION = 1;
/** age's default: about a second. */
export const SCRYPT_WORK_FACTOR = 18;

const bytes32 = z
  .base64()
  .refine((text) => Buffer.from(text, 'base64').length === 32)
  .transform((text) => Uint8Array.from(Buffer.from(text, 'base64')));

const groupSchema = z.strictObject({
  version: z.literal(VERSION),
  chainId: z.string().min(1).max(50),
  epoch: z.int().min(1),
  threshold: z.int().min(1),
  groupKey: bytes32,
  commitments: z.array(bytes32).min(1),
  verificationShares: z.array(z.strictObject({ identifier: z.int().min(1).max(65_535), share: bytes32 })).min(1),
});

const shareSchema = z.strictObject({
  version: z.literal(VERSION),
  chainId: z.string(),
  epoch: z.int(),
  identifier: z.int(),
  groupKey: bytes32,
  share: bytes32,
});

export interface ShareFileOptions {
  /** The `shares` folder of a home. */
  readonly directory: string;
  readonly chainId: string;
  /** Undefined: the share is written or read in the clear. */
  readonly passphrase: string | undefined;
  /** log2 of scrypt's cost when writing; default {@link SCRYPT_WORK_FACTOR}. */
  readonly workFactor?: number;
}

/** The file name of a chain: its id with everything but `A-Za-z0-9._-` percent-encoded. */
export function chainFileName(chainId: string): string {
  const encoded = encodeURIComponent(chainId).replace(/[!'()*~]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  // A name of dots alone would be a folder.
  return /^\.+$/.test(encoded) ? encoded.replaceAll('.', '%2E') : encoded;
}

/** Writes both files; neither may exist. @throws KeystoreError `KEY_FILE_EXISTS` */
export async function writeShare(options: ShareFileOptions, group: GroupPublic, share: SigningShare): Promise<void> {
  const { directory, chainId, passphrase } = options;
  const name = join(directory, chainFileName(chainId));
  const secret = share.exportBytes();
  const text = JSON.stringify({
    version: VERSION,
    chainId,
    epoch: share.epoch,
    identifier: share.identifier,
    groupKey: base64(group.groupKey),
    share: base64(secret),
  });
  secret.fill(0);
  if (passphrase === undefined) {
    await writePrivateFile(`${name}.share`, text);
  } else {
    const encrypter = new Encrypter();
    encrypter.setPassphrase(passphrase);
    encrypter.setScryptWorkFactor(options.workFactor ?? SCRYPT_WORK_FACTOR);
    await writePrivateFile(`${name}.age`, await encrypter.encrypt(text));
  }
  const { epoch, threshold, groupKey, commitments, verificationShares } = group;
  const shown = {
    version: VERSION,
    chainId,
    epoch,
    threshold,
    groupKey: base64(groupKey),
    commitments: commitments.map(base64),
    verificationShares: [...verificationShares].map(([identifier, each]) => ({ identifier, share: base64(each) })),
  };
  await writePrivateFile(`${name}.json`, `${JSON.stringify(shown, undefined, 2)}\n`);
}

/** Reads the public part. The caller checks the points (`Frost.checkGroup`). @throws KeystoreError */
export async function readGroup(directory: string, chainId: string): Promise<GroupPublic> {
  const file = join(directory, `${chainFileName(chainId)}.json`);
  const read = parseJson(file, await readKeyFile(file, false), groupSchema);
  if (read.chainId !== chainId) {
    throw new KeystoreError({ code: 'KEY_FILE_MISMATCH', file, problem: `expected chain ${chainId}, found ${read.chainId}` });
  }
  const { epoch, threshold, groupKey, commitments } = read;
  const verificationShares = new Map(read.verificationShares.map(({ identifier, share }) => [identifier, share]));
  const identifiers = [...verificationShares.keys()].sort((a, b) => a - b);
  return { epoch, threshold, identifiers, groupKey, commitments, verificationShares };
}

/** Whether the share of a chain is encrypted. @throws KeystoreError `KEY_FILE_MISSING` */
export async function isShareEncrypted(directory: string, chainId: string): Promise<boolean> {
  const names: string[] = await readdir(directory).catch((): string[] => []);
  const name = chainFileName(chainId);
  if (names.includes(`${name}.age`)) return true;
  if (names.includes(`${name}.share`)) return false;
  throw new KeystoreError({ code: 'KEY_FILE_MISSING', file: join(directory, `${name}.age`) });
}

/** Reads the share and checks that it belongs to the public part and to this holder. @throws KeystoreError, FrostError */
export async function readShare(
  options: ShareFileOptions & { readonly identifier: number; readonly group: GroupPublic },
  frost: Frost,
): Promise<SigningShare> {
  const { directory, chainId, passphrase, identifier, group } = options;
  const name = join(directory, chainFileName(chainId));
  const encrypted = await isShareEncrypted(directory, chainId);
  const file = `${name}.${encrypted ? 'age' : 'share'}`;
  const content = await readKeyFile(file, true);
  const text = encrypted ? await decrypt(file, content, passphrase) : content;
  const read = parseJson(file, text, shareSchema);
  text.fill(0);
  const expected = { chainId, epoch: group.epoch, identifier, groupKey: base64(group.groupKey) };
  const found = { chainId: read.chainId, epoch: read.epoch, identifier: read.identifier, groupKey: base64(read.groupKey) };
  for (const key of ['chainId', 'epoch', 'identifier', 'groupKey'] as const) {
    if (expected[key] === found[key]) continue;
    const problem = `expected ${key} ${expected[key]}, as in the configuration and ${chainFileName(chainId)}.json, found ${found[key]}`;
    throw new KeystoreError({ code: 'KEY_FILE_MISMATCH', file, problem });
  }
  const share = frost.importShare({ identifier, epoch: read.epoch, bytes: read.share });
  read.share.fill(0);
  frost.checkShare(share, group);
  return share;
}

async function decrypt(file: string, content: Uint8Array, passphrase: string | undefined): Promise<Uint8Array> {
  if (passphrase === undefined) {
    throw new KeystoreError({ code: 'KEY_FILE_LOCKED', file, problem: 'it is encrypted and no passphrase was given' });
  }
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  try {
    return await decrypter.decrypt(content);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : 'unknown';
    throw new KeystoreError({ code: 'KEY_FILE_LOCKED', file, problem }, { cause });
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
