/** Writes a planned cluster: its authority, and a home for each cosigner. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { markRecord } from '@quorumsign/cosigner';
import type { Frost, GroupPublic, SigningShare } from '@quorumsign/frost';
import { writePrivateFile, writeShare } from '@quorumsign/keystore';
import { type CertificateWithKey, createClusterAuthority, issueCosignerCertificate } from '@quorumsign/pki';
import type { MarkRecord } from '@quorumsign/sign-state';
import { createStore } from '@quorumsign/store';
import type { CommandContext } from '../context.js';
import { homePaths } from '../home/home-paths.js';
import { writeNodeIdentity } from '../home/node-identity.js';
import type { ClusterPlan, PlannedCosigner } from './create-options.js';
import { writeFreshFolder } from './fresh-folder.js';
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

/** @throws CliError `WOULD_OVERWRITE`, `FILE`; KeystoreError, PkiError, StoreError */
export async function writeCluster(options: WriteClusterOptions, context: CommandContext): Promise<void> {
  await writeFreshFolder(options.out, context, async (building) => {
    const authority = await writeAuthority(building, options.plan, context);
    for (const cosigner of options.plan.cosigners) await writeHome(options, building, cosigner, authority, context);
    await writePrivateFile(join(building, 'README.txt'), options.readme);
  });
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
