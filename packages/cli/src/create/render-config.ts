/** The quorumsign.yaml of one new home: complete, with every default spelled out and a word about each. */

import { DEFAULT_LIMITS } from '@quorumsign/cosigner';
import type { NodeConfig } from '../config/node-entry.js';
import type { ClusterPlan, PlannedCosigner } from './create-options.js';

export function renderConfig(plan: ClusterPlan, own: PlannedCosigner): string {
  const text = (value: string) => JSON.stringify(value); // JSON strings are YAML strings
  const nodes = own.nodes.map((node) => `      - ${renderNode(node, text)}\n`).join('');
  const cosigners = plan.cosigners
    .map(({ name, id, address }) => `  - { name: ${text(name)}, id: ${id}, address: ${text(address)} }\n`)
    .join('');
  return `# Configuration of cosigner ${own.name}. Unknown keys are errors; durations carry units (ms, s, m, h).
# After a change: quorumsign config check, then config reload for chains, nodes, limits and certificates; for anything else restart
# this cosigner alone, and the others one by one.

cluster: ${text(plan.cluster)}   # in every certificate and handshake
cosigner: ${text(own.name)}   # which of the list below this is
threshold: ${plan.threshold}   # fixed when the key was split; always more than half of the cosigners

# The same on every cosigner. The id is the one of the share.
cosigners:
${cosigners}
peer: { listen: ${text(own.peerListen)} }   # where the other cosigners reach this one

chains:
  - chainId: ${text(plan.chainId)}
    # address: a node that this cosigner dials, its priv_validator_laddr. listen: where a node dials this cosigner (grpc://).
    nodes:${nodes === '' ? ' []' : `\n${nodes.trimEnd()}`}
    # What a node may ask above the last signature, so that a bad node cannot burn heights.
    limits: { heightJump: ${DEFAULT_LIMITS.heightJump}, heightsPerSecond: ${DEFAULT_LIMITS.heightsPerSecond}, roundMax: ${DEFAULT_LIMITS.roundMax} }
    extensions: when-wanted   # or never, on a chain without vote extensions: saves a signature a height

raft: { heartbeat: 50ms, election: 300ms }   # longer where the cosigners are far apart: election at least 10 round trips
signing: { deadline: 2500ms }   # after this no answer is given and the node turns to another cosigner

http: { listen: ${text(own.httpListen)} }   # /healthz /readyz /metrics /status, and the page at /
audit: { redis: null }
log: { level: info, format: json }
`;
}

function renderNode(node: NodeConfig, text: (value: string) => string): string {
  if (node.kind === 'dial') return `{ address: ${text(node.address)} }`;
  const { mode, ...files } = node.tls;
  const rest = Object.entries(files).flatMap(([key, value]) =>
    typeof value === 'string' ? [`, ${key}: ${value}`] : [],
  );
  return `{ listen: ${text(node.listen)}, tls: { mode: ${mode}${rest.join('')} } }`;
}
