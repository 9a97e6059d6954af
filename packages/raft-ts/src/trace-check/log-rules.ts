/**
 * The log: what may be appended, cut and replaced (dissertation §3.2, §3.5, §5.1).
 */
import { type ClusterModel, isSameEntry, keyOf } from './cluster-model.js';
import type { Entry, Event, MemberModel } from './member-model.js';
import { hold } from './violation.js';

/** Entries were put behind the log. */
export function append(cluster: ClusterModel, member: MemberModel, { entries }: Event<'append'>): void {
  for (const entry of entries) appendOne(cluster, member, entry);
}

/** The log was cut. */
export function truncate(member: MemberModel, { from }: Event<'truncate'>): void {
  const { name, log, role, commit } = member;
  hold('leader-append-only', role !== 'leader', () => `${name} leads term ${member.term} and cuts its log at ${from}`);
  hold('truncate-committed', from > commit, () => `${name} cuts its log at ${from}; it has committed up to ${commit}`);
  hold(
    'log-contiguous',
    from > log.snapshotIndex && from <= log.lastIndex,
    () => `${name} cuts at ${from}, outside its log`,
  );
  log.truncate(from);
  if (member.durableIndex >= from) member.durableIndex = from - 1n;
}

/** A leader's snapshot took the place of the log. */
export function restore(cluster: ClusterModel, member: MemberModel, { index, term }: Event<'restore'>): void {
  const { name, role } = member;
  hold(
    'leader-append-only',
    role !== 'leader',
    () => `${name} leads term ${member.term} and takes a snapshot at ${index}`,
  );
  hold(
    'truncate-committed',
    index > member.commit,
    () => `${name} takes a snapshot at ${index}, committed is ${member.commit}`,
  );
  checkSnapshot(cluster, name, index, term);
  member.log.restore(index, term);
  member.durableIndex = 0n;
}

/** The member's own snapshot took the place of the beginning of its log. */
export function compact(cluster: ClusterModel, member: MemberModel, { index, term }: Event<'compact'>): void {
  const { name, log, commit } = member;
  hold('snapshot-committed', index <= commit, () => `${name} compacts up to ${index}, committed is ${commit}`);
  hold(
    'snapshot-committed',
    log.termAt(index) === term,
    () => `${name} compacts ${index}/${term}, which it does not have`,
  );
  checkSnapshot(cluster, name, index, term);
  log.compact(index, term);
}

/** Says which entries a log begins with after a restart; they are held to be as true as appended ones. */
export function checkEntry(cluster: ClusterModel, member: MemberModel, entry: Entry): void {
  const { name, log } = member;
  const where = () => `${name} has entry ${keyOf(entry)} behind ${log.lastIndex}/${log.lastTerm}`;
  hold('log-contiguous', entry.index === log.lastIndex + 1n && entry.term >= log.lastTerm, where);
  const known = cluster.entries.get(keyOf(entry));
  if (known === undefined) return;
  const isSame = isSameEntry(known.entry, entry) && known.previousTerm === log.lastTerm;
  hold(
    'log-matching',
    isSame,
    () => `${name} has another entry ${keyOf(entry)}, or another one before it, than was seen`,
  );
}

/** A snapshot must stand for what a leader has committed. */
export function checkSnapshot(cluster: ClusterModel, name: string, index: bigint, term: bigint): void {
  const committed = cluster.committedAt(index);
  const found = () => `${name} has a snapshot of ${index}/${term}; committed there is ${committed?.term ?? 'nothing'}`;
  hold('snapshot-committed', committed !== undefined && (committed.term ?? term) === term, found);
}

function appendOne(cluster: ClusterModel, member: MemberModel, entry: Entry): void {
  const { name, log } = member;
  const isLeader = member.role === 'leader';
  if (isLeader) {
    const isOwn = entry.term === member.term && entry.index === log.lastIndex + 1n;
    const found = () =>
      `${name} leads term ${member.term}; it appends ${keyOf(entry)} behind ${log.lastIndex}/${log.lastTerm}`;
    hold('leader-append-only', isOwn, found);
  }
  checkEntry(cluster, member, entry);
  hold('entry-origin', entry.term <= member.term, () => `${name} of term ${member.term} appends ${keyOf(entry)}`);
  const key = keyOf(entry);
  if (!cluster.entries.has(key)) {
    const origin = cluster.leaders.get(entry.term);
    const found = () => `${name} appends ${key} before ${origin ?? 'any leader of that term'}`;
    hold('entry-origin', isLeader && origin === name, found);
    cluster.entries.set(key, { entry, previousTerm: log.lastTerm });
  }
  log.entries.push(entry);
}
