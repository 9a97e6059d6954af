/**
 * Majority arithmetic (dissertation §3.3, §3.4): what a quorum has, and how an election stands. Pure.
 */

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

/** How an election stands: `lost` when even the silent members could no longer make a majority. */
export type ElectionResult = 'won' | 'lost' | 'pending';

/** The votes of one campaign. */
export class VoteTally {
  readonly #members: number;
  readonly #votes = new Map<string, boolean>();

  /** @param members - number of voting members, this one included */
  constructor(members: number) {
    this.#members = members;
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
    let granted = 0;
    for (const vote of this.#votes.values()) if (vote) granted += 1;
    const quorum = quorumSize(this.#members);
    if (granted >= quorum) return 'won';
    const silent = this.#members - this.#votes.size;
    return granted + silent >= quorum ? 'pending' : 'lost';
  }
}
