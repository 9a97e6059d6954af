/**
 * Elections: terms, votes, candidacies, leaders (dissertation §3.3, §3.4, §3.6.1, §4.2).
 */
import type { ClusterModel } from './cluster-model.js';
import { type Event, haveQuorum, type MemberModel } from './member-model.js';
import { hold } from './violation.js';

/** A member entered a role, a term, or has another leader. */
export function become(cluster: ClusterModel, member: MemberModel, { role, term }: Event<'become'>): void {
  hold('term-rises', term >= member.term, () => `${member.name} goes from term ${member.term} to ${term}`);
  if (role !== 'follower') checkCandidacy(member, role);
  if (term > member.term) {
    member.vote = undefined;
    member.grants.clear();
  }
  if (role === 'candidate') {
    hold(
      'term-rises',
      term > member.term,
      () => `${member.name} is a candidate in term ${term}, which is not new to it`,
    );
  }
  if (role === 'leader') checkLeader(cluster, member, term);
  member.term = term;
  member.role = role;
  if (role === 'candidate') vote(member, member.name);
}

/** A member gave its vote. */
export function giveVote(member: MemberModel, event: Event<'vote'>): void {
  const { term, candidate, lastIndex, lastTerm } = event;
  hold('trace-order', term === member.term, () => `${member.name} votes in term ${term} while in term ${member.term}`);
  const { log } = member;
  const isUpToDate = lastTerm > log.lastTerm || (lastTerm === log.lastTerm && lastIndex >= log.lastIndex);
  const logs = () =>
    `${candidate}'s log ends at ${lastIndex}/${lastTerm}, ${member.name}'s at ${log.lastIndex}/${log.lastTerm}`;
  hold('vote-up-to-date', isUpToDate, logs);
  vote(member, candidate);
}

/** A vote, asked for or given, leaves the member. */
export function sendVote(member: MemberModel, term: bigint, candidate: string): void {
  const isStored = member.durableTerm > term || (member.durableTerm === term && member.durableVote === candidate);
  const stored = () => `its disk has term ${member.durableTerm} and a vote for ${member.durableVote ?? 'nobody'}`;
  hold('vote-durable', isStored, () => `${member.name} sends its vote for ${candidate} in term ${term}; ${stored()}`);
  const before = member.sentVotes.get(term) ?? candidate;
  hold('vote-once', before === candidate, () => `${member.name} votes for ${before} and ${candidate} in term ${term}`);
  member.sentVotes.set(term, candidate);
}

function vote(member: MemberModel, candidate: string): void {
  const before = member.vote ?? member.sentVotes.get(member.term) ?? candidate;
  hold(
    'vote-once',
    before === candidate,
    () => `${member.name} votes for ${before} and ${candidate} in term ${member.term}`,
  );
  member.vote = candidate;
}

function checkCandidacy(member: MemberModel, role: string): void {
  const { voters, votersOutgoing } = member.configuration;
  const isVoter = voters.includes(member.name) || votersOutgoing.includes(member.name);
  hold('voter-candidacy', isVoter, () => `${member.name} is ${role} and has no vote in its configuration`);
  if (role === 'leader') return;
  for (const { kind, index } of member.log.entries) {
    const isUnapplied = kind === 'config' && index > member.configurationIndex && index <= member.commit;
    hold('candidate-configuration', !isUnapplied, () => `${member.name} is ${role} and has not applied entry ${index}`);
  }
}

function checkLeader(cluster: ClusterModel, member: MemberModel, term: bigint): void {
  const { name, log, configuration } = member;
  hold(
    'trace-order',
    member.role === 'candidate' && term === member.term,
    () => `${name} leads term ${term} without a campaign`,
  );
  const leader = cluster.leaders.get(term) ?? name;
  hold('election-safety', leader === name, () => `${leader} and ${name} lead term ${term}`);
  cluster.leaders.set(term, name);
  const isOwnStored = member.durableTerm === term && member.durableVote === name;
  const isVote = (voter: string) => (voter === name ? isOwnStored : member.grants.has(voter));
  const votes = () => [...member.grants, ...(isOwnStored ? [name] : [])].join(', ');
  hold('vote-counted', isOwnStored, () => `${name} leads term ${term} before its own vote is on disk`);
  hold(
    'vote-counted',
    haveQuorum(configuration, isVote),
    () => `${name} leads term ${term} by the votes of ${votes()} only`,
  );
  for (let index = log.snapshotIndex + 1n; index <= cluster.lastCommitted; index += 1n) {
    const known = cluster.committedAt(index);
    // A candidate that slept may win its old term when a newer one has committed more: it is of leaders of higher terms that more is asked.
    if (known !== undefined && known.committedIn >= term) break;
    const has = log.termAt(index);
    const committed = known?.term ?? has;
    const found = () =>
      `${name} leads term ${term}; at ${index} it has term ${has ?? 'none'}, committed is ${committed}`;
    hold('leader-completeness', has === committed, found);
  }
}
