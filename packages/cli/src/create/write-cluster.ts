/**
 * Writes a planned cluster: everything into a new folder beside the wanted one, which takes its name only when it is complete. Nothing
 * is ever overwritten, and what fails half-way leaves nothing behind.
 */

import { lstat, mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { markRecord } from '@quorumsign/cosigner';
import type { Frost, GroupPublic, SigningShare } from '@quorumsign/frost';
import { writePrivateFile, writeShare } from '@quorumsign/keystore';
import { type CertificateWithKey, createClusterAuthority, issueCosignerCertificate } from '@quorumsign/pki';
import type { MarkRecord } from '@quorumsign/sign-state';
import { createStore } from '@quorumsign/store';
import type { CommandContext } from '../context.js';
import { CliError } from '../errors.js';
import { homePaths } from '../home/home-paths.js';
import { writeNodeIdentity } from '../home/node-identity.js';
import type { ClusterPlan, PlannedCosigner } from './create-options.js';
import type { NodeTlsContents } from './node-tls-files.js';
import { NODE_TLS_FILES } from './plan-listen.js';
import { renderConfig } from './render-config.js';

const NODE_IDENTITY_BYTES = 32;

export interface WriteClusterOptions {
  readonly plan: ClusterPlan;
  readonly out: string;
  readonly dealt: ReturnType<Frost['deal']>;
  readonly floor: MarkRecord | undefined;
  /** Undefined: the shares are written in the clear. */
  readonly passphrase: string | undefined;
  /** Undefined where no node dials, or in plain text. */
  readonly nodeTls: NodeTlsContents | undefined;
  readonly readme: string;
}

/**
 * Checked again at the end.
 *
 * @throws CliError `WOULD_OVERWRITE` when something is there that is not an empty folder; `FILE` when that cannot be seen
 */
export async function assertNothingThere(out: string): Promise<void> {
  const found: readonly string[] = await readdir(out).catch(async (error: unknown): Promise<string[]> => {
    const errno = errnoOf(error);
    if (errno === 'ENOENT') return [];
    // A file in this place, or in the place of a folder above it: only the first would be overwritten.
    const isThere = errno === 'ENOTDIR' && (await lstat(out).catch(() => undefined)) !== undefined;
    if (isThere) throw new CliError({ code: 'WOULD_OVERWRITE', path: out }, { cause: error });
    throw outError(out, error);
  });
  if (found.length > 0) throw new CliError({ code: 'WOULD_OVERWRITE', path: out });
}

function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

/** A folder that cannot be read or made where `--out` says; the path is the one that was typed, not that of a temporary name. */
function outError(out: string, cause: unknown): CliError {
  const problem = `expected a place where this folder can be made, found ${outProblem(errnoOf(cause))}, or choose another --out; nothing was written`;
  return new CliError({ code: 'FILE', path: out, problem }, { cause });
}

function outProblem(errno: string): string {
  switch (errno) {
    case 'EACCES':
    case 'EPERM':
      return `no permission (${errno}); check owner and mode of it and of the folder around it`;
    case 'ENOTDIR':
      return 'a file in the place of a folder above it; check the path';
    case 'EROFS':
      return 'a file system that is mounted read-only; mount it otherwise';
    case 'ENOSPC':
    case 'EDQUOT':
      return `no space left (${errno}); make room`;
    default:
      return `${errno}; check the path`;
  }
}

/** @throws CliError `WOULD_OVERWRITE`, `FILE`; KeystoreError, PkiError, StoreError */
export async function writeCluster(options: WriteClusterOptions, context: CommandContext): Promise<void> {
  const out = resolve(options.out);
  await assertNothingThere(out);
  const building = `${out}.${Buffer.from(context.randomBytes(6)).toString('hex')}.tmp`;
  await mkdir(building, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw outError(out, error);
  });
  try {
    const authority = await writeAuthority(building, options.plan, context);
    for (const cosigner of options.plan.cosigners) await writeHome(options, building, cosigner, authority, context);
    await writePrivateFile(join(building, 'README.txt'), options.readme);
    await assertNothingThere(out);
    await rmdir(out).catch(() => undefined); // an empty folder gives way; rename refuses one that is not empty
    await rename(building, out).catch((error: unknown) => {
      // Somebody was faster: a folder that is not empty any more, or a file.
      const isThere = ['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes(errnoOf(error));
      throw isThere ? new CliError({ code: 'WOULD_OVERWRITE', path: out }, { cause: error }) : outError(out, error);
    });
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    throw error;
  }
}

async function writeAuthority(root: string, plan: ClusterPlan, context: CommandContext): Promise<CertificateWithKey> {
  const authority = await createClusterAuthority({ cluster: plan.cluster, now: context.now() });
  await writePrivateFile(join(root, 'ca', 'ca.pem'), authority.certificatePem);
  await writePrivateFile(join(root, 'ca', 'ca-key.pem'), authority.keyPem);
  return authority;
}

async function writeHome(
  options: WriteClusterOptions,
  root: string,
  own: PlannedCosigner,
  authority: CertificateWithKey,
  context: CommandContext,
): Promise<void> {
  const { plan, dealt, passphrase, floor } = options;
  const paths = homePaths(join(root, own.name));
  await mkdir(paths.root, { mode: 0o700 });
  const leaf = await issueCosignerCertificate({
    authority,
    cluster: plan.cluster,
    cosigner: own.name,
    now: context.now(),
  });
  await writePrivateFile(join(paths.tls, 'ca.pem'), authority.certificatePem);
  await writePrivateFile(join(paths.tls, 'cert.pem'), leaf.certificatePem);
  await writePrivateFile(join(paths.tls, 'key.pem'), leaf.keyPem);
  if (options.nodeTls !== undefined) await writeNodeTls(paths.tls, options.nodeTls);
  await writeNodeIdentity(paths.nodeIdentity, context.randomBytes(NODE_IDENTITY_BYTES));
  const workFactor = context.shareWorkFactor === undefined ? {} : { workFactor: context.shareWorkFactor };
  const shareOptions = { directory: paths.shares, chainId: plan.chainId, passphrase, ...workFactor };
  await writeShare(shareOptions, dealt.group, shareOf(dealt, own.id));
  await createStore(
    paths.store,
    { cluster: plan.cluster, cosigner: own.name },
    floor === undefined ? [] : [markRecord(floor)],
  );
  await writePrivateFile(paths.config, renderConfig(plan, own));
  context.stderr.write(`${own.name}: home written\n`);
}

async function writeNodeTls(folder: string, { certificate, key, clientCa }: NodeTlsContents): Promise<void> {
  await writePrivateFile(join(folder, NODE_TLS_FILES.certificate), certificate);
  await writePrivateFile(join(folder, NODE_TLS_FILES.key), key);
  if (clientCa !== undefined) await writePrivateFile(join(folder, NODE_TLS_FILES.clientCa), clientCa);
}

function shareOf(
  dealt: { readonly group: GroupPublic; readonly shares: readonly SigningShare[] },
  id: number,
): SigningShare {
  const share = dealt.shares.find(({ identifier }) => identifier === id);
  if (share === undefined) throw new Error(`expected a dealt share ${id}`);
  return share;
}
