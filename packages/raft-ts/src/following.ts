/**
 * What a follower does with its leader's word (dissertation §3.5, §5.1): checks that the logs agree where the append begins,
 * replaces what conflicts, and acknowledges once all of it is on disk.
 *
 * Invariant: an entry at or below the commit index is never removed, whatever a leader sends. Among honest members no leader sends another
 * in its place (§3.6.3); a caller that reckons with others may have the member start over.
 */
import { commitUpTo } from './commitment.js';
import { assertInvariant, RaftError } from './errors.js';
import type { AppendMessage, HeartbeatMessage, SnapshotMessage } from './message.js';
import { adoptSnapshot } from './reconfiguration.js';
import { becomeFollower } from './roles.js';
import { head, type RaftState, send } from './state.js';
import { traceEntries } from './trace.js';
import type { Entry, Snapshot } from './types.js';
import { lesser, successor } from './uint63.js';

/** Where a log begins that nothing was compacted of. */
const EMPTY_LOG: Snapshot = { index: 0n, term: 0n, data: new Uint8Array(0) };

/** Takes an append of the current term's leader. */
export function handleAppend(state: RaftState, message: AppendMessage): void {
  const { log } = state.journal;
  const { from, previousIndex, previousTerm, entries } = message;
  for (const each of [{ index: previousIndex, term: previousTerm }, ...entries]) agreeOnCommitted(state, from, each);
  if (previousIndex < state.commit) {
    // Old news: up to the commit index every leader's log is ours.
    acknowledge(state, message.from, state.commit);
    return;
  }
  if (log.termAt(previousIndex) !== previousTerm) {
    refuse(state, message);
    return;
  }
  const fresh = entries.findIndex((entry) => log.termAt(entry.index) !== entry.term);
  if (fresh >= 0) replaceTail(state, entries.slice(fresh));
  const last = previousIndex + BigInt(entries.length);
  commitUpTo(state, lesser(message.commit, last));
  acknowledge(state, message.from, last);
}

/** The leader lives; it names no commit index beyond what this member has acknowledged to it. */
export function handleHeartbeat(state: RaftState, message: HeartbeatMessage): void {
  const { lastIndex } = state.journal.log;
  if (message.commit > lastIndex) {
    throw new RaftError({ code: 'ENTRIES_FORGOTTEN', acknowledged: message.commit, lastIndex });
  }
  commitUpTo(state, message.commit);
  const { readSequence } = message;
  const body = { type: 'heartbeat-reply', ...head(state, message.from) } as const;
  send(state, readSequence === undefined ? body : { ...body, readSequence }, 'term-durable');
}

/** Takes the leader's snapshot, unless the log has all of it already. */
export function handleSnapshot(state: RaftState, message: SnapshotMessage): void {
  const { from, snapshot } = message;
  agreeOnCommitted(state, from, snapshot);
  if (snapshot.index <= state.commit) {
    acknowledge(state, message.from, state.commit);
    return;
  }
  if (state.journal.log.termAt(snapshot.index) !== snapshot.term) {
    // Whatever is not yet written or acknowledged goes with the old log.
    state.outbox.dropAcknowledgements(0n);
    state.journal.restore(snapshot);
    adoptSnapshot(state, snapshot);
  }
  commitUpTo(state, snapshot.index);
  acknowledge(state, message.from, snapshot.index);
}

/**
 * Forgets the log and what is committed, and leaves the term: the next one's leader gives this member its own log. For callers that reckon
 * with members that lie, or whose disks forget; by the paper what is committed is never given up.
 */
export function startOver(state: RaftState): void {
  state.outbox.dropAcknowledgements(0n);
  state.journal.restore(EMPTY_LOG);
  state.commit = 0n;
  adoptSnapshot(state, EMPTY_LOG);
  becomeFollower(state, successor(state.term, 'term'), undefined);
}

/**
 * Of what the snapshot stands for the terms are forgotten, and none was above its own.
 *
 * @throws RaftError `COMMITTED_CONTRADICTED`
 */
function agreeOnCommitted(
  { commit, journal: { log } }: RaftState,
  leader: string,
  { index, term }: Pick<Entry, 'index' | 'term'>,
): void {
  if (index > commit) return;
  const known = log.termAt(index);
  if (known === undefined ? term <= log.snapshot.term : term === known) return;
  throw new RaftError({ code: 'COMMITTED_CONTRADICTED', leader, index, term });
}

function replaceTail(state: RaftState, entries: readonly Entry[]): void {
  const { journal, outbox } = state;
  const from = entries[0]?.index ?? 0n;
  if (from <= journal.log.lastIndex) {
    assertInvariant(
      from > state.commit,
      () => `entry ${from}, at or below the commit index ${state.commit}, is not replaced`,
    );
    outbox.dropAcknowledgements(from);
    journal.truncate(from);
    state.trace?.({ type: 'truncate', from });
  }
  journal.append(entries);
  state.trace?.({ type: 'append', entries: traceEntries(entries) });
}

function acknowledge(state: RaftState, to: string, index: bigint): void {
  const body = {
    type: 'append-reply',
    ...head(state, to),
    index,
    accepted: true,
    hintIndex: 0n,
    hintTerm: 0n,
  } as const;
  // What is on disk already needs no write: nothing that is under way reaches below the durable index.
  send(state, body, index <= state.journal.durableIndex ? 'term-durable' : 'after-persist');
}

function refuse(state: RaftState, message: AppendMessage): void {
  const { log } = state.journal;
  // The logs part at or below the last entry here whose term does not exceed that of the entry that was missing.
  const hintIndex = log.lastIndexOfTermAtMost(message.previousIndex, message.previousTerm);
  const hintTerm = log.termAt(hintIndex) ?? 0n;
  const body = {
    type: 'append-reply',
    ...head(state, message.from),
    index: message.previousIndex,
    accepted: false,
  } as const;
  send(state, { ...body, hintIndex, hintTerm }, 'term-durable');
}
