/** The quorumsign.yaml of one new home: complete, with every default spelled out and a word about each. */

import { DEFAULT_LIMITS } from '@quorumsign/cosigner';
import type { ClusterPlan, PlannedCosigner } from './create-options.js';

export function renderConfig(plan: ClusterPlan, own: PlannedCosigner): string {
  const text = (value: string) => JSON.stringify(value); // JSON strings are YAML strings
  const nodes = own.nodes.map((address) => `      - { address: ${text(address)} }\n`).join('');
  const cosigners = plan.cosigners
    .map(({ name, id, address }) => `  - { name: ${text(name)}, id: ${id}, address: ${text(address)} }\n`)
    .join('');
  return `# Configuration of cosigner ${own.name}. Unknown keys are errors; durations carry units (ms, s, m, h).
# After a change: quorumsign config check, then restart this cosigner alone, and the others one by one.

cluster: ${text(plan.cluster)}   # in every certificate and handshake
cosigner: ${text(own.name)}   # which of the list below this is
threshold: ${plan.threshold}   # fixed when the key was split; always more than half of the cosigners

# The same on every cosigner. The id is the one of the share.
cosigners:
${cosigners}
peer: { listen: ${text(own.peerListen)} }   # where the other cosigners reach this one

chains:
  - chainId: ${text(plan.chainId)}
    # Nodes that this cosigner dials: their priv_validator_laddr, tcp:// or unix://.
    nodes:${nodes === '' ? ' []' : `\n${nodes.trimEnd()}`}
    # What a node may ask above the last signature, so that a bad node cannot burn heights.
    limits: { heightJump: ${DEFAULT_LIMITS.heightJump}, heightsPerSecond: ${DEFAULT_LIMITS.heightsPerSecond}, roundMax: ${DEFAULT_LIMITS.roundMax} }

raft: { heartbeat: 50ms, election: 300ms }   # longer where the cosigners are far apart: election at least 10 round trips
signing: { deadline: 2500ms }   # after this no answer is given and the node turns to another cosigner

http: { listen: ${text(own.httpListen)} }   # /healthz /readyz /metrics /status, and the page at /
audit: { redis: null }
log: { level: info, format: json }
`;
}
