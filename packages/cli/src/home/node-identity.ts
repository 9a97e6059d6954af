/**
 * The Ed25519 seed by which nodes recognise this cosigner on an encrypted connection (SecretConnection). It is kept, not made at each
 * start, because nodes can be told to accept one identity only.
 */

import { readKeyFile, writePrivateFile } from '@quorumsign/keystore';
import { CliError } from '../errors.js';

const SEED_BYTES = 32;

/** Writes a new seed; the file must not exist. @throws KeystoreError `KEY_FILE_EXISTS` */
export async function writeNodeIdentity(file: string, seed: Uint8Array): Promise<void> {
  await writePrivateFile(file, `${Buffer.from(seed).toString('hex')}\n`);
}

/** @throws KeystoreError `KEY_FILE_MISSING`, `KEY_FILE_PERMISSIONS`; CliError `FILE` */
export async function readNodeIdentity(file: string): Promise<Uint8Array> {
  const content = await readKeyFile(file, true);
  const text = content.toString('latin1').trim();
  content.fill(0);
  if (/^[0-9a-f]{64}$/.test(text)) return Uint8Array.from(Buffer.from(text, 'hex'));
  const problem = `expected ${2 * SEED_BYTES} hexadecimal digits, found something else; copy the home again`;
  throw new CliError({ code: 'FILE', path: file, problem });
}
