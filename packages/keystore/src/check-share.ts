/**
 * What can be said of a share while nobody gives its passphrase. An encrypted one is not opened: only its presence, its mode and its form
 * (age, C2SP, with scrypt as the only recipient) are checked. Another passphrase, another holder and damage inside are found by a start.
 */

import type { Frost } from '@quorumsign/frost';
import { KeystoreError } from './errors.js';
import { readKeyFile } from './private-file.js';
import { findShare, readShare } from './share-files.js';

const AGE_HEADER =
  /^age-encryption\.org\/v1\n-> scrypt [A-Za-z0-9+/]{22} [1-9][0-9]*\n[A-Za-z0-9+/]{43}\n--- [A-Za-z0-9+/]{43}\n/;
/** Nonce of the payload, and the tag of its last chunk. */
const PAYLOAD_BYTES_MIN = 16 + 16;

/**
 * Checks a share in the clear whole, against the public part and its holder, as {@link readShare} does; an encrypted one from outside.
 *
 * @throws KeystoreError `KEY_FILE_MISSING`, `KEY_FILE_PERMISSIONS`, `KEY_FILE_MALFORMED`, `KEY_FILE_MISMATCH`, `KEY_FILE_UNUSABLE`
 */
export async function checkShare(
  options: Omit<Parameters<typeof readShare>[0], 'passphrase' | 'workFactor'>,
  frost: Pick<Frost, 'importShare' | 'checkShare'>,
): Promise<void> {
  const { encrypted, file } = await findShare(options.directory, options.chainId);
  if (!encrypted) {
    const share = await readShare({ ...options, passphrase: undefined }, frost);
    share.destroy();
    return;
  }
  const content = (await readKeyFile(file, true)).toString('latin1');
  const header = AGE_HEADER.exec(content)?.[0];
  if (header !== undefined && content.length >= header.length + PAYLOAD_BYTES_MIN) return;
  const problem =
    'expected a share that age encrypted with a passphrase, found something else or only a part of it; copy the whole home of this cosigner again';
  throw new KeystoreError({ code: 'KEY_FILE_MALFORMED', file, problem });
}
