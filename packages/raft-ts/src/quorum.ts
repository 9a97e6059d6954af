/**
 * Majority arithmetic (dissertation §3.3, §3.4, and §4.3 for joint configurations): what a quorum has, and how an election
 * stands. Pure. In a joint configuration a quorum is a majority of the new voters and a majority of the old ones.
 */
import type { Configuration } from './configuration.js';
import { lesser } from './uint63.js';

/** The two sets of voters; `votersOutgoing` is empty unless the configuration is joint. */
export type Voters = Pick<Configuration, 'voters' | 'votersOutgoing'>;

/** Smallest majority of `members`: any two majorities share a member. */
export function quorumSize(members: number): number {
  return Math.floor(members / 2) + 1;
}

/**
 * The highest index that a majority has reached.
 *
 * @param matches - for every member, itself included, the index up to which it is known to have the log on disk; not
 *   empty. The array is sorted in place: pass one of your own.
 */
export function quorumIndex(matches: bigint[]): bigint {
  // Insertion sort, descending: a handful of members, and the built-in sort would compare through a callback.
  for (let i = 1; i < matches.length; i += 1) {
    const value = matches[i] ?? 0n;
    let j = i;
    for (; j > 0 && (matches[j - 1] ?? 0n) < value; j -= 1) matches[j] = matches[j - 1] ?? 0n;
    matches[j] = value;
  }
  return matches[quorumSize(matches.length) - 1] ?? 0n;
}

/** The highest index that a quorum has reached; `reached` tells it for one voter. */
export function jointQuorumIndex({ voters, votersOutgoing }: Voters, reached: (name: string) => bigint): bigint {
  const incoming = quorumIndex(voters.map(reached));
  return votersOutgoing.length === 0 ? incoming : lesser(incoming, quorumIndex(votersOutgoing.map(reached)));
}

/** Whether the voters for whom `holds` is true are a quorum. */
export function isQuorum({ voters, votersOutgoing }: Voters, holds: (name: string) => boolean): boolean {
  return isMajority(voters, holds) && (votersOutgoing.length === 0 || isMajority(votersOutgoing, holds));
}

function isMajority(voters: readonly string[], holds: (name: string) => boolean): boolean {
  return voters.filter(holds).length >= quorumSize(voters.length);
}

/** How an election stands: `lost` when even the silent voters could no longer make a quorum. */
export type ElectionResult = 'won' | 'lost' | 'pending';

/** The votes of one campaign. Those of members that have no vote are kept and count for nothing. */
export class VoteTally {
  readonly #voters: Voters;
  readonly #votes = new Map<string, boolean>();

  constructor(voters: Voters) {
    this.#voters = voters;
  }

  /** Counts an answer. A grant is never taken back; a refusal may become a grant, when a peer has changed its mind. */
  record(name: string, granted: boolean): void {
    if (this.#votes.get(name) !== true) this.#votes.set(name, granted);
  }

  /** Whether `name` has granted its vote. */
  hasGranted(name: string): boolean {
    return this.#votes.get(name) === true;
  }

  result(): ElectionResult {
    if (isQuorum(this.#voters, (name) => this.#votes.get(name) === true)) return 'won';
    return isQuorum(this.#voters, (name) => this.#votes.get(name) !== false) ? 'pending' : 'lost';
  }
}
