/** The status of a running cosigner as it is read from its admin socket, and as text for people. */

import { z } from 'zod';

const nodeSchema = z.looseObject({
  address: z.string(),
  connected: z.boolean(),
  failures: z.record(z.string(), z.number()).optional(),
  lastFailure: z.looseObject({ cause: z.string(), error: z.string(), ageMs: z.number() }).optional(),
});

/** What is read of the status; more may be there. */
export const statusSchema = z.looseObject({
  cluster: z.string(),
  cosigner: z.string(),
  ready: z.boolean(),
  role: z.string(),
  leader: z.string().nullable(),
  term: z.number(),
  threshold: z.number(),
  safetyMargin: z.number(),
  peers: z.array(
    z.looseObject({
      name: z.string(),
      connected: z.boolean(),
      rttMs: z.number().nullable(),
      fenced: z.boolean().optional(),
    }),
  ),
  chains: z.array(
    z.looseObject({
      chainId: z.string(),
      address: z.string(),
      height: z.string().nullable(),
      round: z.number().nullable(),
      step: z.string().nullable(),
      nodes: z.array(nodeSchema),
    }),
  ),
});

export type Status = z.output<typeof statusSchema>;
type Node = z.output<typeof nodeSchema>;

export function statusText(found: Status): string {
  const { cluster, cosigner, ready, role, leader, term, threshold, safetyMargin, peers, chains } = found;
  const lines = [
    `${cosigner} of ${cluster}: ${ready ? 'ready' : 'NOT READY'}, ${role}, term ${term}, leader ${leader ?? 'nobody'}`,
    `threshold ${threshold} of ${peers.length + 1}, safety margin ${safetyMargin}`,
    ...peers.map((peer) => `  ${peer.name.padEnd(12)} ${peerState(peer)}`),
  ];
  for (const chain of chains) {
    const last =
      chain.height === null ? 'nothing signed yet' : `height ${chain.height} round ${chain.round} ${chain.step}`;
    lines.push(`chain ${chain.chainId}  ${chain.address}  ${last}`);
    for (const node of chain.nodes) lines.push(...nodeLines(node));
  }
  return lines.join('\n');
}

function peerState({ connected, rttMs, fenced }: Status['peers'][number]): string {
  if (fenced === true) return 'REFUSED: it came back on an older disk, see its log';
  return connected ? `connected  ${rttMs ?? '?'} ms` : 'NOT CONNECTED';
}

/** What failed is told also where all is well again: a node that is lost every hour looks well at any other time. */
function nodeLines({ address, connected, failures = {}, lastFailure }: Node): string[] {
  const state = `  ${address}  ${connected ? 'serving' : 'standby or away'}`;
  if (lastFailure === undefined) return [state];
  const counts = Object.entries(failures).filter(([, count]) => count > 0);
  const { cause, error, ageMs } = lastFailure;
  return [
    state,
    `    failures: ${counts.map(([each, count]) => `${each} ${count}`).join(', ')}; last ${age(ageMs)} ago, ${cause}: ${error}`,
  ];
}

function age(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h`;
}
