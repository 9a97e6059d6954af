/**
 * Campaigns (dissertation §3.4), with pre-vote (§9.6) and by order of the leader (§3.10).
 *
 * A campaign begins with a pre-vote, which changes no term anywhere; only with a quorum of pre-votes does the member enter
 * the next term and vote for itself. Its vote requests wait until that vote is on disk, and its own vote counts only then.
 */
import { commitUpTo } from './commitment.js';
import { assertInvariant, RaftError } from './errors.js';
import type { VoteReply } from './message.js';
import { VoteTally } from './quorum.js';
import { startLeading } from './replication.js';
import {
  becomeFollower,
  enterTerm,
  mayCampaign,
  RETRY_TICKS_MIN,
  requestVote,
  restartElectionTimer,
  retrySoon,
  traceRole,
} from './roles.js';
import type { RaftState } from './state.js';
import { successor } from './uint63.js';
import { answerDeferred } from './voting.js';

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

/**
 * A refusal says what is committed. A member that was left alone by a change of the configuration which it has in its log,
 * and does not know to be committed, may need the votes of others that are voters no more, have longer logs, and will never
 * campaign: nobody could be elected.
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
