/**
 * Puts a new certificate and key in the place of a home's old ones. Both are whole and synced beside the old before either name
 * changes, the old stay as `cert.pem.old` and `key.pem.old`, and each name changes by a rename: a reader finds the old file or the
 * new one, never a half. Between the two renames the pair does not fit; a reload then is refused and changes nothing, and a start
 * says `KEY_MISMATCH`, which the same command mends when it is run again.
 */

import { chown, link, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writePrivateFile } from '@quorumsign/keystore';
import type { CertificateWithKey } from '@quorumsign/pki';
import { CliError } from '../../errors.js';
import { fileProblem } from '../../text-file.js';

export interface ReplacedTlsFiles {
  readonly certificate: string;
  readonly key: string;
  /** Where the old ones are now; empty where there were none. */
  readonly backups: readonly string[];
}

/** @throws CliError `FILE`; KeystoreError */
export async function replaceTlsFiles(folder: string, made: CertificateWithKey): Promise<ReplacedTlsFiles> {
  const certificate = join(folder, 'cert.pem');
  const key = join(folder, 'key.pem');
  try {
    await stage(folder, key, made.keyPem);
    await stage(folder, certificate, made.certificatePem);
    const backups = [...(await keepOld(certificate)), ...(await keepOld(key))];
    await rename(stagedName(key), key);
    await rename(stagedName(certificate), certificate);
    await syncFolder(folder);
    return { certificate, key, backups };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new CliError({ code: 'FILE', path: folder, problem: fileProblem(error) }, { cause: error });
  }
}

function stagedName(file: string): string {
  return `${file}.new`;
}

async function stage(folder: string, file: string, content: string): Promise<void> {
  const staged = stagedName(file);
  await rm(staged, { force: true }); // of a run that was cut off
  await writePrivateFile(staged, content);
  // Run by root for a cosigner that runs as somebody else: files of mode 0600 must belong to the one that reads them.
  const { uid, gid } = await stat(folder);
  const written = await stat(staged);
  if (written.uid !== uid) await chown(staged, uid, gid);
}

async function keepOld(file: string): Promise<string[]> {
  const old = `${file}.old`;
  const there = await stat(file).catch(absent);
  if (there === undefined) return [];
  await rm(old, { force: true });
  await link(file, old);
  return [old];
}

function absent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
