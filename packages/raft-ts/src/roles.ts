/**
 * Terms, roles and the election timer (dissertation §3.3, §3.4): what campaigns and votes have in common.
 */
import { assertInvariant } from './errors.js';
import { head, type RaftState, send } from './state.js';
import { successor } from './uint63.js';

/** Shortest wait before a campaign that met a rival is tried again: one tick may fall in the very next instant. */
export const RETRY_TICKS_MIN = 2;

/** Enters `term`, or stays in it, as a follower of `leader`. */
export function becomeFollower(state: RaftState, term: bigint, leader: string | undefined): void {
  assertInvariant(term >= state.term, () => `term ${term} is not below ${state.term}`);
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

/** A term begins with the vote that was given in it so far, and with nothing else that belonged to the old one (§3.3). */
export function enterTerm(state: RaftState, term: bigint, vote: string | undefined): void {
  state.term = term;
  state.vote = vote;
  state.termLeader = undefined;
  state.leading = undefined;
  state.deferred.clear();
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

/** Whether votes are refused because a leader was heard within an election timeout (§6.2; a leader hears itself). */
export function isLeaderFresh(state: RaftState): boolean {
  return state.leader !== undefined && state.electionElapsed < state.options.electionTicks;
}

/** Asks `to` for its pre-vote or vote, as the role says. `force` when the leader ordered the campaign (§3.10). */
export function requestVote(state: RaftState, to: string, force = false): void {
  const { lastIndex, lastTerm } = state.journal.log;
  if (state.role === 'pre-candidate') {
    const next = successor(state.term, 'term');
    send(state, { type: 'pre-vote', ...head(state, to, next), lastIndex, lastTerm, force }, 'at-once');
  } else {
    send(state, { type: 'vote', ...head(state, to), lastIndex, lastTerm, force }, 'after-persist');
  }
}

/** Waits a whole timeout again, drawn anew so that members do not campaign together (§3.4). */
export function restartElectionTimer(state: RaftState): void {
  const { electionTicks, random } = state.options;
  state.electionElapsed = 0;
  state.electionTimeout = electionTicks + random(electionTicks);
}

/** A campaign met a rival: the next follows after a few ticks and not a whole timeout. */
export function retrySoon(state: RaftState): void {
  const { electionTicks, random } = state.options;
  const wait = RETRY_TICKS_MIN + random(Math.ceil(electionTicks / 2));
  state.electionTimeout = Math.min(state.electionTimeout, state.electionElapsed + wait);
}

/** Tells the trace of a new role, term or leader. */
export function traceRole(state: RaftState): void {
  const { role, term, leader } = state;
  state.trace?.({ type: 'become', role, term, leader });
}
