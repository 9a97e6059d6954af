/** The epochs of a plan: that with which a schedule begins, and the one to which its operators may change. */

import type { Epoch, EpochChange, Sharing } from '@quorumsign/cosigner/core';
import type { GroupPublic } from '@quorumsign/frost';
import type { Plan } from './plan.js';

export const CLUSTER = 'simulated';

export interface EpochOfPlan {
  readonly members: readonly string[];
  readonly threshold: number;
}

/** By number, from 1. */
export function epochsOf({ members, threshold, change }: Plan): readonly EpochOfPlan[] {
  return change === undefined ? [{ members, threshold }] : [{ members, threshold }, change];
}

/** Cosigners of all epochs. */
export function cosignersOf(plan: Plan): string[] {
  return [...new Set(epochsOf(plan).flatMap(({ members }) => members))];
}

export function membersOf(names: readonly string[]): { name: string; identifier: number; address: string }[] {
  return names.map((name, at) => ({ name, identifier: at + 1, address: `${name}:7070` }));
}

/** What the operators authorise, one after the other. */
export function changesOf(
  { members, threshold, change }: Plan,
  chains: readonly { readonly chainId: string; readonly group: GroupPublic }[],
): EpochChange[] {
  if (change === undefined) return [];
  return [change.dealers, ...(change.dealersAfter === undefined ? [] : [change.dealersAfter])].map((dealers) => ({
    cluster: CLUSTER,
    epoch: 2,
    from: new Uint8Array(),
    fromThreshold: threshold,
    fromMembers: membersOf(members),
    dealers: [...dealers],
    threshold: change.threshold,
    members: membersOf(change.members),
    chains: chains.map(({ chainId, group }) => ({
      chainId,
      epoch: group.epoch,
      commitments: [...group.commitments],
      verificationShares: [...group.verificationShares.values()],
    })),
  }));
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
