/**
 * A change of epoch as an operator authorises it: from which sharing of the keys to which members and threshold, and who deals.
 *
 * It is named by the SHA-256 of its encoding, and the epoch that it begins by the first 8 bytes of that. So two changes from the same epoch,
 * one of them withdrawn, never begin the same epoch.
 */

import type { GroupPublic, ResharingPlan } from '@quorumsign/frost';
import { EpochChange, type EpochMember, type ResharedChain } from '../../gen/cosigner/cosigner.js';
import { bytesToHex } from '../bytes.js';
import type { CoreChain, CoreMember } from '../types.js';

/** Bytes of an epoch's name; the first epoch's is empty. */
export const EPOCH_NAME_BYTES = 8;
/** Of the first epoch, which `cluster create` makes. */
export const FIRST_EPOCH: Epoch = { number: 1, name: '' };
/** Of a cosigner that is in none yet. */
export const NO_EPOCH: Epoch = { number: 0, name: '' };
const POINT_BYTES = 32;
const MEMBERS_MAX = 64;

export interface Epoch {
  readonly number: number;
  /** 16 hexadecimal digits; empty: the first. */
  readonly name: string;
}

/** One sharing of the keys of all chains. */
export interface Sharing {
  readonly epoch: Epoch;
  readonly members: readonly CoreMember[];
  readonly threshold: number;
  readonly chains: readonly SharedChain[];
}

export type SharedChain = Pick<CoreChain, 'chainId' | 'group' | 'share'>;

/** SHA-256 of the encoding, in hexadecimal. */
export function changeId(change: EpochChange, sha256: (bytes: Uint8Array) => Uint8Array): string {
  return bytesToHex(sha256(EpochChange.encode(change).finish()));
}

/** The epoch that a change begins. */
export function epochOf(change: EpochChange, id: string): Epoch {
  return { number: change.epoch, name: id.slice(0, 2 * EPOCH_NAME_BYTES) };
}

/** What is to be done with the key of one chain. */
export function resharingPlan(change: EpochChange, chain: ResharedChain): ResharingPlan {
  const identifiers = change.fromMembers.map(({ identifier }) => identifier);
  return {
    group: groupOf(chain, identifiers),
    dealers: dealersOf(change).map(({ identifier }) => identifier),
    identifiers: change.members.map(({ identifier }) => identifier),
    threshold: change.threshold,
  };
}

/** Everybody who has a part in it. */
export function partiesOf(change: EpochChange): EpochMember[] {
  const isMember = ({ name }: EpochMember) => change.members.some((member) => member.name === name);
  return [...change.members, ...dealersOf(change).filter((dealer) => !isMember(dealer))];
}

/** Ascending by identifier. */
export function dealersOf({ fromMembers, dealers }: EpochChange): EpochMember[] {
  return fromMembers.filter(({ name }) => dealers.includes(name));
}

/**
 * What is wrong with a change in itself; undefined: nothing.
 *
 * The numbers of liars that either epoch bears do not come in here: `2t − n − 1` may be 0.
 */
export function problemOf(change: EpochChange): string | undefined {
  const { members, fromMembers, threshold, fromThreshold, dealers, chains, epoch } = change;
  for (const [list, limit] of [
    [fromMembers, fromThreshold],
    [members, threshold],
  ] as const) {
    const problem = problemOfMembers(list) ?? problemOfThreshold(limit, list.length);
    if (problem !== undefined) return problem;
  }
  if (epoch < 2) return `expected an epoch of 2 or more, found ${epoch}`;
  if (new Set(dealers).size !== dealers.length || dealersOf(change).length !== dealers.length)
    return `expected dealers among the members that there are, each once, found ${dealers.join(', ')}`;
  if (dealers.length < fromThreshold)
    return `expected at least ${fromThreshold} dealers, found ${dealers.length}: fewer do not have the key`;
  if (chains.length === 0) return 'expected at least one chain, found none';
  if (new Set(chains.map(({ chainId }) => chainId)).size !== chains.length) return 'expected each chain once';
  return chains
    .map((chain) => problemOfChain(chain, change))
    .find((problem): problem is string => problem !== undefined);
}

/** What keeps a change from following on a sharing; undefined: nothing. */
export function problemAfter(change: EpochChange, sharing: Sharing): string | undefined {
  const { epoch, members, threshold, chains } = sharing;
  const next = epoch.number + 1;
  if (change.epoch > next)
    return `expected epoch ${next} to be next, found ${change.epoch}: who was out of epoch ${change.epoch - 1} joins with a new store, as a newcomer`;
  if (change.from.length !== (epoch.name === '' ? 0 : EPOCH_NAME_BYTES) || bytesToHex(change.from) !== epoch.name)
    return `expected a change from epoch ${epoch.number} (${epoch.name || 'the first'}), found one from ${bytesToHex(change.from) || 'the first'}`;
  if (change.epoch !== next) return `expected epoch ${next} to be next, found ${change.epoch}`;
  if (change.fromThreshold !== threshold)
    return `expected threshold ${threshold} before it, found ${change.fromThreshold}`;
  const same = (a: readonly CoreMember[], b: readonly CoreMember[]) =>
    a.length === b.length &&
    a.every(({ name, identifier }, at) => b[at]?.name === name && b[at].identifier === identifier);
  if (!same(change.fromMembers, members)) return 'expected the members that there are before it, found others';
  const found = change.chains.map(({ chainId }) => chainId).sort();
  const expected = chains.map(({ chainId }) => chainId).sort();
  if (found.join('\n') !== expected.join('\n'))
    return `expected the chains ${expected.join(', ')}, found ${found.join(', ')}`;
  for (const { chainId, group } of chains) {
    const chain = change.chains.find((each) => each.chainId === chainId);
    if (chain !== undefined && !isSharingOf(chain, group, change))
      return `expected the sharing of ${chainId} that this cosigner has, found another`;
  }
  return undefined;
}

function groupOf(
  { epoch, commitments, verificationShares }: ResharedChain,
  identifiers: readonly number[],
): GroupPublic {
  return {
    epoch,
    threshold: commitments.length,
    identifiers,
    groupKey: commitments[0] ?? new Uint8Array(),
    commitments,
    verificationShares: new Map(identifiers.map((each, at) => [each, verificationShares[at] ?? new Uint8Array()])),
  };
}

function isSharingOf(chain: ResharedChain, group: GroupPublic, { fromMembers }: EpochChange): boolean {
  const expected = [
    ...group.commitments,
    ...fromMembers.map(({ identifier }) => group.verificationShares.get(identifier)),
  ];
  const found = [...chain.commitments, ...chain.verificationShares];
  const hex = (bytes: Uint8Array | undefined) => (bytes === undefined ? '' : bytesToHex(bytes));
  return chain.epoch === group.epoch && expected.map(hex).join() === found.map(hex).join();
}

function problemOfMembers(members: readonly EpochMember[]): string | undefined {
  if (members.length === 0 || members.length > MEMBERS_MAX)
    return `expected 1 to ${MEMBERS_MAX} members, found ${members.length}`;
  if (new Set(members.map(({ name }) => name)).size !== members.length) return 'expected each member once';
  const isAscending = members.every(({ identifier }, at) => identifier > (members[at - 1]?.identifier ?? 0));
  return isAscending ? undefined : 'expected members with ascending identifiers';
}

function problemOfThreshold(threshold: number, members: number): string | undefined {
  if (threshold * 2 > members && threshold <= members) return undefined;
  return `expected a threshold above half of ${members} members and at most all, found ${threshold}`;
}

function problemOfChain(chain: ResharedChain, { fromThreshold, fromMembers }: EpochChange): string | undefined {
  const { chainId, commitments, verificationShares, epoch } = chain;
  if (chainId === '') return 'expected a chain id, found none';
  const fits = commitments.length === fromThreshold && verificationShares.length === fromMembers.length && epoch >= 1;
  if (!fits) return `expected the sharing of ${chainId} among the members that there are, found another`;
  const isSized = [...commitments, ...verificationShares].every(({ length }) => length === POINT_BYTES);
  return isSized ? undefined : `expected points of ${POINT_BYTES} bytes for ${chainId}, found others`;
}
