/**
 * From one configuration to the next (dissertation §4.2, §4.3). Pure: the same change on the same configuration gives the same result
 * on every member, now and when the log is read again.
 *
 * A change of one member is simple: any majority of the old voters and any of the new share a member. Every other change goes
 * through a joint configuration, in which both majorities are needed, and a second entry leaves it.
 */
import { type Configuration, configurationProblem, isJoint, LEARNERS_MAX, MEMBERS_MAX } from './configuration.js';
import { RaftError } from './errors.js';

/** One member's part in a change. `add-voter` promotes a learner, `add-learner` demotes a voter. */
export interface MemberChange {
  readonly kind: 'add-voter' | 'add-learner' | 'remove';
  readonly name: string;
}

/** What is proposed. No changes at all leave a joint configuration. */
export interface ConfigChange {
  readonly changes: readonly MemberChange[];
  /**
   * - `auto`: simple for one change; joint, left automatically, for several.
   * - `joint-implicit`: joint in any case, left automatically.
   * - `joint-explicit`: joint in any case; the caller proposes to leave it.
   */
  readonly transition: 'auto' | 'joint-implicit' | 'joint-explicit';
}

/** Why a change cannot be made to a configuration. */
export type ConfigChangeProblem =
  /** The configuration is joint: it has to be left first, which is proposed by a change without changes. */
  | 'joint'
  /** Nothing to leave. */
  | 'not-joint'
  /** A kind, name or transition that is none. */
  | 'malformed'
  /** A name stands twice in one change. */
  | 'repeated-name'
  | 'already-voter'
  | 'already-learner'
  /** To be removed, and no member. */
  | 'unknown-member'
  /** Nobody would be left to vote. */
  | 'no-voters'
  /** More than 15 voters or 15 learners. */
  | 'too-many-members';

/** The next configuration, or why there is none. */
export type NextConfiguration =
  | { readonly configuration: Configuration; readonly problem?: undefined }
  | { readonly problem: ConfigChangeProblem };

const KINDS = ['add-voter', 'add-learner', 'remove'];
const TRANSITIONS = ['auto', 'joint-implicit', 'joint-explicit'];

/** Makes a change to a configuration. */
export function nextConfiguration(current: Configuration, change: ConfigChange): NextConfiguration {
  if (!isWellFormed(change)) return { problem: 'malformed' };
  if (change.changes.length === 0) return isJoint(current) ? checked(leaveJoint(current)) : { problem: 'not-joint' };
  if (isJoint(current)) return { problem: 'joint' };
  const problem = changesProblem(current, change.changes);
  if (problem !== undefined) return { problem };
  const wantsJoint = change.transition !== 'auto' || change.changes.length > 1;
  const joint = enterJoint(current, change);
  // A simple change is a joint one that is left at once: with one member changed every two majorities meet anyway.
  const next = wantsJoint ? joint : leaveJoint(joint);
  if (next.voters.length === 0) return { problem: 'no-voters' };
  if (next.voters.length > MEMBERS_MAX) return { problem: 'too-many-members' };
  if (next.learners.length + next.learnersNext.length > LEARNERS_MAX) return { problem: 'too-many-members' };
  return checked(next);
}

/** Whether a change that was decoded is one at all. */
export function isWellFormed(change: ConfigChange): boolean {
  return (
    TRANSITIONS.includes(change.transition) &&
    Array.isArray(change.changes) &&
    change.changes.length <= MEMBERS_MAX + LEARNERS_MAX &&
    change.changes.every(({ kind, name }) => KINDS.includes(kind) && typeof name === 'string' && name !== '')
  );
}

function changesProblem(current: Configuration, changes: readonly MemberChange[]): ConfigChangeProblem | undefined {
  if (new Set(changes.map(({ name }) => name)).size !== changes.length) return 'repeated-name';
  for (const { kind, name } of changes) {
    const isVoter = current.voters.includes(name);
    const isLearner = current.learners.includes(name);
    if (kind === 'add-voter' && isVoter) return 'already-voter';
    if (kind === 'add-learner' && isLearner) return 'already-learner';
    if (kind === 'remove' && !isVoter && !isLearner) return 'unknown-member';
  }
  return undefined;
}

function enterJoint(current: Configuration, { changes, transition }: ConfigChange): Configuration {
  return {
    ...changed(current, changes),
    votersOutgoing: current.voters,
    autoLeave: transition !== 'joint-explicit',
  };
}

function leaveJoint({ voters, learners, learnersNext }: Configuration): Configuration {
  return { voters, votersOutgoing: [], learners: [...learners, ...learnersNext], learnersNext: [], autoLeave: false };
}

/** The lists with the changes made; a demoted voter stands in `learnersNext`, for it may vote in the old set still. */
function changed(
  current: Configuration,
  changes: readonly MemberChange[],
): Pick<Configuration, 'voters' | 'learners' | 'learnersNext'> {
  const named = new Set(changes.map(({ name }) => name));
  const added = (kind: MemberChange['kind']) =>
    changes.filter((change) => change.kind === kind).map(({ name }) => name);
  const learners = added('add-learner');
  return {
    voters: [...current.voters.filter((name) => !named.has(name)), ...added('add-voter')],
    learners: [
      ...current.learners.filter((name) => !named.has(name)),
      ...learners.filter((name) => !current.voters.includes(name)),
    ],
    learnersNext: learners.filter((name) => current.voters.includes(name)),
  };
}

function checked(configuration: Configuration): NextConfiguration {
  const problem = configurationProblem(configuration);
  if (problem !== undefined)
    throw new RaftError({ code: 'INVARIANT_BROKEN', what: `a new configuration has ${problem}` });
  return { configuration };
}
