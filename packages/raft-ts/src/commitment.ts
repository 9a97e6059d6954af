/**
 * The commit index of a member that does not decide it: what a leader, or somebody who heard of it, says is committed.
 */
import { assertInvariant } from './errors.js';
import type { RaftState } from './state.js';

/** Raises the commit index to `index`, which is in this log; a lower one is old news. */
export function commitUpTo(state: RaftState, index: bigint): void {
  if (index <= state.commit) return;
  const term = state.journal.log.termAt(index);
  assertInvariant(term !== undefined, () => `entry ${index}, which commits, is in the log`);
  state.commit = index;
  state.trace?.({ type: 'commit', index, term });
}
