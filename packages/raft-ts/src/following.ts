/**
 * What a follower does with its leader's word (dissertation §3.5, §5.1): checks that the logs agree where the append begins,
 * replaces what conflicts, and acknowledges once all of it is on disk.
 *
 * Invariant: an entry at or below the commit index is never removed, whatever a leader sends.
 */
import { commitUpTo } from './commitment.js';
import { assertInvariant, RaftError } from './errors.js';
import type { AppendMessage, HeartbeatMessage, SnapshotMessage } from './message.js';
import { adoptSnapshot } from './reconfiguration.js';
import { head, type RaftState, send } from './state.js';
import { traceEntries } from './trace.js';
import type { Entry } from './types.js';
import { lesser } from './uint63.js';

/** Takes an append of the current term's leader. */
export function handleAppend(state: RaftState, message: AppendMessage): void {
  const { log } = state.journal;
  const { previousIndex, previousTerm, entries } = message;
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
  const { snapshot } = message;
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
