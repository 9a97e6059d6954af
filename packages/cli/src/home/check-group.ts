/** Whether the public part of a share suits the configuration: the same cosigners, the same threshold. */

import type { GroupPublic } from '@quorumsign/frost';
import type { Config } from '../config/schema.js';

/** @returns undefined when they agree, else what was expected and found */
export function groupProblem(config: Config, chainId: string, group: GroupPublic): string | undefined {
  if (group.threshold !== config.threshold) {
    return `chain ${chainId}: expected shares of threshold ${config.threshold}, as in quorumsign.yaml, found ${group.threshold}; the threshold is fixed when the key is split`;
  }
  const expected = config.cosigners.map(({ id }) => id).sort((a, b) => a - b);
  if (expected.join() === group.identifiers.join()) return undefined;
  return `chain ${chainId}: expected shares for the cosigners' ids ${expected.join(', ')}, found ${group.identifiers.join(', ')}; check cosigners[].id`;
}

/** This cosigner's share identifier. */
export function ownIdentifier(config: Config): number {
  const own = config.cosigners.find(({ name }) => name === config.cosigner);
  // checkConfig has refused a configuration in which this is missing.
  if (own === undefined) throw new Error(`expected ${config.cosigner} among the cosigners`);
  return own.id;
}
