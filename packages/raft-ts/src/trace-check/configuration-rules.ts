/**
 * Membership (dissertation §4.1, §4.3).
 */
import { type ClusterModel, isSameConfiguration, isSameSet } from './cluster-model.js';
import type { Configuration, Event, MemberModel } from './member-model.js';
import { hold } from './violation.js';

/** A config entry came into effect. */
export function configure(cluster: ClusterModel, member: MemberModel, event: Event<'configuration'>): void {
  const { index, configuration } = event;
  const { name, log, commit } = member;
  const isNext = !log.entries.some(
    (entry) => entry.kind === 'config' && entry.index > member.configurationIndex && entry.index < index,
  );
  const isConfig = log.at(index)?.kind === 'config' && index > member.configurationIndex;
  hold(
    'configuration-order',
    isConfig && isNext,
    () => `${name} puts ${index} into effect, which is not its next config entry`,
  );
  hold('configuration-order', index <= commit, () => `${name} puts ${index} into effect; committed is ${commit}`);
  const isOverlap = isSuccessor(member.configuration, configuration);
  hold(
    'configuration-overlap',
    isOverlap,
    () => `${name} goes from ${show(member.configuration)} to ${show(configuration)}`,
  );
  agree(cluster, name, index, configuration);
  member.configuration = configuration;
  member.configurationIndex = index;
}

/** A snapshot brought its configuration. */
export function configureBySnapshot(cluster: ClusterModel, member: MemberModel, event: Event<'restore'>): void {
  const { index, configuration } = event;
  const known = cluster.configurationAt(index);
  const isSame = known !== undefined && isSameConfiguration(known, configuration);
  hold('configuration-agreed', isSame, () => `${member.name} takes ${show(configuration)} at ${index}`);
  member.configuration = configuration;
  member.configurationIndex = index;
}

function agree(cluster: ClusterModel, name: string, index: bigint, configuration: Configuration): void {
  const known = cluster.configurations.find((each) => each.index === index);
  if (known === undefined) {
    cluster.configurations.push({ index, configuration });
    cluster.configurations.sort((a, b) => (a.index < b.index ? -1 : 1));
    return;
  }
  const found = () => `${name} has ${show(configuration)} at ${index}, another has ${show(known.configuration)}`;
  hold('configuration-agreed', isSameConfiguration(known.configuration, configuration), found);
}

/** Whether any quorum of one and any of the other share a voter, by the three ways that there are. */
function isSuccessor(before: Configuration, after: Configuration): boolean {
  const wasJoint = before.votersOutgoing.length > 0;
  const isJoint = after.votersOutgoing.length > 0;
  if (after.voters.length === 0 || (wasJoint && isJoint)) return false;
  if (wasJoint) return isSameSet(before.voters, after.voters);
  if (isJoint) return isSameSet(before.voters, after.votersOutgoing);
  const added = after.voters.filter((name) => !before.voters.includes(name));
  const removed = before.voters.filter((name) => !after.voters.includes(name));
  return added.length + removed.length <= 1;
}

function show({ voters, votersOutgoing, learners }: Configuration): string {
  return `(${voters.join(' ')})(${votersOutgoing.join(' ')}) with learners (${learners.join(' ')})`;
}
