/**
 * Prometheus metrics. Counters and the latency histogram are fed by the cosigner's events as they happen; gauges, and what the
 * cosigner counts itself, are read from its status at each scrape, so that they cannot drift from what `/status` says. Labels come
 * from the configuration (chains, peers, nodes) or from closed sets, never from the network: their number is bounded.
 */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ConsoleStatus } from './status.js';

/**
 * Upper bounds of the latency histogram. A healthy signature takes one round trip and one disk flush: 1 to 50 ms. 0.5 is
 * the target after a killed leader, 1 after a hung one, 2.5 the signing deadline: each has a bound of its own, so that an alarm on
 * it needs no interpolation.
 */
export const SIGN_LATENCY_BUCKETS_SECONDS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
];

const ROLES = ['follower', 'pre-candidate', 'candidate', 'leader'];

export interface MetricsOptions {
  /** Default true: memory, event loop, garbage collection, open files. */
  readonly processMetrics?: boolean;
}

/** The methods that take one object are the cosigner's observer. */
export interface Metrics {
  signed(event: { readonly chainId: string; readonly step: string; readonly latencyMs: number }): void;
  denied(event: { readonly chainId: string }): void;
  failed(event: { readonly chainId: string }): void;
  roleChanged(event: { readonly role: string; readonly term: bigint; readonly leader: string | undefined }): void;
  badShare(event: { readonly culprits: readonly string[] }): void;
  hedged(event: { readonly chainId: string }): void;
  readonly contentType: string;
  /** The text exposition, with what is read from the status. */
  render(status: ConsoleStatus): Promise<string>;
}

/** Makes the metrics in a registry of their own. */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  if (options.processMetrics ?? true) collectDefaultMetrics({ register: registry });
  const counters = createCounters(registry);
  const setFromStatus = createStatusMetrics(registry);
  let lastLeader: string | undefined;
  return {
    signed: ({ chainId, step, latencyMs }) => {
      counters.latency.observe({ chain: chainId, step }, latencyMs / 1000);
      counters.results.inc({ chain: chainId, result: 'signed' });
    },
    denied: ({ chainId }) => counters.results.inc({ chain: chainId, result: 'denied' }),
    failed: ({ chainId }) => counters.results.inc({ chain: chainId, result: 'failed' }),
    roleChanged: ({ leader }) => {
      // The loss of a leader and its return are not two changes: only another name counts.
      if (leader === undefined || leader === lastLeader) return;
      if (lastLeader !== undefined) counters.leaderChanges.inc();
      lastLeader = leader;
    },
    badShare: ({ culprits }) => {
      for (const culprit of culprits) counters.badShares.inc({ culprit });
    },
    hedged: ({ chainId }) => counters.hedges.inc({ chain: chainId }),
    contentType: registry.contentType,
    render: async (status) => {
      setFromStatus(status);
      return await registry.metrics();
    },
  };
}

function createCounters(registry: Registry) {
  const registers = [registry];
  return {
    latency: new Histogram({
      name: 'quorumsign_sign_latency_seconds',
      help: 'Time from the arrival of a request to its signature',
      labelNames: ['chain', 'step'],
      buckets: [...SIGN_LATENCY_BUCKETS_SECONDS],
      registers,
    }),
    results: new Counter({
      name: 'quorumsign_sign_results_total',
      help: 'Requests by outcome: signed, denied by a rule, failed for want of a quorum in time',
      labelNames: ['chain', 'result'],
      registers,
    }),
    leaderChanges: new Counter({
      name: 'quorumsign_leader_changes_total',
      help: 'Times that another cosigner became leader',
      registers,
    }),
    badShares: new Counter({
      name: 'quorumsign_bad_shares_total',
      help: 'Signature shares that did not verify, by the cosigner they came from',
      labelNames: ['culprit'],
      registers,
    }),
    hedges: new Counter({
      name: 'quorumsign_hedges_total',
      help: 'Requests for which a second set of signers was asked',
      labelNames: ['chain'],
      registers,
    }),
  };
}

function createStatusMetrics(registry: Registry): (status: ConsoleStatus) => void {
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const ready = gauge('quorumsign_ready', '1 while requests can be signed');
  const role = gauge('quorumsign_role', '1 for the role that this cosigner has', 'role');
  const term = gauge('quorumsign_term', 'Raft term');
  const margin = gauge('quorumsign_safety_margin', 'Cosigners that may lie or be cloned without harm: 2t - n - 1');
  const connected = gauge('quorumsign_peer_connected', '1 while the peer is connected', 'peer');
  const fenced = gauge('quorumsign_peer_fenced', '1 while the peer is refused: it came back on an older disk', 'peer');
  const rtt = gauge('quorumsign_peer_rtt_seconds', 'Round trip to the peer', 'peer');
  const height = gauge('quorumsign_mark_height', 'Highest height for which a share may have left', 'chain');
  const round = gauge('quorumsign_mark_round', 'Round of the mark', 'chain');
  const nonces = gauge('quorumsign_nonces', 'Nonce pairs in stock', 'chain');
  const node = gauge('quorumsign_node_connected', '1 while the node is connected', 'chain', 'node');
  const failures = new Counter({
    name: 'quorumsign_node_failures_total',
    help: 'Connections with the node that failed or were lost, by cause',
    labelNames: ['chain', 'node', 'cause'],
    registers: [registry],
  });
  return (status) => {
    for (const each of [role, connected, fenced, rtt, height, round, nonces, node, failures]) each.reset();
    ready.set(Number(status.ready));
    for (const each of new Set([...ROLES, status.role])) role.set({ role: each }, Number(each === status.role));
    term.set(Number(status.term));
    margin.set(status.safetyMargin);
    for (const peer of status.peers) {
      connected.set({ peer: peer.name }, Number(peer.connected));
      fenced.set({ peer: peer.name }, Number(peer.fenced ?? false));
      if (peer.rttMs !== undefined) rtt.set({ peer: peer.name }, peer.rttMs / 1000);
    }
    for (const chain of status.chains) {
      const labels = { chain: chain.chainId };
      if (chain.mark !== undefined) {
        height.set(labels, Number(chain.mark.height));
        round.set(labels, chain.mark.round);
      }
      nonces.set(labels, chain.nonces);
      for (const each of chain.nodes) {
        const nodeLabels = { ...labels, node: each.address };
        node.set(nodeLabels, Number(each.connected));
        for (const [cause, count] of Object.entries(each.failures ?? {})) failures.inc({ ...nodeLabels, cause }, count);
      }
    }
  };
}
