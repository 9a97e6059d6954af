/**
 * From a home to what a cosigner is made of: every file is read and checked against the others before anything is opened, so that a
 * wrong copy is named at start and not at the first signature.
 */

import type { CosignerConfig } from '@quorumsign/cosigner';
import type { Frost } from '@quorumsign/frost';
import { isShareEncrypted, readGroup, readShare } from '@quorumsign/keystore';
import { loadTlsIdentity, type TlsIdentity } from '@quorumsign/pki';
import { floorMark } from '@quorumsign/sign-state';
import type { Config } from '../config/schema.js';
import { CliError } from '../errors.js';
import { groupProblem, ownIdentifier } from './check-group.js';
import { checkNodeTls } from './check-node-tls.js';
import { homePaths } from './home-paths.js';
import { nodeEndpoint } from './node-endpoint.js';
import { readNodeIdentity } from './node-identity.js';

export interface LoadHomeOptions {
  readonly home: string;
  readonly config: Config;
  readonly passphrase: string | undefined;
  readonly now: Date;
  readonly frost: Frost;
  /** Chains that run already: their shares are not opened again. */
  readonly known?: CosignerConfig['chains'];
}

/** Whether any chain's share needs a passphrase. @throws KeystoreError `KEY_FILE_MISSING` */
export async function needsPassphrase(home: string, config: Config): Promise<boolean> {
  const { shares } = homePaths(home);
  for (const { chainId } of config.chains) if (await isShareEncrypted(shares, chainId)) return true;
  return false;
}

/** @throws KeystoreError, FrostError, PkiError; CliError `HOME`, `FILE` */
export async function loadHome(options: LoadHomeOptions): Promise<{ cosigner: CosignerConfig; tls: TlsIdentity }> {
  const { home, config, now } = options;
  const paths = homePaths(home);
  const chains = [];
  for (const chain of config.chains) chains.push(await loadChain(options, chain));
  const tls = await loadTlsIdentity(paths.tls, { cluster: config.cluster, cosigner: config.cosigner, now });
  const nodeIdentitySeed = await readNodeIdentity(paths.nodeIdentity);
  const cosigner: CosignerConfig = {
    cluster: config.cluster,
    cosigner: config.cosigner,
    threshold: config.threshold,
    members: config.cosigners.map(({ name, id, address }) => ({ name, identifier: id, address })),
    peerListen: config.peer.listen,
    chains,
    heartbeatMs: config.raft.heartbeat,
    electionMs: config.raft.election,
    deadlineMs: config.signing.deadline,
    storeDirectory: paths.store,
    tls: { caPem: tls.caPem, certificatePem: tls.certificatePem, keyPem: tls.keyPem },
    nodeIdentitySeed,
  };
  return { cosigner, tls };
}

async function loadChain(
  options: LoadHomeOptions,
  chain: Config['chains'][number],
): Promise<CosignerConfig['chains'][number]> {
  const { home, config, passphrase, frost } = options;
  const { shares: directory } = homePaths(home);
  const { chainId, limits, extensions: signExtensions, rawBytes } = chain;
  const group = await readGroup(directory, chainId);
  frost.checkGroup(group);
  const problem = groupProblem(config, chainId, group);
  if (problem !== undefined) throw new CliError({ code: 'HOME', problem });
  const known = options.known?.find((each) => each.chainId === chainId)?.share;
  const identifier = ownIdentifier(config);
  const share = known ?? (await readShare({ directory, chainId, passphrase, identifier, group }, frost));
  frost.checkShare(share, group);
  // The server warns of what is near its end; here it is only asked whether it could start.
  for (const node of chain.nodes) await checkNodeTls(home, node, options.now);
  const nodes = chain.nodes.map((node) => nodeEndpoint(home, node));
  const floor = chain.floor === undefined ? undefined : floorMark(chain.floor, chainId, options.now.getTime());
  return { chainId, group, share, limits, signExtensions, rawBytes, floor, nodes };
}
