/**
 * `certs check`: whether a connection between a node and this home would come about, told before anything is started. Of a node's
 * certificate: would each address that nodes dial accept it, and if not, why. Of this cosigner's own: would a node that dials a
 * given host accept it.
 */

import type { X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import {
  checkNodeCertificate,
  checkServerCertificate,
  keyFits,
  loadCertificateReader,
  PkiError,
  warnOfNodeExpiry,
} from '@quorumsign/pki';
import type { NodeConfig } from '../../config/node-entry.js';
import { type CommandContext, type GlobalOptions, printAnswer } from '../../context.js';
import { CliError, usageError } from '../../errors.js';
import { loadConfig } from '../../home/load-config.js';
import { openKey, readChain, readPemText } from './node-files.js';

export interface CheckFlags {
  /** Only this entry: `grpc://HOST:PORT` as in quorumsign.yaml. */
  readonly listen: string | undefined;
  readonly key: string | undefined;
  readonly passphraseFile: string | undefined;
  /** What a node dials, without the port. */
  readonly host: string | undefined;
  /** The node's root-ca-file. */
  readonly rootCa: string | undefined;
}

/** One verdict; the answer of `-o json` holds a list of these. */
export interface Verdict {
  /** Whose certificate, or whose key. */
  readonly of: 'node' | 'signer' | 'key';
  readonly file: string | undefined;
  readonly listen: string | undefined;
  readonly mode: string | undefined;
  readonly host: string | undefined;
  readonly accepted: boolean;
  /** Code of the refusal; undefined where accepted. */
  readonly code: string | undefined;
  /** Why not, or who was recognised. */
  readonly reason: string;
  readonly remarks: readonly string[];
}

type Listening = Extract<NodeConfig, { kind: 'listen' }>;

/** @throws CliError `USAGE`, `CHECK_FAILED` (exit 2) where anything would be refused; PkiError for files that cannot be read */
export async function certsCheck(
  file: string | undefined,
  flags: CheckFlags,
  options: GlobalOptions,
  context: CommandContext,
): Promise<void> {
  if (file === undefined && flags.host === undefined)
    throw usageError("expected FILE, a node's certificate, or --host HOST to check this cosigner's own, found neither");
  if (flags.key !== undefined && file === undefined) throw usageError('--key: expected FILE, its certificate, as well');
  const entries = await listeningEntries(options.home, flags.listen);
  const verdicts: Verdict[] = [];
  if (file !== undefined) {
    const chain = await readChain(file);
    for (const entry of entries) verdicts.push(await checkNode({ file, chain, entry, home: options.home }, context));
    if (flags.key !== undefined) verdicts.push(await checkKey(flags.key, chain, flags, context));
  }
  if (flags.host !== undefined) {
    for (const entry of entries) verdicts.push(await checkOwn(entry, flags.host, flags.rootCa, options.home, context));
  }
  const refused = verdicts.filter(({ accepted }) => !accepted).length;
  printAnswer(context, options, { json: { ok: refused === 0, verdicts }, text: verdicts.map(verdictText).join('\n') });
  if (refused > 0) throw new CliError({ code: 'CHECK_FAILED', errors: refused });
}

async function listeningEntries(home: string, listen: string | undefined): Promise<Listening[]> {
  const { chains } = await loadConfig(home);
  const entries = chains.flatMap(({ nodes }) => nodes.filter((node) => node.kind === 'listen'));
  if (entries.length === 0)
    throw usageError('expected an address where nodes dial (chains[].nodes[].listen in quorumsign.yaml), found none');
  if (listen === undefined) return entries;
  const found = entries.filter((entry) => entry.listen === listen);
  if (found.length > 0) return found;
  throw usageError(`--listen: expected one of ${entries.map((entry) => entry.listen).join(', ')}, found ${listen}`);
}

interface NodeToCheck {
  readonly file: string;
  readonly chain: readonly X509Certificate[];
  readonly entry: Listening;
  readonly home: string;
}

async function checkNode({ file, chain, entry, home }: NodeToCheck, context: CommandContext): Promise<Verdict> {
  const { listen, tls } = entry;
  const about = { of: 'node' as const, file, listen, mode: tls.mode, host: undefined };
  if (tls.mode === 'none')
    return yes(about, 'plain text: no certificate is asked for; leave the three TLS files of the node empty');
  if (tls.mode === 'one-way')
    return yes(about, 'no certificate is asked for; the node must name its three TLS files all the same');
  return await verdictOf(about, async () => {
    const now = context.now();
    const clientCaWhat = resolve(home, tls.clientCa);
    const { subjectAltNames, fingerprint, notAfter } = checkNodeCertificate(chain, {
      clientCaPem: await readPemText(clientCaWhat),
      clientCaWhat,
      allowed: tls.allowed,
      now,
      read: await loadCertificateReader(),
      what: file,
    });
    const expiry = warnOfNodeExpiry(file, notAfter, now);
    const who = subjectAltNames.join(', ') || `fingerprint ${fingerprint}`;
    return yes(about, `recognised as ${who}`, expiry === undefined ? [] : [expiry]);
  });
}

async function checkKey(
  file: string,
  chain: readonly X509Certificate[],
  flags: CheckFlags,
  context: CommandContext,
): Promise<Verdict> {
  const about = { of: 'key' as const, file, listen: undefined, mode: undefined, host: undefined };
  return await verdictOf(about, async () => {
    const { key, encrypted } = await openKey(file, await readPemText(file), flags, context);
    const [certificate] = chain;
    if (certificate === undefined || !keyFits(certificate, key))
      throw new PkiError({ code: 'KEY_MISMATCH', what: file });
    if (encrypted) {
      const reason = `${file} belongs to the certificate, but is under a passphrase, for which a node does not ask; store it without: openssl pkey -in ${file} -out PLAIN.pem`;
      return { ...about, accepted: false, code: 'NODE_KEY_ENCRYPTED', reason, remarks: [] };
    }
    return yes(about, 'belongs to the certificate');
  });
}

async function checkOwn(
  entry: Listening,
  host: string,
  rootCa: string | undefined,
  home: string,
  context: CommandContext,
): Promise<Verdict> {
  const { listen, tls } = entry;
  const about = { of: 'signer' as const, listen, mode: tls.mode, host };
  if (tls.mode === 'none')
    return yes(
      { ...about, file: undefined },
      'plain text: no certificate is shown; leave the three TLS files of the node empty',
    );
  const file = resolve(home, tls.certificate);
  const caWhat = rootCa ?? (tls.mode === 'mutual' ? resolve(home, tls.clientCa) : undefined);
  if (caWhat === undefined)
    throw usageError(
      `--host: expected --root-ca FILE, the root-ca-file of the node, as ${listen} has no clientCa to take for it`,
    );
  return await verdictOf({ ...about, file }, async () => {
    const now = context.now();
    const chain = await readChain(file);
    const caPem = await readPemText(caWhat);
    const read = await loadCertificateReader();
    const { notAfter, remarks } = checkServerCertificate(chain, { caPem, caWhat, host, now, read, what: file });
    const expiry = warnOfNodeExpiry(file, notAfter, now);
    const assumed =
      rootCa === undefined ? [`taken for the node's root-ca-file: ${caWhat}; --root-ca names another`] : [];
    const all = [...assumed, ...remarks, ...(expiry === undefined ? [] : [expiry])];
    return yes({ ...about, file }, `a node that dials ${host} and trusts ${caWhat} accepts it`, all);
  });
}

type About = Pick<Verdict, 'of' | 'file' | 'listen' | 'mode' | 'host'>;

function yes(about: About, reason: string, remarks: readonly string[] = []): Verdict {
  return { ...about, accepted: true, code: undefined, reason, remarks };
}

/** A PkiError is the answer; anything else ends the command. */
async function verdictOf(about: About, check: () => Promise<Verdict>): Promise<Verdict> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof PkiError)) throw error;
    return { ...about, accepted: false, code: error.code, reason: error.message, remarks: [] };
  }
}

function verdictText({ of, file, listen, mode, accepted, reason, remarks }: Verdict): string {
  const where = of === 'key' ? `key ${file}` : `${listen} (${mode})${of === 'signer' ? ', own certificate' : ''}`;
  return [
    `${accepted ? 'accepted' : 'REFUSED '}  ${where}: ${reason}`,
    ...remarks.map((each) => `          note: ${each}`),
  ].join('\n');
}
