/**
 * The errors of the core. It throws in two cases only: the caller made a mistake (options, arguments, tickets, compaction), or a state was
 * reached that the protocol rules out, which means a defect or a disk that forgot. After the second kind the process must
 * stop: nothing that it would do next can be trusted. What a peer sends never throws unless it is of the second kind.
 */

/** Every error of this package; each code has exactly the fields that explain it. */
export type RaftErrorDetail =
  /** An option is outside its range. Mend the configuration. */
  | { readonly code: 'OPTIONS_INVALID'; readonly option: string; readonly expected: string; readonly found: string }
  /** What was read back from disk cannot have been written by this core. Do not start this member on this disk. */
  | { readonly code: 'RESTORED_INVALID'; readonly expected: string; readonly found: string }
  /** `persisted` was called with a ticket that no Ready carried. */
  | { readonly code: 'TICKET_UNKNOWN'; readonly ticket: bigint; readonly newest: bigint }
  /** `compact` was called for entries that were not handed out as committed yet, or for a config entry that is not applied. */
  | { readonly code: 'COMPACT_UNAPPLIED'; readonly index: bigint; readonly applied: bigint }
  /** `applyConfigChange` was called with an entry that is not the next committed config entry. */
  | { readonly code: 'CONFIG_CHANGE_UNEXPECTED'; readonly expected: string; readonly found: string }
  /** A method was called with a ticket, index or context that can be none. */
  | { readonly code: 'ARGUMENT_INVALID'; readonly argument: string; readonly expected: string; readonly found: string }
  /** Readys are not taken, or not acknowledged with `persisted`, while work piles up. */
  | { readonly code: 'READY_BACKLOG'; readonly what: 'messages' | 'tickets'; readonly limit: number }
  /** `random` returned something else than an integer in [0, bound). */
  | { readonly code: 'RANDOM_INVALID'; readonly bound: number; readonly found: number }
  /** A term or index came to 2^63-1. */
  | { readonly code: 'LIMIT_REACHED'; readonly counter: 'term' | 'index' }
  /** The leader knows that this member acknowledged entries which it no longer has: its disk was rolled back or replaced. */
  | { readonly code: 'ENTRIES_FORGOTTEN'; readonly acknowledged: bigint; readonly lastIndex: bigint }
  /** The leader's log differs from what is committed here: a member lied, or lost what it had acknowledged. See `startOver`. */
  | { readonly code: 'COMMITTED_CONTRADICTED'; readonly leader: string; readonly index: bigint; readonly term: bigint }
  /** Two members lead in one term: a member was cloned, or voted twice after its disk forgot. */
  | { readonly code: 'TWO_LEADERS'; readonly term: bigint; readonly leader: string; readonly other: string }
  /** A property that the protocol guarantees does not hold. */
  | { readonly code: 'INVARIANT_BROKEN'; readonly what: string };

/** The closed list of codes. */
export type RaftErrorCode = RaftErrorDetail['code'];

/** An error of the core; branch on `detail.code`. */
export class RaftError extends Error {
  override readonly name = 'RaftError';
  readonly detail: RaftErrorDetail;

  constructor(detail: RaftErrorDetail, options?: ErrorOptions) {
    super(`${detail.code}: ${describe(detail)}`, options);
    this.detail = detail;
  }
}

/**
 * Stops at a state that the protocol rules out.
 *
 * @param what - what should hold; a function where numbers have to be put into words, which costs more than the check
 * @throws RaftError `INVARIANT_BROKEN`
 */
export function assertInvariant(holds: boolean, what: string | (() => string)): asserts holds {
  if (!holds) throw new RaftError({ code: 'INVARIANT_BROKEN', what: typeof what === 'string' ? what : what() });
}

function describe(detail: RaftErrorDetail): string {
  switch (detail.code) {
    case 'OPTIONS_INVALID':
      return `option ${detail.option}: expected ${detail.expected}, found ${detail.found}`;
    case 'RESTORED_INVALID':
      return `restored state: expected ${detail.expected}, found ${detail.found}; do not start this member on this disk`;
    case 'TICKET_UNKNOWN':
      return `persisted(${detail.ticket}): expected a ticket up to ${detail.newest}, the newest handed out`;
    case 'COMPACT_UNAPPLIED':
      return `compact(${detail.index}): expected an index up to ${detail.applied}, which is as far as this member has applied`;
    case 'CONFIG_CHANGE_UNEXPECTED':
      return `applyConfigChange: expected ${detail.expected}, found ${detail.found}; apply committed entries in order`;
    case 'ARGUMENT_INVALID':
      return `${detail.argument}: expected ${detail.expected}, found ${detail.found}`;
    case 'READY_BACKLOG':
      return `more than ${detail.limit} ${detail.what} wait; take Readys and acknowledge them with persisted()`;
    case 'RANDOM_INVALID':
      return `random(${detail.bound}): expected an integer in [0, ${detail.bound}), found ${detail.found}`;
    case 'LIMIT_REACHED':
      return `the ${detail.counter} came to 2^63-1; the state is corrupt`;
    case 'ENTRIES_FORGOTTEN':
      return (
        `this member acknowledged entries up to ${detail.acknowledged} and its log ends at ${detail.lastIndex}: ` +
        'its disk was rolled back or replaced; stop it and admit it anew'
      );
    case 'COMMITTED_CONTRADICTED':
      return (
        `${detail.leader} leads with an entry ${detail.index} of term ${detail.term}, and another is committed here: ` +
        'a member lied or lost its log'
      );
    case 'TWO_LEADERS':
      return `${detail.other} leads in term ${detail.term}, which ${detail.leader} leads: stop, and look for a cloned member`;
    case 'INVARIANT_BROKEN':
      return `${detail.what}; stop this member and keep its disk for analysis`;
  }
}
