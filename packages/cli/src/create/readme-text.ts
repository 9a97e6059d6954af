/** README.txt beside the new homes: what to copy where, and what is left to do by hand. */

import { formatListenAddress, parseListenAddress } from '@quorumsign/console';
import type { MarkRecord } from '@quorumsign/sign-state';
import { parseGrpcListen } from '../config/node-entry.js';
import type { ClusterPlan, PlannedCosigner } from './create-options.js';
import { floorText } from './floor.js';

export interface ReadmeOptions {
  readonly plan: ClusterPlan;
  readonly address: string;
  readonly floor: MarkRecord | undefined;
  readonly keyWasImported: boolean;
  readonly sharesEncrypted: boolean;
}

export function readmeText({ plan, address, floor, keyWasImported, sharesEncrypted }: ReadmeOptions): string {
  const { cluster, chainId, threshold, cosigners } = plan;
  const passphrase = sharesEncrypted ? ' --passphrase-file FILE' : '';
  const homes = cosigners.map(
    ({ name, address: peer, httpListen }) =>
      `   ${name}/   to the machine of ${peer}   (status page: http://${httpListen})`,
  );
  const oldSigner = `Before the first start: stop the validator and whatever signed for it, and make sure that none of them starts again.`;
  const oldKey = `When the cluster signs, DESTROY the old key: priv_validator_key.json and every copy of it, backups included. As long as a copy
   exists, it can sign on its own, and two signers of one key are a double signature waiting to happen.`;
  const steps = [
    ...(keyWasImported ? [oldSigner] : []),
    `On each machine:
   quorumsign config check --home HOME
   quorumsign start --home HOME${passphrase}`,
    nodesText(cosigners),
    ...(keyWasImported ? [oldKey] : []),
  ];
  return `Cluster ${cluster}, chain ${chainId}: any ${threshold} of ${cosigners.length} cosigners sign.
Validator address ${address}
Floor ${floorText(floor)}

1. Copy each folder to its own machine, to nobody else, as ~/.quorumsign or any other place (--home), keeping the modes
   (directories 0700, files 0600):
${homes.join('\n')}
   Then delete the copies here. No two folders belong on one machine, and none into a backup: a store that comes back from a backup
   has forgotten what was signed since.

2. Keep ca/ offline, and keep it: whoever has it can speak as any cosigner, and every certificate is renewed with it within two
   years (quorumsign certs renew).

${steps.map((step, at) => `${at + 3}. ${step}\n`).join('\n')}`;
}

function nodesText(cosigners: readonly PlannedCosigner[]): string {
  const dialled = [
    ...new Set(cosigners.flatMap(({ nodes }) => nodes.flatMap((n) => (n.kind === 'dial' ? [n.address] : [])))),
  ];
  const listening = cosigners.flatMap((own) =>
    own.nodes.flatMap((node) =>
      node.kind === 'listen' ? [`   ${own.name}: laddr = "${reachable(own, node.listen)}", TLS ${node.tls.mode}`] : [],
    ),
  );
  if (dialled.length + listening.length === 0) return 'Nodes: none yet; add them in quorumsign.yaml, chains[].nodes.';
  const parts: string[] = [];
  if (dialled.length > 0)
    parts.push(`On the node (config.toml): set priv_validator_laddr to an address that the cosigners can reach, and remove or rename its
   priv_validator_key_file. The cosigners dial:
${dialled.map((address) => `   ${address}`).join('\n')}`);
  if (listening.length > 0)
    parts.push(`On a node that dials over gRPC (Tendermint 0.35: config.toml, section [priv-validator]), one of these; with TLS, all three of
   client-certificate-file, client-key-file and root-ca-file must be set, or the node speaks plain text:
${listening.join('\n')}`);
  return parts.join('\n\n   ');
}

/** A wildcard address is where the cosigner listens; its peers' address says how it is reached. */
function reachable({ address }: PlannedCosigner, listen: string): string {
  const bound = parseGrpcListen(listen);
  if (bound === undefined || (bound.host !== '0.0.0.0' && bound.host !== '::')) return listen;
  return `grpc://${formatListenAddress({ host: parseListenAddress(address).host, port: bound.port })}`;
}
