/**
 * Rules between several values of a configuration, above all t > n/2: two messages at one height would need more shares
 * than there are (design, section 3). Also the safety margin, which is told and not refused.
 */

import { parseListenAddress } from '@quorumsign/console';
import { nodeLabel } from './node-entry.js';
import { isSameSocket } from './same-socket.js';
import type { Config } from './schema.js';

/** A problem at a place of the document. */
export interface ConfigProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Cosigners that may lie, be cloned or rolled back before two signatures become possible. */
export function safetyMargin(threshold: number, cosigners: number): number {
  return 2 * threshold - cosigners - 1;
}

/** @returns undefined when the threshold suits, else what was expected */
export function thresholdProblem(threshold: number, cosigners: number): string | undefined {
  if (Number.isInteger(threshold) && 2 * threshold > cosigners && threshold <= cosigners) return undefined;
  const least = Math.floor(cosigners / 2) + 1;
  const why =
    threshold <= cosigners / 2 ? ': with half or fewer, two groups could sign two different blocks at one height' : '';
  return `expected a threshold from ${least} to ${cosigners} for ${cosigners} cosigners, found ${threshold}${why}`;
}

/** @returns undefined unless the margin is 0 */
export function safetyMarginWarning(threshold: number, cosigners: number): string | undefined {
  if (safetyMargin(threshold, cosigners) > 0) return undefined;
  return (
    `the safety margin is 0: with ${threshold} of ${cosigners}, one cosigner that is cloned, rolled back to an old disk or broken ` +
    `into is enough for a double signature; ${threshold + 1} of ${cosigners + 1} would tolerate one`
  );
}

/** Everything that the schema cannot say. */
export function checkConfig(config: Config): ConfigProblem[] {
  const { cosigners, chains, threshold, raft } = config;
  const problems: ConfigProblem[] = [];
  const threshold_ = thresholdProblem(threshold, cosigners.length);
  if (threshold_ !== undefined) problems.push({ path: ['threshold'], message: threshold_ });
  if (!cosigners.some(({ name }) => name === config.cosigner)) {
    const names = cosigners.map(({ name }) => name).join(', ');
    problems.push({
      path: ['cosigner'],
      message: `expected one of the cosigners (${names}), found "${config.cosigner}"`,
    });
  }
  problems.push(
    ...duplicates(
      cosigners,
      ({ name }) => name,
      (at) => ['cosigners', at, 'name'],
      'a name of its own',
    ),
    ...duplicates(
      cosigners,
      ({ id }) => String(id),
      (at) => ['cosigners', at, 'id'],
      'an id of its own',
    ),
    ...duplicates(
      cosigners,
      ({ address }) => address,
      (at) => ['cosigners', at, 'address'],
      'an address of its own',
    ),
    ...duplicates(
      chains,
      ({ chainId }) => chainId,
      (at) => ['chains', at, 'chainId'],
      'a chain id of its own',
    ),
  );
  // Over all chains: a node serves one chain, and a port is bound once.
  const nodes = chains.flatMap((chain, at) =>
    chain.nodes.map((node, nodeAt) => ({
      label: nodeLabel(node),
      path: ['chains', at, 'nodes', nodeAt, node.kind === 'dial' ? 'address' : 'listen'],
    })),
  );
  problems.push(
    ...duplicates(
      nodes,
      ({ label }) => label,
      (at) => nodes[at]?.path ?? [],
      'an address of its own',
    ),
  );
  problems.push(...listenClashes(config));
  if (raft.election < 3 * raft.heartbeat) {
    const message = `expected at least three heartbeats (${3 * raft.heartbeat}ms), found ${raft.election}ms`;
    problems.push({ path: ['raft', 'election'], message });
  }
  return problems;
}

/** A port is bound once: by the peers', the nodes' or the status page's server. Nodes among themselves are looked at above. */
function listenClashes({ peer, http, chains }: Config): ConfigProblem[] {
  const own: [string, string][] = [
    ['peer.listen', peer.listen],
    ['http.listen', http.listen],
  ];
  const servers = chains.flatMap((chain, at) =>
    chain.nodes.flatMap((node, nodeAt) =>
      node.kind === 'listen'
        ? [{ path: ['chains', at, 'nodes', nodeAt, 'listen'], address: node.listen.slice('grpc://'.length) }]
        : [],
    ),
  );
  const listeners = [{ path: ['http', 'listen'], address: http.listen }, ...servers];
  return listeners.flatMap(({ path, address }) => {
    const clash = own.find(
      ([name, other]) =>
        name !== path.join('.') && isSameSocket(parseListenAddress(address), parseListenAddress(other)),
    );
    if (clash === undefined) return [];
    return [{ path, message: `expected a port of its own, found "${address}", and ${clash[0]} is ${clash[1]}` }];
  });
}

function duplicates<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  path: (at: number) => (string | number)[],
  expected: string,
): ConfigProblem[] {
  const seen = new Set<string>();
  const problems: ConfigProblem[] = [];
  for (const [at, item] of items.entries()) {
    const key = keyOf(item);
    if (seen.has(key)) problems.push({ path: path(at), message: `expected ${expected}, found "${key}" a second time` });
    seen.add(key);
  }
  return problems;
}
