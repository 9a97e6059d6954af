/**
 * Disks: what is on them, what may leave only then, and what must be there after a restart (dissertation §3.8).
 */
import { type ClusterModel, isSameConfiguration, isSameEntry, keyOf } from './cluster-model.js';
import { checkEntry, checkSnapshot } from './log-rules.js';
import { type Event, LogModel, type MemberModel } from './member-model.js';
import { hold } from './violation.js';

/** A write has been acknowledged. */
export function persisted(member: MemberModel, { term, vote, index }: Event<'persisted'>): void {
  const { name, log } = member;
  const isTerm = term >= member.durableTerm && term <= member.term;
  hold(
    'persisted-true',
    isTerm,
    () => `${name} stores term ${term}; before ${member.durableTerm}, in memory ${member.term}`,
  );
  // An older write may know of no vote yet; one that was stored in this term stays.
  const isUnknown = vote === undefined && !(term === member.durableTerm && member.durableVote !== undefined);
  const isVote = term < member.term || vote === member.vote || isUnknown;
  hold('persisted-true', isVote, () => `${name} stores a vote for ${vote ?? 'nobody'}, not ${member.vote ?? 'nobody'}`);
  const isIndex = index >= member.durableIndex && index <= log.lastIndex;
  hold(
    'persisted-true',
    isIndex,
    () => `${name} stores up to ${index}; before ${member.durableIndex}, in memory ${log.lastIndex}`,
  );
  member.durableTerm = term;
  member.durableVote = vote;
  member.durableIndex = index;
}

/** An acknowledgement, or anything else of a term, leaves. */
export function sendStored(member: MemberModel, { message }: Event<'send'>): void {
  const { name } = member;
  const isPreVote = message.type === 'pre-vote' || (message.type === 'pre-vote-reply' && message.granted);
  const isStored = isPreVote || message.term <= member.durableTerm;
  hold(
    'term-durable',
    isStored,
    () => `${name} sends ${message.type} of term ${message.term}; on disk ${member.durableTerm}`,
  );
  // Of an older term: the acknowledgement was true when it was made, and is as if it had been long on its way.
  if (message.type !== 'append-reply' || !message.accepted || message.term !== member.term) return;
  const found = () => `${name} acknowledges ${message.index}; its disk has the log up to ${member.durableIndex}`;
  // Entries that a leader's snapshot has since replaced in memory were on disk before it, and are committed: the snapshot says so.
  const isReplaced = message.index < member.log.snapshotIndex;
  hold('acknowledge-durable', message.index <= member.durableIndex || isReplaced, found);
}

/** A member starts with what was on its disk. */
export function restart(cluster: ClusterModel, member: MemberModel, event: Event<'restart'>): void {
  const { name } = member;
  const { term, vote, snapshotIndex, snapshotTerm, configuration } = event;
  checkHardStateKept(member, event);
  checkLogKept(member, event);
  // A trace may begin in the middle of a cluster's life: what its members have until somebody leads is believed.
  const isBelieved = cluster.leaders.size === 0;
  if (isBelieved) believe(cluster, event);
  if (snapshotIndex > 0n) checkSnapshot(cluster, name, snapshotIndex, snapshotTerm);
  const known = cluster.configurationAt(snapshotIndex);
  if (known === undefined) cluster.configurations.push({ index: snapshotIndex, configuration });
  const isAgreed = known === undefined || isSameConfiguration(known, configuration);
  hold('configuration-agreed', isAgreed, () => `${name} starts with another configuration at ${snapshotIndex}`);
  Object.assign(member, { term, vote, role: 'follower', configuration, configurationIndex: snapshotIndex });
  restoreLog(cluster, member, event, isBelieved);
  member.durableTerm = term;
  member.durableVote = vote;
  member.durableIndex = member.log.lastIndex;
  member.grants.clear();
}

function restoreLog(cluster: ClusterModel, member: MemberModel, event: Event<'restart'>, isBelieved: boolean): void {
  const { name } = member;
  const { commit, snapshotIndex, snapshotTerm, entries } = event;
  const log = new LogModel();
  log.restore(snapshotIndex, snapshotTerm);
  member.log = log;
  for (const entry of entries) {
    checkEntry(cluster, member, entry);
    const isKnown = cluster.entries.has(keyOf(entry));
    hold('entry-origin', isKnown || isBelieved, () => `${name} starts with ${keyOf(entry)}, which nobody has appended`);
    if (!isKnown) cluster.entries.set(keyOf(entry), { entry, previousTerm: log.lastTerm });
    log.entries.push(entry);
  }
  hold('commit-rises', commit <= log.lastIndex, () => `${name} starts with commit index ${commit} beyond its log`);
  const isCommitted = commit <= cluster.lastCommitted;
  hold(
    'commit-by-leader',
    isCommitted,
    () => `${name} starts with commit index ${commit}, which no leader has committed`,
  );
  member.commit = commit > snapshotIndex ? commit : snapshotIndex;
}

function believe(cluster: ClusterModel, { commit, snapshotIndex, snapshotTerm, entries }: Event<'restart'>): void {
  for (let index = cluster.lastCommitted + 1n; index <= snapshotIndex; index += 1n) {
    cluster.committed.push({
      term: index === snapshotIndex ? snapshotTerm : undefined,
      entry: undefined,
      committedIn: 0n,
    });
  }
  for (const entry of entries) {
    if (entry.index <= commit && entry.index > cluster.lastCommitted)
      cluster.committed.push({ term: entry.term, entry, committedIn: 0n });
  }
}

function checkHardStateKept(member: MemberModel, { term, vote }: Event<'restart'>): void {
  const { name, durableTerm, durableVote } = member;
  hold('hard-state-kept', term >= durableTerm, () => `${name} starts in term ${term}; its disk had ${durableTerm}`);
  const stored = term === durableTerm ? durableVote : undefined;
  const kept = stored ?? member.sentVotes.get(term) ?? vote;
  hold(
    'hard-state-kept',
    vote === kept,
    () => `${name} starts with a vote for ${vote ?? 'nobody'}; it was for ${kept}`,
  );
}

function checkLogKept(member: MemberModel, { snapshotIndex, entries }: Event<'restart'>): void {
  const { name, log, durableIndex } = member;
  for (let index = snapshotIndex + 1n; index <= durableIndex; index += 1n) {
    const before = log.at(index);
    const now = entries[Number(index - snapshotIndex) - 1];
    // What the member's own snapshot stands for is kept by it.
    const isKept = before === undefined ? index <= log.snapshotIndex : now !== undefined && isSameEntry(before, now);
    hold('log-kept', isKept, () => `${name} starts without entry ${index}, which was on its disk`);
  }
}
