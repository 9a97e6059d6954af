/**
 * What comes first with every message: is it meant for this member, and what does its term say (dissertation §3.3)? A newer
 * term ends whatever this member was; an older one is answered so that its sender learns of the newer. Only then the message
 * goes to the rule for its type.
 */
import { handleVoteReply, startVote } from './campaign.js';
import { RaftError } from './errors.js';
import { handleAppend, handleHeartbeat, handleSnapshot } from './following.js';
import type { AppendMessage, HeartbeatMessage, Message, SnapshotMessage } from './message.js';
import { isPlausible } from './message-check.js';
import { confirmReads, handleReadIndex, handleReadIndexReply } from './read-index.js';
import { handleAppendReply, handleHeartbeatReply } from './replication.js';
import { becomeFollower, isLeaderFresh, mayCampaign } from './roles.js';
import { isHeard } from './sender-check.js';
import { head, type RaftState, send } from './state.js';
import { traceMessage } from './trace.js';
import { successor } from './uint63.js';
import { handlePreVote, handleVote } from './voting.js';

/** Takes one message from a peer. */
export function step(state: RaftState, message: Message): void {
  const isForUs = message.to === state.options.name && isPlausible(message) && isHeard(state, message);
  if (!isForUs || !state.reach.includes(message)) {
    state.ignored += 1;
    return;
  }
  state.trace?.({ type: 'receive', message: traceMessage(message) });
  // Pre-votes and their grants name a term that nobody is in yet: they change no term (§9.6).
  if (message.type === 'pre-vote') {
    handlePreVote(state, message);
    return;
  }
  const isGrant = message.type === 'pre-vote-reply' && message.granted;
  // A refused pre-vote may well come from a member in an older term.
  const isRefusal = message.type === 'pre-vote-reply' && !message.granted;
  if (message.term > state.term && !isGrant) {
    // A vote request while the leader is fresh comes from a member that was removed or cut off; its term must not spread (§4.2.3).
    if (message.type === 'vote' && isLeaderFresh(state) && !message.force) return;
    becomeFollower(state, message.term, undefined);
  } else if (message.term < state.term && !isRefusal) {
    answerOldTerm(state, message);
    return;
  }
  dispatch(state, message);
}

function dispatch(state: RaftState, message: Message): void {
  const { leading } = state;
  switch (message.type) {
    case 'pre-vote':
      handlePreVote(state, message);
      return;
    case 'vote':
      handleVote(state, message);
      return;
    case 'pre-vote-reply':
    case 'vote-reply':
      handleVoteReply(state, message);
      return;
    case 'append':
      followLeader(state, message);
      handleAppend(state, message);
      return;
    case 'heartbeat':
      followLeader(state, message);
      handleHeartbeat(state, message);
      return;
    case 'snapshot':
      followLeader(state, message);
      handleSnapshot(state, message);
      return;
    case 'append-reply':
    case 'heartbeat-reply': {
      const progress = leading?.progress.get(message.from);
      if (leading === undefined || progress === undefined) return;
      progress.recentlyActive = true;
      if (message.type === 'append-reply') {
        handleAppendReply(state, leading, message);
      } else {
        handleHeartbeatReply(state, leading, message);
        confirmReads(state, leading, message);
      }
      return;
    }
    case 'read-index':
      handleReadIndex(state, message);
      return;
    case 'read-index-reply':
      handleReadIndexReply(state, message);
      return;
    case 'timeout-now':
      // Ordered by the leader, which stopped taking proposals: no pre-vote, and the lease does not stand against it (§3.10).
      if (state.role !== 'leader' && mayCampaign(state)) startVote(state, true);
      return;
  }
}

function followLeader(state: RaftState, message: AppendMessage | HeartbeatMessage | SnapshotMessage): void {
  const { term, termLeader } = state;
  if (termLeader !== undefined && termLeader !== message.from) {
    // One of the two lies or is cloned. The term is void here, and the next one's election decides: to refuse both in this term
    // would leave this member without a leader for as long as the true one leads.
    becomeFollower(state, successor(term, 'term'), undefined);
    throw new RaftError({ code: 'TWO_LEADERS', term, leader: termLeader, other: message.from });
  }
  if (state.role === 'follower' && state.leader === message.from) {
    state.electionElapsed = 0;
    return;
  }
  becomeFollower(state, state.term, message.from);
}

/** A message of an older term is void. Who asks or leads there is told the newer term, or it could never rejoin (§9.6). */
function answerOldTerm(state: RaftState, message: Message): void {
  switch (message.type) {
    case 'vote':
      handleVote(state, message);
      return;
    case 'append':
    case 'heartbeat':
    case 'snapshot': {
      const body = { type: 'append-reply', ...head(state, message.from), index: 0n, accepted: false } as const;
      send(state, { ...body, hintIndex: 0n, hintTerm: 0n }, 'term-durable');
      return;
    }
    default:
      return;
  }
}
