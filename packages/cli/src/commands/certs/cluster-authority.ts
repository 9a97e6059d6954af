/** Reads the authority of a cluster, as `cluster create` wrote it, and says what to do where its key is on another machine. */

import { lstat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readKeyFile } from '@quorumsign/keystore';
import type { CertificateWithKey } from '@quorumsign/pki';
import { CliError } from '../../errors.js';
import { AUTHORITY_FILES } from './node-ca.js';
import { readPemText } from './node-files.js';

/**
 * @param elsewhere - what to do when the key is not here, in words
 * @throws CliError `AUTHORITY_KEY_MISSING`, `FILE`; KeystoreError for a key that others can read
 */
export async function readClusterAuthority(folder: string, elsewhere: string): Promise<CertificateWithKey> {
  const key = join(resolve(folder), AUTHORITY_FILES.key);
  const isThere = await lstat(key).then(
    () => true,
    (error: unknown) => !(error instanceof Error && 'code' in error && error.code === 'ENOENT'),
  );
  if (!isThere) throw new CliError({ code: 'AUTHORITY_KEY_MISSING', path: key, elsewhere });
  const keyPem = (await readKeyFile(key, true)).toString('latin1');
  return { certificatePem: await readPemText(join(resolve(folder), AUTHORITY_FILES.certificate)), keyPem };
}
