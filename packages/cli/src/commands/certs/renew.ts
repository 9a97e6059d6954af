/**
 * `certs renew`: a new certificate for one cosigner towards the others, with the same name and cluster, by the cluster's authority.
 *
 * Always with a new key. A certificate cannot be revoked here, so its end is what shuts out whoever copied the key: renewed with
 * the same key, it would let him in for another two years. A new key costs nothing: no peer remembers the old one, each looks only at who
 * issued the certificate and for which name.
 *
 * Three ways, because the authority's key is to be kept offline: in a home where that key is at hand; into a folder, from the
 * old certificate alone, on the machine that has the key; and from such a folder into the home.
 */

import { X509Certificate } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { readKeyFile, writePrivateFile } from '@quorumsign/keystore';
import {
  type CertificateWithKey,
  type CosignerIdentity,
  checkTlsIdentity,
  describeParsedCertificate,
  isIssuedBy,
  issueCosignerCertificate,
  PkiError,
  readNodeCertificates,
  type TlsIdentity,
} from '@quorumsign/pki';
import { type CommandContext, type GlobalOptions, printAnswer } from '../../context.js';
import { usageError } from '../../errors.js';
import { homePaths } from '../../home/home-paths.js';
import { loadConfig } from '../../home/load-config.js';
import { assertFree } from './assert-free.js';
import { readClusterAuthority } from './cluster-authority.js';
import { readChain, readPemText } from './node-files.js';
import { replaceTlsFiles } from './replace-tls-files.js';
import { wholeNumber } from './whole-number.js';

export interface RenewFlags {
  readonly ca: string | undefined;
  readonly certificate: string | undefined;
  readonly out: string | undefined;
  readonly from: string | undefined;
  readonly days: string | undefined;
}

/** @throws CliError `USAGE`, `CONFIG`, `FILE`, `AUTHORITY_KEY_MISSING`, `WOULD_OVERWRITE`; PkiError, KeystoreError */
export async function certsRenew(flags: RenewFlags, options: GlobalOptions, context: CommandContext): Promise<void> {
  const { ca, certificate, out, from } = flags;
  const days = wholeNumber('--days', flags.days);
  if (from !== undefined) {
    if ([ca, certificate, out, flags.days].some((each) => each !== undefined))
      throw usageError('--from: expected alone, since it takes what was renewed already, found other flags beside it');
    return await installFrom(from, options, context);
  }
  if (certificate === undefined && out === undefined) return await renewInHome({ ca, days }, options, context);
  if (certificate === undefined || out === undefined || ca === undefined)
    throw usageError(
      'expected --ca DIR, --certificate FILE and --out DIR together (away from the home), or --ca DIR alone (in the home)',
    );
  await renewInto(out, { ca, certificate, days }, options, context);
}

async function renewInHome(
  { ca, days }: { readonly ca: string | undefined; readonly days: number | undefined },
  options: GlobalOptions,
  context: CommandContext,
): Promise<void> {
  const home = resolve(options.home);
  const { cluster, cosigner } = await loadConfig(home);
  await assertOwnCertificate(join(homePaths(home).tls, 'cert.pem'), { cluster, cosigner });
  const authority = await readClusterAuthority(ca ?? join(dirname(home), 'ca'), elsewhereText(home, cosigner));
  const made = await issue({ authority, cluster, cosigner, days }, context);
  await install(home, { made, cluster, cosigner, source: 'the new' }, options, context);
}

async function renewInto(
  out: string,
  { ca, certificate, days }: { readonly ca: string; readonly certificate: string; readonly days: number | undefined },
  options: GlobalOptions,
  context: CommandContext,
): Promise<void> {
  const [old] = await readChain(certificate);
  if (old === undefined) throw usageError(`--certificate: expected a certificate in ${certificate}, found none`);
  const { identity, subjectAltNames } = describeParsedCertificate(old);
  if (identity === undefined)
    throw new PkiError({ code: 'SAN', what: certificate, found: subjectAltNames.join(', ') || 'none' });
  const authority = await readClusterAuthority(ca, `give --ca the folder that cluster create wrote as ca/`);
  const [issuer] = readNodeCertificates(join(ca, 'ca.pem'), authority.certificatePem);
  // Whoever is to be renewed must have been let in by this authority before.
  if (issuer === undefined || !isIssuedBy(old, issuer))
    throw new PkiError({ code: 'CHAIN', what: certificate, reason: `one issued by "${old.issuer}", not by ${ca}` });
  const files = { certificate: join(resolve(out), 'cert.pem'), key: join(resolve(out), 'key.pem') };
  await assertFree([files.certificate, files.key]);
  const made = await issue({ authority, ...identity, days }, context);
  await writePrivateFile(files.key, made.keyPem);
  await writePrivateFile(files.certificate, made.certificatePem);
  const { fingerprint, notAfter } = factsOf(made);
  printAnswer(context, options, {
    json: { ...identity, ...files, backups: [], fingerprint, notAfter },
    text: `${files.certificate}  cosigner ${identity.cosigner} of ${identity.cluster}, until ${notAfter}
${files.key}  its key, a new one

Copy ${resolve(out)} to the machine of ${identity.cosigner}, to no other, keeping the modes; delete it here; then there:
  quorumsign certs renew --from DIR --home HOME`,
  });
}

async function installFrom(from: string, options: GlobalOptions, context: CommandContext): Promise<void> {
  const home = resolve(options.home);
  const { cluster, cosigner } = await loadConfig(home);
  const remedy = 'check --from: the folder that `quorumsign certs renew --out` made, copied whole';
  const keyPem = (await readKeyFile(join(from, 'key.pem'), true, remedy)).toString('latin1');
  const made = { certificatePem: await readPemText(join(from, 'cert.pem')), keyPem };
  await install(home, { made, cluster, cosigner, source: `${from}:` }, options, context);
}

interface Install extends CosignerIdentity {
  readonly made: CertificateWithKey;
  /** How messages name where it comes from. */
  readonly source: string;
}

async function install(
  home: string,
  { made, cluster, cosigner, source }: Install,
  options: GlobalOptions,
  context: CommandContext,
): Promise<void> {
  const { tls } = homePaths(home);
  const ca = join(tls, 'ca.pem');
  const checked = checkTlsIdentity(
    {
      ca: { what: ca, text: await readPemText(ca) },
      certificate: { what: `${source} cert.pem`, text: made.certificatePem },
      key: { what: `${source} key.pem`, text: made.keyPem },
    },
    { cluster, cosigner, now: context.now() },
  );
  const files = await replaceTlsFiles(tls, made);
  warnOfShortLife(checked, context);
  const { fingerprint, notAfter } = factsOf(made);
  const kept = files.backups.length === 0 ? '' : `\nthe old ones are ${files.backups.join(' and ')}`;
  printAnswer(context, options, {
    json: { cluster, cosigner, ...files, fingerprint, notAfter },
    text: `${files.certificate}  cosigner ${cosigner} of ${cluster}, until ${notAfter}
${files.key}  its key, a new one${kept}

The running cosigner takes them for its next connections, without a restart, with:
  quorumsign config reload --home ${home}`,
  });
}

/** A certificate ends with its authority at the latest: soon after a renewal that is the authority's doing. */
function warnOfShortLife({ expiryWarning, notAfter }: TlsIdentity, context: CommandContext): void {
  if (expiryWarning === undefined) return;
  context.stderr.write(
    `warning: it ends ${notAfter.toISOString()} already, with its authority or after the days that were asked for; a cluster whose authority ends needs a new one\n`,
  );
}

/** @throws PkiError `CLUSTER`, `NAME_UNKNOWN` for files of another home; one that is missing, broken or of no cosigner is just replaced */
async function assertOwnCertificate(file: string, expected: CosignerIdentity): Promise<void> {
  const chain = await readChain(file).catch(() => []); // whatever is wrong with it, a new one mends
  const identity = chain[0] === undefined ? undefined : describeParsedCertificate(chain[0]).identity;
  if (identity === undefined) return;
  const { cluster, cosigner } = identity;
  if (cluster !== expected.cluster)
    throw new PkiError({ code: 'CLUSTER', what: file, expected: expected.cluster, found: cluster });
  if (cosigner !== expected.cosigner)
    throw new PkiError({ code: 'NAME_UNKNOWN', what: file, expected: [expected.cosigner], found: cosigner });
}

async function issue(
  { days, ...about }: CosignerIdentity & { readonly authority: CertificateWithKey; readonly days: number | undefined },
  context: CommandContext,
): Promise<CertificateWithKey> {
  return await issueCosignerCertificate({ ...about, now: context.now(), ...(days === undefined ? {} : { days }) });
}

function factsOf({ certificatePem }: CertificateWithKey): { fingerprint: string; notAfter: string } {
  const { fingerprint256: fingerprint, validTo } = new X509Certificate(certificatePem);
  return { fingerprint, notAfter: new Date(validTo).toISOString() };
}

function elsewhereText(home: string, cosigner: string): string {
  return `where it is on this machine, give its folder: --ca DIR. Where it is on another one:
  1. copy ${join(homePaths(home).tls, 'cert.pem')} (no secret) there, and run there:
     quorumsign certs renew --ca ca --certificate cert.pem --out ${cosigner}-renewed
  2. copy ${cosigner}-renewed here, keeping the modes, and run here:
     quorumsign certs renew --from ${cosigner}-renewed --home ${home}`;
}
