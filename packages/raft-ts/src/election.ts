/**
 * Elections (dissertation §3.4, §3.6.1), with pre-vote (§9.6), the leader's lease on its followers' votes (§4.2.3, §6.2) and the
 * campaign that a leader orders (§3.10).
 *
 * A campaign begins with a pre-vote, which changes no term anywhere; only with a quorum of pre-votes does the member enter
 * the next term and vote for itself. Its vote requests wait until that vote is on disk, and its own vote counts only then.
 *
 * When a leader's connections are reset, all others campaign in the same instant. So that they do not split the vote, rival
 * pre-candidates of the same term are ordered by (last term, last index, name): the lower one withdraws in favour of the
 * higher. The order affects nobody's votes in the election proper, so it is no part of the safety argument.
 */
import { commitUpTo } from './commitment.js';
import { assertInvariant, RaftError } from './errors.js';
import type { VoteReply, VoteRequest } from './message.js';
import { VoteTally } from './quorum.js';
import { startLeading } from './replication.js';
import { head, type RaftState, send } from './state.js';
import { successor } from './uint63.js';

/** Shortest wait before a campaign that met a rival is tried again: one tick may fall in the very next instant. */
const RETRY_TICKS_MIN = 2;

/** Enters `term`, or stays in it, as a follower of `leader`. */
export function becomeFollower(state: RaftState, term: bigint, leader: string | undefined): void {
  assertInvariant(term >= state.term, `term ${term} is not below ${state.term}`);
  const isNew = term > state.term || state.role !== 'follower' || leader !== state.leader;
  if (term > state.term) enterTerm(state, term, undefined);
  state.role = 'follower';
  state.leader = leader;
  if (leader !== undefined) state.termLeader = leader;
  state.tally = undefined;
  state.leading = undefined;
  restartElectionTimer(state);
  if (isNew) traceRole(state);
}

/**
 * Whether this member may campaign: it votes, and has every config entry in effect that it knows to be committed. A member that campaigned
 * in a configuration older than the last but one could win without a majority that the newest knows of (docs/adr/0008).
 */
export function mayCampaign(state: RaftState): boolean {
  if (!state.membership.isVoter) return false;
  const unapplied = state.journal.log.configIndexAfter(state.configurations.index);
  return unapplied === undefined || unapplied > state.commit;
}

/** Begins a campaign of its own accord. */
export function startCampaign(state: RaftState): void {
  if (state.options.preVote) startPreVote(state);
  else startVote(state, false);
}

/** Asks whether an election could be won, without disturbing anybody (§9.6). */
function startPreVote(state: RaftState): void {
  assertInvariant(state.role !== 'leader', 'a leader does not campaign');
  assertInvariant(mayCampaign(state), 'who campaigns has a vote, in the newest configuration it knows');
  state.role = 'pre-candidate';
  state.leader = undefined;
  state.tally = new VoteTally(state.membership.configuration);
  restartElectionTimer(state);
  traceRole(state);
  record(state, state.options.name, true);
  if (state.role !== 'pre-candidate') return;
  for (const peer of state.membership.voterPeers) requestVote(state, peer);
  answerDeferred(state);
}

/** Enters the next term and votes for itself (§3.4). `force` when the leader ordered it (§3.10). */
export function startVote(state: RaftState, force: boolean): void {
  assertInvariant(state.role !== 'leader', 'a leader does not campaign');
  assertInvariant(mayCampaign(state), 'who campaigns has a vote, in the newest configuration it knows');
  enterTerm(state, successor(state.term, 'term'), state.options.name);
  state.role = 'candidate';
  state.leader = undefined;
  state.tally = new VoteTally(state.membership.configuration);
  restartElectionTimer(state);
  traceRole(state);
  for (const peer of state.membership.voterPeers) requestVote(state, peer, force);
}

/** Own term and vote may have become durable: from then on the own vote counts. */
export function countOwnVote(state: RaftState): void {
  const { role, tally, term, options } = state;
  if (role !== 'candidate' || tally?.hasGranted(options.name) !== false) return;
  if (state.journal.isVoteDurable(term, options.name)) record(state, options.name, true);
}

/** `peer` can be reached again during a campaign: asks it if it has not granted yet. */
export function askAgain(state: RaftState, peer: string): void {
  if (state.membership.voterPeers.includes(peer) && state.tally?.hasGranted(peer) === false) requestVote(state, peer);
}

/** Forgets the leader, for whose sake votes were refused, and answers the pre-votes that waited. */
export function forgetLeader(state: RaftState): void {
  state.leader = undefined;
  traceRole(state);
  answerDeferred(state);
}

/** Whether votes are refused because a leader was heard within an election timeout (§6.2; a leader hears itself). */
export function isLeaderFresh(state: RaftState): boolean {
  return state.leader !== undefined && state.electionElapsed < state.options.electionTicks;
}

/** Answers a pre-vote. No state changes but, at most, an own rival campaign. */
export function handlePreVote(state: RaftState, message: VoteRequest): void {
  if (isLeaderFresh(state) && !message.force) {
    // No answer rather than a refusal: it may become a grant in the next moment, when this member too loses the leader.
    state.deferred.set(message.from, message);
    return;
  }
  const isRival = state.role === 'pre-candidate' && message.term === state.term + 1n;
  if (isRival && outranks(state, message)) {
    // The rival may have missed our request, and is to withdraw when it sees it.
    requestVote(state, message.from);
    return;
  }
  const granted = (message.term > state.term || mayVoteFor(state, message.from)) && isLogUpToDate(state, message);
  if (granted && isRival) {
    becomeFollower(state, state.term, undefined);
    retrySoon(state);
  }
  if (granted) {
    send(state, { type: 'pre-vote-reply', ...head(state, message.from, message.term), granted }, 'at-once');
  } else {
    refuseVote(state, 'pre-vote-reply', message.from);
  }
}

/** Answers a vote request of the current term. A vote is given once in a term, first come first served (§3.4). */
export function handleVote(state: RaftState, message: VoteRequest): void {
  if (message.term !== state.term || !mayVoteFor(state, message.from) || !isLogUpToDate(state, message)) {
    refuseVote(state, 'vote-reply', message.from);
    return;
  }
  state.vote = message.from;
  state.electionElapsed = 0;
  const { term, from, lastIndex, lastTerm } = message;
  state.trace?.({ type: 'vote', term, candidate: from, lastIndex, lastTerm });
  send(state, { type: 'vote-reply', ...head(state, from), granted: true }, 'after-persist');
}

/** Counts an answer to the campaign under way; late answers to others tell nothing. */
export function handleVoteReply(state: RaftState, message: VoteReply): void {
  if (!message.granted && learnCommit(state, message)) return;
  if (message.type === 'pre-vote-reply') {
    if (state.role !== 'pre-candidate') return;
    if (message.granted && message.term !== state.term + 1n) return;
    record(state, message.from, message.granted);
    return;
  }
  // The term is ours: `step` has dealt with older and newer ones.
  if (state.role !== 'candidate') return;
  // A refusal in the election proper means a rival in the same term: do not wait a whole timeout for a split vote.
  if (!message.granted) retrySoon(state);
  record(state, message.from, message.granted);
}

/**
 * A refusal says what is committed. A member that was left alone by a change of the configuration that it has in its log, and does not know to be
 * committed, may need the votes of others that are voters no more, have longer logs, and will never campaign: nobody could be elected.
 * Committed is committed, whoever says it: the logs agree up to an entry of the same index and term.
 *
 * @returns true when the campaign is over, because there is a config entry to apply first
 */
function learnCommit(state: RaftState, { commit = 0n, commitTerm = 0n }: VoteReply): boolean {
  if (commit <= state.commit || state.leading !== undefined || state.journal.log.termAt(commit) !== commitTerm)
    return false;
  commitUpTo(state, commit);
  if (mayCampaign(state)) return false;
  becomeFollower(state, state.term, undefined);
  retrySoon(state);
  return true;
}

function refuseVote(state: RaftState, type: VoteReply['type'], to: string): void {
  const { commit } = state;
  const body = { type, ...head(state, to), granted: false } as const;
  const commitTerm = state.journal.log.termAt(commit) ?? 0n;
  send(state, commit === 0n ? body : { ...body, commit, commitTerm }, 'term-durable');
}

function enterTerm(state: RaftState, term: bigint, vote: string | undefined): void {
  state.term = term;
  state.vote = vote;
  state.termLeader = undefined;
  state.leading = undefined;
  state.deferred.clear();
}

function record(state: RaftState, name: string, granted: boolean): void {
  const { tally } = state;
  assertInvariant(tally !== undefined, 'a campaign has a tally');
  tally.record(name, granted);
  const result = tally.result();
  if (result === 'pending') return;
  if (result === 'won') {
    if (state.role === 'pre-candidate') startVote(state, false);
    else lead(state);
    return;
  }
  const timeout = state.electionTimeout - state.electionElapsed;
  becomeFollower(state, state.term, undefined);
  state.electionTimeout = Math.min(state.electionTimeout, Math.max(timeout, RETRY_TICKS_MIN));
}

function lead(state: RaftState): void {
  // Own vote on disk is part of every majority: the term of all that this leader says is durable.
  if (state.tally?.hasGranted(state.options.name) !== true) return;
  const { name } = state.options;
  const isOnly = state.termLeader === undefined;
  if (!isOnly)
    throw new RaftError({ code: 'TWO_LEADERS', term: state.term, leader: name, other: `${state.termLeader}` });
  state.role = 'leader';
  state.leader = name;
  state.termLeader = name;
  state.tally = undefined;
  state.electionElapsed = 0;
  traceRole(state);
  startLeading(state);
}

function requestVote(state: RaftState, to: string, force = false): void {
  const { lastIndex, lastTerm } = state.journal.log;
  if (state.role === 'pre-candidate') {
    const next = successor(state.term, 'term');
    send(state, { type: 'pre-vote', ...head(state, to, next), lastIndex, lastTerm, force }, 'at-once');
  } else {
    send(state, { type: 'vote', ...head(state, to), lastIndex, lastTerm, force }, 'after-persist');
  }
}

function answerDeferred(state: RaftState): void {
  if (state.deferred.size === 0 || isLeaderFresh(state)) return;
  const waiting = [...state.deferred.values()];
  state.deferred.clear();
  for (const message of waiting) handlePreVote(state, message);
}

function mayVoteFor(state: RaftState, candidate: string): boolean {
  return state.vote === candidate || (state.vote === undefined && state.leader === undefined);
}

function isLogUpToDate(state: RaftState, message: VoteRequest): boolean {
  return state.journal.log.isUpToDate(message.lastIndex, message.lastTerm);
}

/** Whether this pre-candidate comes before its rival. Total: names differ. */
function outranks(state: RaftState, rival: VoteRequest): boolean {
  const { lastIndex, lastTerm } = state.journal.log;
  if (lastTerm !== rival.lastTerm) return lastTerm > rival.lastTerm;
  if (lastIndex !== rival.lastIndex) return lastIndex > rival.lastIndex;
  return state.options.name > rival.from;
}

function restartElectionTimer(state: RaftState): void {
  const { electionTicks, random } = state.options;
  state.electionElapsed = 0;
  state.electionTimeout = electionTicks + random(electionTicks);
}

function traceRole(state: RaftState): void {
  const { role, term, leader } = state;
  state.trace?.({ type: 'become', role, term, leader });
}

function retrySoon(state: RaftState): void {
  const { electionTicks, random } = state.options;
  const wait = RETRY_TICKS_MIN + random(Math.ceil(electionTicks / 2));
  state.electionTimeout = Math.min(state.electionTimeout, state.electionElapsed + wait);
}
