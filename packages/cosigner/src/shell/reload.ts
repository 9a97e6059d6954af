/** What a running cosigner can take over from a changed configuration, and what needs a restart. */

import type { CosignerConfig } from './config.js';

/**
 * Compares two configurations.
 *
 * @returns what only a restart can change, in words; empty when the new one can be taken over
 */
export function reloadProblems(before: CosignerConfig, after: CosignerConfig): string[] {
  const fixed: [string, (config: CosignerConfig) => unknown][] = [
    ['cluster', (config) => config.cluster],
    ['cosigner', (config) => config.cosigner],
    ['threshold', (config) => config.threshold],
    ['cosigners', (config) => config.members],
    ['peer.listen', (config) => config.peerListen],
    ['raft', (config) => [config.heartbeatMs, config.electionMs]],
    ['signing.deadline', (config) => config.deadlineMs],
  ];
  const problems = fixed
    .filter(([, part]) => JSON.stringify(part(before)) !== JSON.stringify(part(after)))
    .map(([name]) => `${name} changed`);
  for (const { chainId, group } of before.chains) {
    const still = after.chains.find((each) => each.chainId === chainId);
    if (still === undefined) problems.push(`chain ${chainId} is gone`);
    else if (!sameKey(still.group.groupKey, group.groupKey)) problems.push(`chain ${chainId} has another key`);
  }
  return problems;
}

/** What of the chains is new without their nodes, in words. */
export function chainChanges(before: CosignerConfig, after: CosignerConfig): string[] {
  return after.chains.flatMap(({ chainId, limits, floor }) => {
    const old = before.chains.find((each) => each.chainId === chainId);
    if (old === undefined) return [`chain ${chainId} added`];
    const changes = [];
    if (JSON.stringify(limits) !== JSON.stringify(old.limits)) changes.push(`limits of ${chainId} changed`);
    if (floor !== undefined && floor.height !== old.floor?.height)
      changes.push(`floor of ${chainId}: nothing at or below height ${floor.height} is signed`);
    return changes;
  });
}

function sameKey(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
