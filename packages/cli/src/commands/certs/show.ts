/**
 * `certs show`: what stands in certificate and key files of any origin, how they belong together, and what is remarkable about each.
 * Describes and does not judge: whether a node or this signer would accept one is asked with `certs check`.
 */

import type { KeyObject, X509Certificate } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CertificateDescription,
  type CertificateDetails,
  type CertificateReader,
  describeParsedCertificate,
  holdsPrivateKey,
  isStrongSignature,
  keyFits,
  keyKindOf,
  loadCertificateReader,
  PkiError,
  readNodeCertificates,
  unknownCritical,
} from '@quorumsign/pki';
import { type CommandContext, type GlobalOptions, printAnswer } from '../../context.js';
import { CliError, usageError } from '../../errors.js';
import { homePaths } from '../../home/home-paths.js';
import { fileProblem } from '../../text-file.js';
import { chainOf, type ShownChain } from './chain-of.js';
import { type KeyPassphrase, openKey, readPemText } from './node-files.js';
import { certificateText, keyText } from './show-text.js';

/** A certificate as it is shown; the answer of `-o json` holds a list of these. */
export interface ShownCertificate extends CertificateDescription, CertificateDetails {
  readonly file: string;
  /** From 1, where a file holds several. */
  readonly place: number;
  readonly daysLeft: number;
  /** The files of keys that belong to it. */
  readonly keys: readonly string[];
  readonly chain: ShownChain;
  readonly remarks: readonly string[];
}

export interface ShownKeyFile {
  readonly file: string;
  /** Undefined: under a passphrase that was not given. */
  readonly kind: string | undefined;
  readonly encrypted: boolean;
  /** Whether it belongs to one of the certificates; undefined where it could not be opened. */
  readonly fits: boolean | undefined;
}

interface Found {
  readonly certificates: { readonly file: string; readonly place: number; readonly certificate: X509Certificate }[];
  readonly keys: { readonly file: string; readonly key: KeyObject | undefined; readonly encrypted: boolean }[];
}

const FILES_MAX = 32;
const DAY_MS = 86_400_000;

/**
 * Shows files; without any, those in the home's `tls/`.
 *
 * @throws CliError `FILE`, `USAGE`; PkiError for a file without certificate and key, or a wrong passphrase
 */
export async function certsShow(
  files: readonly string[],
  flags: KeyPassphrase,
  options: GlobalOptions,
  context: CommandContext,
): Promise<void> {
  const found: Found = { certificates: [], keys: [] };
  const named = files.length > 0 ? files : await homeFiles(options.home);
  if (named.length > FILES_MAX) throw usageError(`expected at most ${FILES_MAX} files, found ${named.length}`);
  for (const file of named) await readInto(found, file, flags, context);
  const certificates: ShownCertificate[] = [];
  const read = await loadCertificateReader();
  for (const each of found.certificates) certificates.push(describe(each, { found, read, now: context.now() }));
  const keys = found.keys.map(
    ({ file, key, encrypted }): ShownKeyFile => ({
      file,
      kind: key === undefined ? undefined : keyKindOf(key),
      encrypted,
      fits: key === undefined ? undefined : found.certificates.some(({ certificate }) => keyFits(certificate, key)),
    }),
  );
  printAnswer(context, options, {
    json: { certificates, keys },
    text: [...certificates.map(certificateText), ...keys.map((key) => keyText(key, certificates.length > 0))].join(
      '\n\n',
    ),
  });
}

async function homeFiles(home: string): Promise<string[]> {
  const { tls } = homePaths(home);
  try {
    const names = (await readdir(tls)).filter((name) => name.endsWith('.pem')).sort();
    return names.map((name) => join(tls, name));
  } catch (cause) {
    throw new CliError({ code: 'FILE', path: tls, problem: fileProblem(cause) }, { cause });
  }
}

/** A file may hold certificates, a key, or both. */
async function readInto(found: Found, file: string, flags: KeyPassphrase, context: CommandContext): Promise<void> {
  const text = await readPemText(file);
  const hasKey = holdsPrivateKey(text);
  if (!hasKey || text.includes('-----BEGIN CERTIFICATE-----')) {
    const certificates = readNodeCertificates(file, text);
    found.certificates.push(...certificates.map((certificate, at) => ({ file, place: at + 1, certificate })));
  }
  if (!hasKey) return;
  try {
    found.keys.push({ file, ...(await openKey(file, text, flags, context)) });
  } catch (error) {
    // Nobody to ask: everything else can still be shown.
    if (!(error instanceof PkiError) || error.code !== 'NODE_KEY_ENCRYPTED') throw error;
    found.keys.push({ file, key: undefined, encrypted: true });
  }
}

function describe(
  { file, place, certificate }: Found['certificates'][number],
  { found, read, now }: { readonly found: Found; readonly read: CertificateReader; readonly now: Date },
): ShownCertificate {
  const description = describeParsedCertificate(certificate);
  const details = read(file, certificate);
  const keys = found.keys.filter(({ key }) => key !== undefined && keyFits(certificate, key)).map((each) => each.file);
  const hasKeys = found.keys.some(({ key }) => key !== undefined);
  return {
    ...description,
    ...details,
    file,
    place,
    keyFits: hasKeys ? keys.length > 0 : undefined,
    daysLeft: Math.floor((description.notAfter.getTime() - now.getTime()) / DAY_MS),
    keys,
    chain: chainOf(certificate, found.certificates),
    remarks: remarksOf(description, details, now),
  };
}

function remarksOf(description: CertificateDescription, details: CertificateDetails, now: Date): string[] {
  const { authority, subjectAltNames, commonName, notBefore, notAfter, identity } = description;
  const remarks: string[] = [];
  if (now < notBefore) remarks.push(`not yet valid: it begins ${notBefore.toISOString()}; check the clocks`);
  if (now > notAfter) remarks.push(`no longer valid: it ended ${notAfter.toISOString()}`);
  if (!authority && subjectAltNames.length === 0)
    remarks.push(
      commonName === undefined
        ? 'no name at all'
        : `the name ${JSON.stringify(commonName)} is a common name only: Go (since 1.15) and this signer ignore it; issue it again with a subject alternative name`,
    );
  // Nobody verifies the signature by which an authority vouches for itself.
  if (!description.selfSigned && !isStrongSignature(details))
    remarks.push(
      `signed with ${details.signatureAlgorithm}, which TLS libraries do not accept; issue it again with SHA-256`,
    );
  const unknown = unknownCritical(details, 'node');
  if (unknown.length > 0) remarks.push(`critical extensions that TLS libraries refuse: ${unknown.join(', ')}`);
  if (details.nameConstraints)
    remarks.push('restricts names (name constraints), which this signer does not judge and so refuses');
  if (identity !== undefined)
    remarks.push(`cosigner ${identity.cosigner} of cluster ${identity.cluster}; not for nodes`);
  return remarks;
}
