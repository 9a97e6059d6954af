/**
 * Contributions to a resharing: what a dealer gives each member, and what a member makes of those of all dealers.
 *
 * A contribution holds the dealer's marks too, told when it is sent, and the dealer is sealed by then: it signs nothing above them in the epoch
 * that ends.
 */

import type { Frost, ResharingDeal, SigningShare } from '@quorumsign/frost';
import {
  decodeMarkRecord,
  encodeMarkRecord,
  type MarkRecord,
  type ParsedSignBytes,
  parseSignBytes,
  STEP_NUMBER,
  type Step,
} from '@quorumsign/sign-state';
import type {
  ChainContribution,
  Contribution,
  EpochChange,
  ReportedMark,
  ResharedChain,
  Result,
} from '../../gen/cosigner/cosigner.js';
import { concat, hexToBytes } from '../bytes.js';
import { isWellFormed } from '../entry-data.js';
import { carriedMark, unbelievable } from './carried-marks.js';
import { changeId, epochOf, resharingPlan, type Sharing } from './epoch-change.js';

/** Signatures that a dealer may hand on for each chain. */
const RESULTS_MAX = 64;
const NOTHING = new Uint8Array();
const STEPS: readonly Step[] = ['proposal', 'prevote', 'precommit'];

export interface Dealer {
  readonly frost: Frost;
  /** Its share of a chain in the epoch that ends. */
  share(chainId: string): SigningShare | undefined;
  readonly marks: readonly MarkRecord[];
  readonly results: readonly Result[];
}

/** What a member has verified of one dealer. */
export interface Received {
  /** By chain. */
  readonly deals: ReadonlyMap<string, ResharingDeal>;
  readonly marks: readonly MarkRecord[];
  readonly results: readonly Result[];
}

/** The change, and its name. */
export interface NamedChange {
  readonly change: EpochChange;
  /** SHA-256, hexadecimal. */
  readonly id: string;
  readonly idBytes: Uint8Array;
}

export function nameChange(change: EpochChange, sha256: (bytes: Uint8Array) => Uint8Array): NamedChange {
  const id = changeId(change, sha256);
  return { change, id, idBytes: hexToBytes(id) };
}

/** @returns by the member's identifier. @throws Error where this cosigner has not the shares that the change is from */
export function contributionsOf({ change, id }: NamedChange, dealer: Dealer): Map<number, Contribution> {
  const contributions = new Map(
    change.members.map(({ identifier }) => [identifier, { chains: [] as ChainContribution[] }]),
  );
  for (const chain of change.chains) {
    const { chainId } = chain;
    const share = dealer.share(chainId);
    if (share === undefined)
      throw new Error(`expected this cosigner's share of ${chainId} in the epoch that ends, found none`);
    const mark = dealer.marks.find((each) => each.chainId === chainId);
    const results = dealer.results.filter(({ signBytes }) => parseOf(signBytes)?.chainId === chainId);
    const deals = dealer.frost.dealResharing(resharingPlan(change, chain), share, contextOf(id, chain));
    for (const [identifier, { commitments, subShare }] of deals) {
      contributions.get(identifier)?.chains.push({
        chainId,
        commitments: [...commitments],
        subShare,
        mark: mark && reported(mark),
        results: results.slice(-RESULTS_MAX),
      });
    }
  }
  return contributions;
}

/**
 * Reads and verifies what a dealer has sent.
 *
 * @throws Error, with what is wrong with it
 */
export function receive(
  { change }: NamedChange,
  contribution: Contribution,
  parties: { readonly dealer: number; readonly member: number },
  frost: Frost,
): Received {
  const [deals, marks, results] = [new Map<string, ResharingDeal>(), [] as MarkRecord[], [] as Result[]];
  if (contribution.chains.length !== change.chains.length)
    throw new Error(`expected ${change.chains.length} chains, found ${contribution.chains.length}`);
  for (const chain of change.chains) {
    const { chainId } = chain;
    const found = contribution.chains.find((each) => each.chainId === chainId);
    if (found === undefined) throw new Error(`expected chain ${chainId}, found none`);
    const { commitments, subShare } = found;
    frost.checkResharingDeal(resharingPlan(change, chain), parties.dealer, parties.member, { commitments, subShare });
    deals.set(chainId, { commitments, subShare });
    if (found.mark !== undefined) marks.push(markOf(found.mark, chainId));
    results.push(...found.results.slice(0, RESULTS_MAX).filter((result) => isWellFormed(result)));
  }
  return { deals, marks, results };
}

/** The sharing that begins, as one member has it. @throws FrostError */
export function sharingOf(
  { change, id }: NamedChange,
  member: number,
  received: ReadonlyMap<number, Received>,
  frost: Frost,
): Sharing {
  const { members, threshold, chains } = change;
  return {
    epoch: epochOf(change, id),
    members: members.map(({ name, identifier }) => ({ name, identifier })),
    threshold,
    chains: chains.map((chain) => {
      const { chainId } = chain;
      const deals = new Map<number, ResharingDeal>();
      for (const [dealer, each] of received) {
        const deal = each.deals.get(chainId);
        if (deal !== undefined) deals.set(dealer, deal);
      }
      return { chainId, ...frost.combineResharing(resharingPlan(change, chain), member, deals) };
    }),
  };
}

export interface Carrying {
  /** The member's own marks. */
  readonly own: readonly MarkRecord[];
  readonly received: ReadonlyMap<string, Received>;
  verify(groupKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  readonly wallMs: number;
}

/**
 * The marks that a member carries over.
 *
 * @returns or the dealer whose mark is not believed
 */
export function carriedMarks(
  { chains }: EpochChange,
  carrying: Carrying,
): MarkRecord[] | { readonly unbelievable: string } {
  const marks: MarkRecord[] = [];
  for (const { chainId, commitments } of chains) {
    const ofChain = (all: readonly MarkRecord[]) => all.filter((mark) => mark.chainId === chainId);
    const own = ofChain(carrying.own);
    const told = new Map([...carrying.received].map(([dealer, each]) => [dealer, ofChain(each.marks)]));
    const heights = new Map(
      [...told].flatMap(([dealer, [mark]]) => (mark === undefined ? [] : [[dealer, mark.height]])),
    );
    const signed = highestSigned(chainId, commitments[0] ?? NOTHING, carrying);
    const dealer = unbelievable(heights, [...own.map(({ height }) => height), signed]);
    if (dealer !== undefined) return { unbelievable: dealer };
    const mark = carriedMark([...own, ...[...told.values()].flat()], carrying.wallMs);
    if (mark !== undefined) marks.push(mark);
  }
  return marks;
}

/** The height of the highest signature that a dealer has proof of; 0 for none. */
function highestSigned(chainId: string, groupKey: Uint8Array, { received, verify }: Carrying): bigint {
  let highest = 0n;
  for (const { results } of received.values()) {
    for (const { signBytes, signature } of results) {
      const message = parseOf(signBytes);
      if (message?.chainId !== chainId || message.height <= highest) continue;
      if (verify(groupKey, signBytes, signature)) highest = message.height;
    }
  }
  return highest;
}

/** Binds a dealer's polynomial to the change and the chain. */
function contextOf(id: string, { chainId }: ResharedChain): Uint8Array {
  return concat(new TextEncoder().encode(`${id} `), new TextEncoder().encode(chainId));
}

function reported({ chainId, height, round, step, signBytes }: MarkRecord): ReportedMark {
  return { chainId, height, round, step: STEP_NUMBER[step], signBytes: signBytes?.bytes ?? NOTHING, durable: true };
}

/** @throws Error for a mark that contradicts itself */
function markOf(told: ReportedMark, chainId: string): MarkRecord {
  const { height, round } = told;
  const step = STEPS[told.step - 1];
  if (step === undefined || told.chainId !== chainId) throw new Error(`expected a mark of ${chainId}, found another`);
  if (told.signBytes.length === 0) {
    // As it would be read from the disk: a mark that could not be would keep this cosigner from starting again.
    return decodeMarkRecord(encodeMarkRecord({ chainId, height, round, step, signBytes: undefined, timeMs: 0 }));
  }
  const signBytes = parseSignBytes(told.signBytes);
  const isSame =
    signBytes.chainId === chainId &&
    signBytes.height === height &&
    signBytes.round === round &&
    signBytes.step === step;
  if (!isSame) throw new Error(`expected a mark of ${chainId} with the place of its sign bytes, found another`);
  return { chainId, height, round, step, signBytes, timeMs: 0 };
}

function parseOf(signBytes: Uint8Array): ParsedSignBytes | undefined {
  try {
    return parseSignBytes(signBytes);
  } catch {
    return undefined;
  }
}
