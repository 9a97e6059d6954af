/**
 * What a trace can break. Each rule is a sentence of the dissertation, or what this core promises about disks.
 */

/** The rules by name, with what they say. */
export const RULES = {
  'trace-order': 'a member begins with a restart, and its events follow from one another',
  'message-sent': 'what is received was sent',
  'term-rises': '§3.3: the term of a member never falls',
  'election-safety': '§3.2: a term has one leader at most',
  'vote-once': '§3.4: a member votes for one candidate in a term',
  'vote-up-to-date': '§3.6.1: a vote goes only to a log that is at least as up-to-date as the own',
  'vote-durable': '§3.8: a vote leaves when it is on disk',
  'vote-counted':
    '§3.4: a leader has the votes of a quorum, its own from its disk; in a joint configuration of both sets (§4.3)',
  'term-durable': '§3.8: a message leaves when its term is on the disk of its sender',
  'acknowledge-durable': '§3.8: an entry is acknowledged when it is on disk',
  'voter-candidacy': '§4.2.1: only a voter campaigns',
  'candidate-configuration': 'who campaigns has every config entry in effect that it knows to be committed',
  'leader-append-only': '§3.2: a leader appends entries of its own term to the end of its log and never cuts it',
  'log-contiguous': '§3.5: the log has no holes, and terms do not fall along it',
  'log-matching': '§3.2: logs that have an entry of the same index and term have the same entries up to it',
  'entry-origin': '§3.5: an entry of a term comes from the leader of that term',
  'truncate-committed': '§3.2: a committed entry is never removed',
  'persisted-true': 'what is said to be on disk is in memory, and is not less than before',
  'commit-rises': '§3.5: the commit index never falls, and stays inside the log',
  'commit-own-term': '§3.6.2: a leader commits by counting only entries of its own term',
  'commit-quorum': '§3.6.2: what a leader commits is on the disks of a quorum; in a joint configuration of both (§4.3)',
  'commit-by-leader': '§3.5: a follower commits what a leader has committed',
  'state-machine-safety': '§3.2: all members commit the same entry at an index',
  'leader-completeness': '§3.2: a leader has every committed entry',
  'snapshot-committed': '§5.1: a snapshot stands for committed entries',
  'hard-state-kept': '§3.8: term and vote on disk survive a restart',
  'log-kept': '§3.8: entries on disk survive a restart',
  'configuration-order': '§4.1: a configuration comes into effect by a committed config entry, one after another',
  'configuration-agreed': '§4.1: all members compute the same configuration at an index',
  'configuration-overlap':
    '§4.3: from one configuration to the next a voter is changed, or a joint configuration is entered or left',
  'read-linearizable': '§6.4: a read sees what was committed when it was asked for',
} as const;

/** The name of a rule. */
export type Rule = keyof typeof RULES;

/** A trace that the rules do not allow. */
export class TraceViolation extends Error {
  override readonly name = 'TraceViolation';
  /** Counted from 1. */
  readonly line: number;
  readonly rule: Rule;
  /** What the trace says there. */
  readonly found: string;

  constructor(line: number, rule: Rule, found: string) {
    super(`line ${line}: ${rule} (${RULES[rule]}): ${found}`);
    this.line = line;
    this.rule = rule;
    this.found = found;
  }
}

/** Thrown where a rule is looked at, which knows no lines; the checker adds the line. */
export class Broken extends Error {
  readonly rule: Rule;

  constructor(rule: Rule, found: string) {
    super(found);
    this.rule = rule;
  }
}

/** Stops unless a rule holds. */
export function hold(rule: Rule, holds: boolean, found: () => string): asserts holds {
  if (!holds) throw new Broken(rule, found());
}
