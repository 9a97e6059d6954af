/**
 * Whom a member gives its vote (dissertation §3.4, §3.6.1), and its pre-vote (§9.6); and whom it refuses both for its
 * leader's sake (§4.2.3, §6.2).
 *
 * When a leader's connections are reset, all others campaign in the same instant. So that they do not split the vote, rival
 * pre-candidates of the same term are ordered by (last term, last index, name): the lower one withdraws in favour of the
 * higher. The order affects nobody's votes in the election proper, so it is no part of the safety argument.
 */
import type { VoteReply, VoteRequest } from './message.js';
import { becomeFollower, isLeaderFresh, requestVote, retrySoon, traceRole } from './roles.js';
import { head, type RaftState, send } from './state.js';

/** Forgets the leader, for whose sake votes were refused, and answers the pre-votes that waited. */
export function forgetLeader(state: RaftState): void {
  state.leader = undefined;
  traceRole(state);
  answerDeferred(state);
}

/** Answers a pre-vote. No state changes but, at most, an own rival campaign. */
export function handlePreVote(state: RaftState, message: VoteRequest): void {
  if (isLeaderFresh(state) && !message.force) {
    // No answer rather than a refusal: it may become a grant in the next moment, when this member too loses the leader. Of members
    // only, so that what waits is bounded.
    if (state.membership.names.has(message.from)) state.deferred.set(message.from, message);
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

/** The leader is lost: pre-votes that were not answered for its sake are. */
export function answerDeferred(state: RaftState): void {
  if (state.deferred.size === 0 || isLeaderFresh(state)) return;
  const waiting = [...state.deferred.values()];
  state.deferred.clear();
  for (const message of waiting) handlePreVote(state, message);
}

function refuseVote(state: RaftState, type: VoteReply['type'], to: string): void {
  const { commit } = state;
  const body = { type, ...head(state, to), granted: false } as const;
  const commitTerm = state.journal.log.termAt(commit) ?? 0n;
  send(state, commit === 0n ? body : { ...body, commit, commitTerm }, 'term-durable');
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
