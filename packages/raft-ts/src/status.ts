/**
 * A member's state as a plain copy, for views and logs.
 */
import type { RaftState } from './state.js';
import type { RaftStatus } from './types.js';

/** Everything that {@link RaftStatus} tells. */
export function statusOf(state: RaftState): RaftStatus {
  const { options, role, term, leader, vote, commit, applied, journal, leading, configurations, ignored } = state;
  const { firstIndex, lastIndex } = journal.log;
  return {
    name: options.name,
    role,
    term,
    leader,
    vote,
    commit,
    applied,
    durable: journal.durableIndex,
    firstIndex,
    lastIndex,
    transferTarget: leading?.transferTarget,
    progress: leading === undefined ? [] : Array.from(leading.progress.values(), (peer) => peer.toStatus()),
    configuration: configurations.current,
    configurationIndex: configurations.index,
    ignored,
  };
}
