/** Reads certificates and keys that commands are given: any common form, and a passphrase where a key needs one. */

import type { KeyObject, X509Certificate } from 'node:crypto';
import { isNodeKeyEncrypted, NODE_PEM_BYTES_MAX, PkiError, readNodeCertificates, readNodeKey } from '@quorumsign/pki';
import type { CommandContext } from '../../context.js';
import { readTextFile } from '../../text-file.js';

const PASSPHRASE_BYTES_MAX = 4096;
/** Mistyped passphrases at a prompt before giving up. */
const PROMPTS_MAX = 3;

/** @throws CliError `FILE` */
export async function readPemText(file: string): Promise<string> {
  return await readTextFile(file, NODE_PEM_BYTES_MAX);
}

/** @throws CliError `FILE`; PkiError `NODE_CERTIFICATE_MALFORMED` */
export async function readChain(file: string): Promise<X509Certificate[]> {
  return readNodeCertificates(file, await readPemText(file));
}

export interface KeyPassphrase {
  readonly passphraseFile: string | undefined;
}

/**
 * Reads a key; one under a passphrase is opened with the file's or with one typed at a terminal.
 *
 * @throws PkiError `NODE_KEY_MALFORMED`, `NODE_KEY_PASSPHRASE`, `NODE_KEY_ENCRYPTED` where there is neither; CliError `FILE`
 */
export async function openKey(
  file: string,
  text: string,
  { passphraseFile }: KeyPassphrase,
  context: CommandContext,
): Promise<{ key: KeyObject; encrypted: boolean }> {
  if (!isNodeKeyEncrypted(file, text)) return { key: readNodeKey(file, text), encrypted: false };
  if (passphraseFile !== undefined) {
    // One line end belongs to the file, not to the passphrase.
    const passphrase = (await readTextFile(passphraseFile, PASSPHRASE_BYTES_MAX)).replace(/\r?\n$/, '');
    return { key: readNodeKey(file, text, passphrase), encrypted: true };
  }
  for (let attempt = 1; context.promptSecret !== undefined; attempt++) {
    try {
      const passphrase = await context.promptSecret(`Passphrase of ${file}: `);
      return { key: readNodeKey(file, text, passphrase), encrypted: true };
    } catch (error) {
      const mistyped = error instanceof PkiError && error.code === 'NODE_KEY_PASSPHRASE';
      if (!mistyped || attempt >= PROMPTS_MAX) throw error;
      context.stderr.write('not the passphrase of this key; try again\n');
    }
  }
  throw new PkiError({ code: 'NODE_KEY_ENCRYPTED', what: file });
}
