/**
 * Who belongs to the cluster (dissertation §4.1, §4.3). A configuration is plain data: it stands in snapshots, and every member
 * computes the next one from the last by the log alone.
 *
 * While the configuration is joint there are two sets of voters, and whatever needs a majority needs one of each.
 *
 * Invariants, checked wherever one enters: there is a voter; names are not empty and stand once in a list; learners are
 * no voters of either set; who is to become a learner is an outgoing voter; what belongs to joint configurations only is empty in others.
 */

/** Most voters in either set. Beyond it a quorum costs more than it protects. */
export const MEMBERS_MAX = 15;

/** Most learners, those to be included. */
export const LEARNERS_MAX = 15;

/** The members of a cluster. */
export interface Configuration {
  /** The voters; in a joint configuration those of the new one. */
  readonly voters: readonly string[];
  /** Joint only, empty otherwise: the voters of the old configuration. */
  readonly votersOutgoing: readonly string[];
  /** Members that get the log and have no vote (§4.2.1). */
  readonly learners: readonly string[];
  /** Joint only: outgoing voters that become learners when the joint configuration is left. */
  readonly learnersNext: readonly string[];
  /** Joint only: the leader leaves the joint configuration by itself as soon as it is in effect. */
  readonly autoLeave: boolean;
}

/** A configuration of voters only. */
export function votersOnly(voters: readonly string[]): Configuration {
  return { voters, votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false };
}

/** Whether two majorities are needed. */
export function isJoint(configuration: Configuration): boolean {
  return configuration.votersOutgoing.length > 0;
}

/** Every member once: voters, outgoing voters, learners. */
export function membersOf({ voters, votersOutgoing, learners }: Configuration): readonly string[] {
  if (votersOutgoing.length === 0 && learners.length === 0) return voters;
  return [...new Set([...voters, ...votersOutgoing, ...learners])];
}

/** What is wrong with a configuration that others wrote; undefined when nothing is. */
export function configurationProblem(configuration: Configuration): string | undefined {
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = configuration;
  for (const list of [voters, votersOutgoing, learners, learnersNext]) {
    if (!Array.isArray(list)) return 'a list is missing';
    if (list.some((name) => typeof name !== 'string' || name === '')) return 'a name is empty';
    if (new Set(list).size !== list.length) return 'a name stands twice in a list';
  }
  if (voters.length === 0) return 'no voters';
  if (voters.length > MEMBERS_MAX || votersOutgoing.length > MEMBERS_MAX) return `more than ${MEMBERS_MAX} voters`;
  if (learners.length + learnersNext.length > LEARNERS_MAX) return `more than ${LEARNERS_MAX} learners`;
  const isVoter = (name: string) => voters.includes(name) || votersOutgoing.includes(name);
  if (learners.some(isVoter)) return 'a learner is a voter';
  if (learnersNext.some((name) => voters.includes(name))) return 'a learner to be stays a voter';
  if (learnersNext.some((name) => !votersOutgoing.includes(name))) return 'a learner to be is no outgoing voter';
  if (autoLeave && votersOutgoing.length === 0) return 'it is to be left and is not joint';
  return undefined;
}
