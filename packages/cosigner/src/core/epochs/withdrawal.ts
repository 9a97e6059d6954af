/**
 * When a change of epoch may be given up (design, section 3, 'Epochs'). A withdrawal is for good. A dealer's seal opens again only where no t′
 * members can ever sign in the new epoch, and a member that has promised to begin stays while enough others may have begun on its word.
 */

import type { EpochChange } from '../../gen/cosigner/cosigner.js';

export interface Withdrawing {
  readonly name: string;
  readonly isMember: boolean;
  /** It has told the others that it has its share of the new epoch. */
  readonly holds: boolean;
  readonly hasBegun: boolean;
  /** Others that have said on their own streams that they are out for good. */
  readonly withdrawn: ReadonlyMap<string, unknown>;
}

/** @returns why a cosigner must not withdraw; undefined: it may */
export function problemOfWithdrawal(change: EpochChange, at: Withdrawing): string | undefined {
  const { epoch, members, threshold } = change;
  if (at.hasBegun) return `epoch ${epoch} has begun here: there is no way back; make a change from it`;
  if (!at.isMember || !at.holds) return undefined;
  const out = members.filter(({ name }) => at.withdrawn.has(name)).length;
  const needed = members.length - threshold + 1;
  if (out >= needed) return undefined;
  return (
    `${at.name} holds its share of epoch ${epoch} and has told the others so, who may have begun it: ` +
    `expected ${needed} members without one to withdraw first, found ${out}; with fewer the epoch begins by itself`
  );
}

/**
 * Whether a dealer that has withdrawn, on its disk, may sign in the old epoch again.
 *
 * A share of the new epoch takes a contribution of every dealer. So there is none if this dealer's has never left it, or that of an honest
 * one: of 2t − n, more than may lie. And t′ members who will never begin, less those who lie, leave fewer than t′ who could.
 *
 * @param withdrawn - the others that are out for good; `dealt`: a contribution may have left them
 */
export function mayUnseal(
  { fromThreshold, fromMembers, threshold, members, dealers }: EpochChange,
  own: { readonly name: string; readonly dealt: boolean },
  withdrawn: ReadonlyMap<string, { readonly dealt: boolean }>,
): boolean {
  if (!own.dealt) return true;
  const neverDealt = [...withdrawn].filter(([name, { dealt }]) => dealers.includes(name) && !dealt);
  if (neverDealt.length >= 2 * fromThreshold - fromMembers.length) return true;
  const out = members.filter(({ name }) => name === own.name || withdrawn.has(name));
  return out.length >= threshold;
}

/**
 * Whether every member has begun the new epoch, or is out of the change for good.
 *
 * @param begun - members that have said so, or have; t′ are more than may lie
 * @param withdrawn - cosigners that have said that they are out
 */
export function isComplete(
  { members, threshold }: EpochChange,
  begun: readonly string[],
  withdrawn: ReadonlyMap<string, unknown>,
): boolean {
  return begun.length >= threshold && members.every(({ name }) => begun.includes(name) || withdrawn.has(name));
}
