/** The epochs of a plan: that with which a schedule begins, and those to which its operators may change. */

import type { Epoch, EpochChange, Sharing } from '@quorumsign/cosigner/core';
import type { GroupPublic } from '@quorumsign/frost';
import type { Plan, Resharing } from './plan.js';

export const CLUSTER = 'simulated';

export interface EpochOfPlan {
  readonly members: readonly string[];
  readonly threshold: number;
}

/** By number, from 1. */
export function epochsOf({ members, threshold, change }: Plan): readonly EpochOfPlan[] {
  const first = { members, threshold };
  if (change === undefined) return [first];
  return change.following === undefined ? [first, change] : [first, change, change.following];
}

/** Cosigners of all epochs. */
export function cosignersOf(plan: Plan): string[] {
  return [...new Set(epochsOf(plan).flatMap(({ members }) => members))];
}

export function membersOf(names: readonly string[]): { name: string; identifier: number; address: string }[] {
  return names.map((name, at) => ({ name, identifier: at + 1, address: `${name}:7070` }));
}

/** What the operators authorise, from what a member has of the epoch that ends. */
export function changeFrom({ epoch, members, threshold, chains }: Sharing, to: Resharing): EpochChange {
  return {
    cluster: CLUSTER,
    epoch: epoch.number + 1,
    from: Uint8Array.from(Buffer.from(epoch.name, 'hex')),
    fromThreshold: threshold,
    fromMembers: membersOf(members.map(({ name }) => name)),
    dealers: [...to.dealers],
    threshold: to.threshold,
    members: membersOf(to.members),
    chains: chains.map(({ chainId, group }) => ({
      chainId,
      epoch: group.epoch,
      commitments: [...group.commitments],
      verificationShares: [...group.verificationShares.values()],
    })),
  };
}

/** What a member of the first epoch has. */
export function firstSharing(
  { members, threshold }: Plan,
  at: number,
  epoch: Epoch,
  chains: readonly { chainId: string; group: GroupPublic; shares: readonly Sharing['chains'][number]['share'][] }[],
): Sharing {
  return {
    epoch,
    members: members.map((name, index) => ({ name, identifier: index + 1 })),
    threshold,
    chains: chains.map(({ chainId, group, shares }) => {
      const share = shares[at];
      if (share === undefined) throw new Error('expected a share for each member');
      return { chainId, group, share };
    }),
  };
}
