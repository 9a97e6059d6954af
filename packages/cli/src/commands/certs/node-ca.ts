/** `certs node-ca`: a new authority for nodes and for what this signer shows them. */

import { X509Certificate } from 'node:crypto';
import { join, resolve } from 'node:path';
import { writePrivateFile } from '@quorumsign/keystore';
import { createNodeAuthority } from '@quorumsign/pki';
import { type CommandContext, type GlobalOptions, printAnswer } from '../../context.js';
import { assertFree } from './assert-free.js';
import { wholeNumber } from './whole-number.js';

/** Names in an authority's folder, as in the `ca/` of a cluster. */
export const AUTHORITY_FILES = { certificate: 'ca.pem', key: 'ca-key.pem' } as const;

export interface NodeCaFlags {
  readonly out: string;
  readonly name: string | undefined;
  readonly years: string | undefined;
}

/** @throws CliError `USAGE`, `WOULD_OVERWRITE`; KeystoreError, PkiError */
export async function certsNodeCa(flags: NodeCaFlags, options: GlobalOptions, context: CommandContext): Promise<void> {
  const years = wholeNumber('--years', flags.years);
  const out = resolve(flags.out);
  const certificate = join(out, AUTHORITY_FILES.certificate);
  const key = join(out, AUTHORITY_FILES.key);
  await assertFree([certificate, key]);
  const authority = await createNodeAuthority({
    now: context.now(),
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...(years === undefined ? {} : { years }),
  });
  // The key first: a certificate alone would look like an authority whose key is elsewhere.
  await writePrivateFile(key, authority.keyPem);
  await writePrivateFile(certificate, authority.certificatePem);
  const { subject, fingerprint256: fingerprint, validTo } = new X509Certificate(authority.certificatePem);
  const notAfter = new Date(validTo).toISOString();
  printAnswer(context, options, {
    json: { certificate, key, subject, fingerprint, notAfter },
    text: `${certificate}  the authority, until ${notAfter}: root-ca-file of nodes, clientCa of cosigners
${key}  its key: keep it offline; whoever has it can make certificates for nodes`,
  });
}
