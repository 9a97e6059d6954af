/**
 * Commitment, and reads (dissertation §3.2, §3.6.2, §4.3, §6.4).
 */
import { type ClusterModel, isSameEntry } from './cluster-model.js';
import { type Event, haveQuorum, type MemberModel } from './member-model.js';
import { hold } from './violation.js';

/** A member's commit index moved. */
export function commit(cluster: ClusterModel, member: MemberModel, { index, term }: Event<'commit'>): void {
  const { name, log } = member;
  hold('commit-rises', index > member.commit, () => `${name} goes from commit index ${member.commit} to ${index}`);
  const own = log.termAt(index);
  hold('commit-rises', own === term, () => `${name} commits ${index}/${term}; it has term ${own ?? 'none'} there`);
  if (member.role === 'leader') checkQuorum(cluster, member, index, term);
  for (let at = member.commit + 1n; at <= index; at += 1n) checkCommitted(cluster, member, at);
  member.commit = index;
}

/** A read was asked for. */
export function askRead(cluster: ClusterModel, member: MemberModel, { context }: Event<'read-index'>): void {
  const isNew = !member.reads.has(context);
  hold('trace-order', isNew, () => `${member.name} asks for a second read with the context ${context}`);
  member.reads.set(context, cluster.lastCommitted);
}

/** A read was answered, perhaps more than once. */
export function answerRead(member: MemberModel, { context, index }: Event<'read-state'>): void {
  const committed = member.reads.get(context);
  hold(
    'read-linearizable',
    committed !== undefined,
    () => `${member.name} answers the read ${context}, which nobody asked for`,
  );
  const found = () => `${member.name} reads ${context} at ${index}; when it asked, ${committed} was committed`;
  hold('read-linearizable', index >= committed, found);
}

function checkQuorum(cluster: ClusterModel, leader: MemberModel, index: bigint, term: bigint): void {
  const { name, configuration } = leader;
  hold('commit-own-term', term === leader.term, () => `${name} leads term ${leader.term} and commits ${index}/${term}`);
  const isStored = (voter: string) => {
    const member = cluster.members.get(voter);
    if (member === undefined || member.durableIndex < index) return false;
    return index <= member.log.snapshotIndex || member.log.termAt(index) === term;
  };
  const holders = () => [...cluster.members.keys()].filter(isStored).join(', ');
  hold(
    'commit-quorum',
    haveQuorum(configuration, isStored),
    () => `${name} commits ${index}/${term}, on the disks of ${holders()}`,
  );
}

function checkCommitted(cluster: ClusterModel, member: MemberModel, index: bigint): void {
  const { name, log } = member;
  const entry = log.at(index);
  const known = cluster.committedAt(index);
  if (known === undefined) {
    hold('commit-by-leader', member.role === 'leader', () => `${name} commits ${index}, which no leader has committed`);
    // A leader has committed what its snapshot stands for, so what is new to all is an entry.
    hold('commit-rises', entry !== undefined, () => `${name} commits ${index}, which it does not have`);
    cluster.committed.push({ term: entry.term, entry, committedIn: member.term });
    return;
  }
  if (entry === undefined) {
    const isCovered =
      index < log.snapshotIndex ||
      (index === log.snapshotIndex && log.snapshotTerm === (known.term ?? log.snapshotTerm));
    hold('state-machine-safety', isCovered, () => `${name} commits ${index}, which it does not have`);
    return;
  }
  const isSame =
    known.entry === undefined ? entry.term === (known.term ?? entry.term) : isSameEntry(known.entry, entry);
  const found = () =>
    `${name} commits ${index}/${entry.term}; committed there is ${index}/${known.term}, or other data`;
  hold('state-machine-safety', isSame, found);
}
