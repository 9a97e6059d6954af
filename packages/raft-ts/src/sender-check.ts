/**
 * Whether a message is heard for who sent it. A member's configuration may lag behind the cluster's, so that it must follow
 * leaders and vote for candidates that it does not know yet (dissertation §4.1); but a member that was removed and does not know
 * must not be able to disturb it (§4.2.3).
 *
 * Nothing here is needed for safety: votes and acknowledgements count only for voters of the counting member's own configuration.
 */
import type { Message, VoteRequest } from './message.js';
import type { RaftState } from './state.js';

/** Whether a message is to be taken from its sender. */
export function isHeard(state: RaftState, message: Message): boolean {
  if (message.from === state.options.name) return false;
  if (state.membership.names.has(message.from)) return true;
  switch (message.type) {
    case 'append':
    case 'heartbeat':
    case 'snapshot':
      // Who leads was elected by a quorum; and an outdated leader has to be told.
      return true;
    case 'pre-vote':
    case 'vote':
      return mayBeMember(state, message);
    case 'timeout-now':
    case 'read-index-reply':
      return message.from === state.leader;
    default:
      return false;
  }
}

/**
 * Whether a candidate that the configuration in effect does not know can have been added by an entry that is not in effect here: either
 * it is in the candidate's log and not in this one, so that the candidate's ends later, or it is in both.
 */
function mayBeMember(state: RaftState, { lastIndex, lastTerm }: VoteRequest): boolean {
  const { log } = state.journal;
  if (log.lastConfigIndex > state.configurations.index) return true;
  return lastTerm > log.lastTerm || (lastTerm === log.lastTerm && lastIndex > log.lastIndex);
}
