/** README.txt beside the new homes: what to copy where, and what is left to do by hand. */

import type { ClusterPlan } from './create-options.js';

export interface ReadmeOptions {
  readonly plan: ClusterPlan;
  readonly address: string;
  readonly keyWasImported: boolean;
  readonly sharesEncrypted: boolean;
}

export function readmeText({ plan, address, keyWasImported, sharesEncrypted }: ReadmeOptions): string {
  const { cluster, chainId, threshold, cosigners } = plan;
  const passphrase = sharesEncrypted ? ' --passphrase-file FILE' : '';
  const homes = cosigners.map(
    ({ name, address: peer, httpListen }) =>
      `   ${name}/   to the machine of ${peer}   (status page: http://${httpListen})`,
  );
  const ports = [...new Set(cosigners.flatMap(({ nodes }) => nodes))].map((node) => `   ${node}`);
  const old = keyWasImported
    ? `
5. Before the first start: stop the validator and whatever signed for it, and make sure that none of them starts again.
   When the cluster signs, DESTROY the old key: priv_validator_key.json and every copy of it, backups included. As long as a copy
   exists, it can sign on its own, and two signers of one key are a double signature waiting to happen.
`
    : '';
  return `Cluster ${cluster}, chain ${chainId}: any ${threshold} of ${cosigners.length} cosigners sign.
Validator address ${address}

1. Copy each folder to its own machine, to nobody else, as ~/.quorumsign or any other place (--home), keeping the modes
   (directories 0700, files 0600):
${homes.join('\n')}
   Then delete the copies here. No two folders belong on one machine, and none into a backup: a store that comes back from a backup
   has forgotten what was signed since.

2. Keep ca/ offline. It makes certificates for this cluster: whoever has it can speak as any cosigner.

3. On each machine:
   quorumsign config check --home HOME
   quorumsign start --home HOME${passphrase}

4. On the node (config.toml): set priv_validator_laddr to an address that the cosigners can reach, and remove or rename its
   priv_validator_key_file. The cosigners dial:
${ports.length === 0 ? '   (none yet: add them in quorumsign.yaml, chains[].nodes)' : ports.join('\n')}
${old}`;
}
