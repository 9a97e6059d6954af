/**
 * The key share of one cosigner for one chain: a public part that everyone may read, and the share itself, encrypted.
 *
 * `shares/<chain>.json` holds group key, commitments, verification shares, epoch and threshold. `shares/<chain>.age` holds
 * the share (encrypted with a passphrase by age), `shares/<chain>.share` the same in the clear where that was asked for.
 * The share names the chain, epoch, holder and group key it belongs to; both files must agree.
 */

import { join } from 'node:path';
import { type Frost, FrostError, type GroupPublic, type SigningShare } from '@quorumsign/frost';
import { Decrypter, Encrypter } from 'age-encryption';
import { z } from 'zod';
import { base64Bytes } from './base64.js';
import { KeystoreError } from './errors.js';
import { fields, parseJson, shortText, wholeNumber } from './json.js';
import { COPY_THE_HOME, readKeyFile, readPrivateFolder, writePrivateFile } from './private-file.js';

const VERSION = 1;
/** age's default: about a second. */
export const SCRYPT_WORK_FACTOR = 18;

const bytes32 = base64Bytes(32);

const version = z.literal(VERSION, `expected ${VERSION}`);
const LIST = 'expected a list that is not empty';

const groupSchema = fields({
  version,
  chainId: shortText(1, 50),
  epoch: wholeNumber(1),
  threshold: wholeNumber(1),
  groupKey: bytes32,
  commitments: z.array(bytes32, LIST).min(1, LIST),
  verificationShares: z.array(fields({ identifier: wholeNumber(1, 65_535), share: bytes32 }), LIST).min(1, LIST),
});

const shareSchema = fields({
  version,
  chainId: z.string('expected a text'),
  epoch: z.int('expected a whole number'),
  identifier: z.int('expected a whole number'),
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
  const encoded = encodeURIComponent(chainId).replace(
    /[!'()*~]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
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
    throw new KeystoreError({
      code: 'KEY_FILE_MISMATCH',
      file,
      problem: `expected chain ${chainId}, found ${read.chainId}`,
    });
  }
  const { epoch, threshold, groupKey, commitments } = read;
  const verificationShares = new Map(read.verificationShares.map(({ identifier, share }) => [identifier, share]));
  const identifiers = read.verificationShares.map(({ identifier }) => identifier);
  // A damaged identifier may repeat another, and the map would quietly be a smaller group.
  if (identifiers.some((each, at) => each <= (identifiers[at - 1] ?? 0))) {
    const problem = `expected ascending identifiers, found ${identifiers.join(', ')}`;
    throw new KeystoreError({ code: 'KEY_FILE_MALFORMED', file, problem });
  }
  return { epoch, threshold, identifiers, groupKey, commitments, verificationShares };
}

/** One chain's share, found by {@link listShares}. */
export interface ShareEntry {
  readonly chainId: string;
  readonly encrypted: boolean;
  readonly file: string;
}

/**
 * The shares in a folder, ordered by file name. None is opened; files of other names are not looked at.
 *
 * @throws KeystoreError `KEY_FILE_MISSING`, `KEY_FILE_PERMISSIONS`, `KEY_FILE_MISMATCH` (two shares of one chain)
 */
export async function listShares(directory: string): Promise<ShareEntry[]> {
  const entries = new Map<string, ShareEntry>();
  for (const name of await readPrivateFolder(directory)) {
    const [, stem, kind] = /^(.+)\.(age|share)$/.exec(name) ?? [];
    const chainId = stem === undefined ? undefined : chainIdOf(stem);
    if (chainId === undefined) continue;
    const file = join(directory, name);
    const other = entries.get(chainId);
    if (other !== undefined) {
      const problem = `expected one share of chain ${chainId}, found ${other.file} too; move the one that is not in use away`;
      throw new KeystoreError({ code: 'KEY_FILE_MISMATCH', file, problem });
    }
    entries.set(chainId, { chainId, encrypted: kind === 'age', file });
  }
  return [...entries.values()];
}

/** Whether the share of a chain is encrypted. @throws KeystoreError as {@link listShares}; `KEY_FILE_MISSING` */
export async function isShareEncrypted(directory: string, chainId: string): Promise<boolean> {
  return (await findShare(directory, chainId)).encrypted;
}

/** Reads the share and checks that it belongs to the public part and to this holder. @throws KeystoreError */
export async function readShare(
  options: ShareFileOptions & { readonly identifier: number; readonly group: GroupPublic },
  frost: Pick<Frost, 'importShare' | 'checkShare'>,
): Promise<SigningShare> {
  const { directory, chainId, passphrase, identifier, group } = options;
  const { encrypted, file } = await findShare(directory, chainId);
  const content = await readKeyFile(file, true);
  const text = encrypted ? await decrypt(file, content, passphrase) : content;
  let read: z.infer<typeof shareSchema>;
  try {
    read = parseJson(file, text, shareSchema);
  } finally {
    text.fill(0);
  }
  try {
    checkBelongs(file, { chainId, epoch: group.epoch, identifier, groupKey: base64(group.groupKey) }, read);
    const share = frost.importShare({ identifier, epoch: read.epoch, bytes: read.share });
    frost.checkShare(share, group);
    return share;
  } catch (error) {
    if (!(error instanceof FrostError)) throw error;
    const problem = `expected the share that the public part commits to, found another or a damaged one (${error.message})`;
    throw new KeystoreError({ code: 'KEY_FILE_MISMATCH', file, problem }, { cause: error });
  } finally {
    read.share.fill(0);
  }
}

/** The share of a chain; it is not opened. @throws KeystoreError as {@link listShares}; `KEY_FILE_MISSING` */
export async function findShare(directory: string, chainId: string): Promise<ShareEntry> {
  const found = (await listShares(directory)).find((entry) => entry.chainId === chainId);
  if (found !== undefined) return found;
  const file = join(directory, `${chainFileName(chainId)}.age`);
  throw new KeystoreError({ code: 'KEY_FILE_MISSING', file, remedy: COPY_THE_HOME });
}

/** The words of the share against those of the public part and the configuration. */
function checkBelongs(
  file: string,
  expected: { chainId: string; epoch: number; identifier: number; groupKey: string },
  read: z.infer<typeof shareSchema>,
): void {
  const { chainId, epoch, identifier } = read;
  const found = { chainId, epoch, identifier, groupKey: base64(read.groupKey) };
  for (const key of ['chainId', 'epoch', 'identifier', 'groupKey'] as const) {
    if (expected[key] === found[key]) continue;
    const problem = `expected ${key} ${expected[key]}, as in the configuration and ${chainFileName(expected.chainId)}.json, found ${found[key]}`;
    throw new KeystoreError({ code: 'KEY_FILE_MISMATCH', file, problem });
  }
}

/** The chain id that a file name stands for; undefined if {@link chainFileName} would not make that name. */
function chainIdOf(name: string): string | undefined {
  try {
    const chainId = decodeURIComponent(name);
    return chainFileName(chainId) === name ? chainId : undefined;
  } catch {
    return undefined; // broken percent-encoding: not one of ours
  }
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
    const message = cause instanceof Error ? cause.message : 'unknown';
    // The library's words for a file key that the passphrase does not open; all others are about the file itself.
    const wrong = message.startsWith('no identity matched');
    const problem = wrong
      ? 'another passphrase, or its first lines are damaged'
      : `it is damaged or cut off: ${message}`;
    throw new KeystoreError({ code: 'KEY_FILE_LOCKED', file, problem }, { cause });
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
