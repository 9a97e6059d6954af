/**
 * What a leader does: appends, learns how far each follower is, commits by counting (dissertation §3.5, §3.6.2), sends
 * heartbeats and snapshots (§5.1), and hands its office over when told to (§3.10).
 *
 * Appends are not sent where they become possible but when the next Ready is taken ({@link sendDue}): proposals made together
 * travel together. They leave before the leader's own disk is done (§10.2.1); the leader counts itself only up to what is
 * durable here.
 *
 * Invariants: a leader never removes or changes an entry of its log; only an entry of its own term commits by counting.
 */
import { assertInvariant } from './errors.js';
import type { AppendReply, HeartbeatReply } from './message.js';
import { Progress } from './progress.js';
import { isQuorum, jointQuorumIndex } from './quorum.js';
import { startHeldReads } from './read-index.js';
import { head, type Leadership, type RaftState, send } from './state.js';
import { traceEntries } from './trace.js';
import type { Entry, EntryKind, ProposeResult } from './types.js';
import { greater, lesser, successor } from './uint63.js';

/** Election timeouts to wait for the answer to a snapshot, which is large, before asking whether it has arrived. */
const SNAPSHOT_PATIENCE_TIMEOUTS = 4;

const NO_DATA = new Uint8Array(0);

/** Begins a term as leader: nothing is known of the others, and a no-op makes what came before committable (§6.4). */
export function startLeading(state: RaftState): void {
  const { inflightMax } = state.options;
  const next = successor(state.journal.log.lastIndex, 'index');
  state.leading = {
    progress: new Map(state.membership.peers.map((peer) => [peer, new Progress(peer, next, inflightMax)])),
    heartbeatElapsed: 0,
    uncommittedBytes: state.journal.log.bytesAfter(state.commit),
    transferTarget: undefined,
    transferElapsed: 0,
    replicationDue: true,
    readRoundDue: false,
    heldReads: [],
    pendingReads: [],
    readSequence: 0n,
  };
  appendOwn(state, NO_DATA);
}

/** Appends `data` to the log if this member leads and may take more. */
export function propose(state: RaftState, data: Uint8Array): ProposeResult {
  const { leading } = state;
  if (leading === undefined) return { kind: 'dropped', reason: 'not-leader' };
  if (leading.transferTarget !== undefined) return { kind: 'dropped', reason: 'transferring' };
  if (leading.uncommittedBytes + data.length > state.options.uncommittedBytesMax) {
    return { kind: 'dropped', reason: 'uncommitted-limit' };
  }
  const { index, term } = appendAsLeader(state, leading, data);
  return { kind: 'proposed', index, term };
}

/** Appends an entry to the leader's own log, whatever the limits say. */
export function appendAsLeader(state: RaftState, leading: Leadership, data: Uint8Array, kind?: EntryKind): Entry {
  const entry = appendOwn(state, data, kind);
  leading.uncommittedBytes += data.length;
  leading.replicationDue = true;
  return entry;
}

/** Sends every follower what it lacks, as far as its window allows. */
export function sendDue(state: RaftState): void {
  const { leading } = state;
  if (leading === undefined) return;
  if (leading.readRoundDue) sendHeartbeats(state, leading);
  if (!leading.replicationDue) return;
  leading.replicationDue = false;
  for (const progress of leading.progress.values()) sendAppends(state, progress);
}

/** One tick of a leader: heartbeats, patience with snapshots and with a transfer. */
export function tickLeader(state: RaftState, leading: Leadership): void {
  const { electionTicks, heartbeatTicks } = state.options;
  for (const progress of leading.progress.values()) {
    if (progress.state !== 'snapshot') continue;
    progress.snapshotTicks += 1;
    if (progress.snapshotTicks < SNAPSHOT_PATIENCE_TIMEOUTS * electionTicks) continue;
    progress.restart();
    leading.replicationDue = true;
  }
  if (leading.transferTarget !== undefined) {
    leading.transferElapsed += 1;
    if (leading.transferElapsed >= electionTicks) leading.transferTarget = undefined;
  }
  leading.heartbeatElapsed += 1;
  if (leading.heartbeatElapsed < heartbeatTicks) return;
  leading.heartbeatElapsed = 0;
  sendHeartbeats(state, leading);
}

/** Whether a quorum was heard since the last time this was asked (§6.2). */
export function takeQuorumActive(state: RaftState, leading: Leadership): boolean {
  const { name } = state.options;
  const isActive = (voter: string) => voter === name || leading.progress.get(voter)?.recentlyActive === true;
  const result = isQuorum(state.membership.configuration, isActive);
  for (const progress of leading.progress.values()) progress.recentlyActive = false;
  return result;
}

/** A follower answered an append, a probe or a snapshot. */
export function handleAppendReply(state: RaftState, leading: Leadership, message: AppendReply): void {
  const progress = leading.progress.get(message.from);
  const { log } = state.journal;
  if (progress === undefined || message.index > log.lastIndex) {
    state.ignored += 1;
    return;
  }
  if (!message.accepted) {
    const { hintIndex, hintTerm } = message;
    // The follower's hint is its last entry of a term not above ours; ours of a term not above its own may lie lower still.
    const hint = hintTerm > 0n ? log.lastIndexOfTermAtMost(hintIndex, hintTerm) : hintIndex;
    if (progress.refused(message.index, hint)) leading.replicationDue = true;
    return;
  }
  const news = progress.accepted(message.index, log.firstIndex);
  if (news) updateCommit(state);
  leading.replicationDue = true;
  handOverIfReady(state, leading, progress);
}

/** A follower is alive; what it lacks is sent (again). */
export function handleHeartbeatReply(state: RaftState, leading: Leadership, message: HeartbeatReply): void {
  const progress = leading.progress.get(message.from);
  if (progress === undefined) return;
  progress.probeSent = false;
  progress.probeDue = progress.state === 'replicate' && progress.match < state.journal.log.lastIndex;
  leading.replicationDue = true;
}

/** Sets out to make `target` the leader (§3.10). */
export function transferLeadership(state: RaftState, target: string): boolean {
  const { leading } = state;
  const progress = leading?.progress.get(target);
  if (leading === undefined || progress === undefined) return false;
  // Neither a learner nor a voter on its way out is to lead.
  if (!state.membership.configuration.voters.includes(target)) return false;
  if (leading.transferTarget === target) return true;
  leading.transferTarget = target;
  leading.transferElapsed = 0;
  handOverIfReady(state, leading, progress);
  return true;
}

/** Commits what a quorum has on disk, this member included only as far as its own disk is. */
export function updateCommit(state: RaftState): void {
  const { leading, journal, options } = state;
  if (leading === undefined) return;
  const index = jointQuorumIndex(state.membership.configuration, (name) =>
    name === options.name ? journal.durableIndex : (leading.progress.get(name)?.match ?? 0n),
  );
  // Entries of older terms commit only behind one of this term (§3.6.2, figure 3.7): a count alone does not protect them.
  if (index <= state.commit || journal.log.termAt(index) !== state.term) return;
  for (const entry of journal.log.slice(state.commit + 1n, index)) leading.uncommittedBytes -= entry.data.length;
  assertInvariant(leading.uncommittedBytes >= 0, 'uncommitted bytes are counted in and out alike');
  state.commit = index;
  leading.replicationDue = true;
  // The entry's own term, not this leader's, which the rule above says it is: a trace is to show when it is not.
  state.trace?.({ type: 'commit', index, term: journal.log.termAt(index) ?? 0n });
  startHeldReads(state, leading);
}

function appendOwn(state: RaftState, data: Uint8Array, kind?: EntryKind): Entry {
  const plain: Entry = { index: successor(state.journal.log.lastIndex, 'index'), term: state.term, data };
  const entry = kind === undefined ? plain : { ...plain, kind };
  state.journal.append([entry]);
  state.trace?.({ type: 'append', entries: traceEntries([entry]) });
  return entry;
}

function sendHeartbeats(state: RaftState, leading: Leadership): void {
  leading.readRoundDue = false;
  const { readSequence, pendingReads } = leading;
  for (const progress of leading.progress.values()) {
    // Never beyond what the follower is known to have: its log behind that may differ.
    const commit = lesser(progress.match, state.commit);
    const body = { type: 'heartbeat', ...head(state, progress.name), commit } as const;
    send(state, pendingReads.length === 0 ? body : { ...body, readSequence }, 'term-durable');
  }
}

function handOverIfReady(state: RaftState, leading: Leadership, progress: Progress): void {
  if (leading.transferTarget !== progress.name || progress.match !== state.journal.log.lastIndex) return;
  send(state, { type: 'timeout-now', ...head(state, progress.name) }, 'term-durable');
}

function sendAppends(state: RaftState, progress: Progress): void {
  const { lastIndex } = state.journal.log;
  let sentAny = false;
  while (progress.canSend() && (progress.next <= lastIndex || progress.state === 'probe')) {
    if (!sendAppend(state, progress, state.options.appendBytesMax)) return;
    sentAny = true;
  }
  if (progress.state !== 'replicate' || sentAny) return;
  // Nothing to append, or no room: a follower that lags may have lost an append, one that does not wants to know the commit.
  const commitIsNews = progress.commitSent < state.commit && progress.canSend();
  if (progress.probeDue || commitIsNews) sendAppend(state, progress, 0);
}

/** @returns false when a snapshot went, or had to, in place of the append */
function sendAppend(state: RaftState, progress: Progress, bytesMax: number): boolean {
  const { log } = state.journal;
  const previousIndex = progress.next - 1n;
  const previousTerm = log.termAt(previousIndex);
  if (previousTerm === undefined) {
    sendSnapshot(state, progress);
    return false;
  }
  const entries = bytesMax === 0 ? [] : log.sliceBytes(progress.next, bytesMax);
  const { commit } = state;
  const body = { type: 'append', ...head(state, progress.name), previousIndex, previousTerm, entries, commit } as const;
  send(state, body, 'term-durable');
  progress.sent(previousIndex + BigInt(entries.length), entries.length);
  progress.commitSent = greater(progress.commitSent, commit);
  return true;
}

function sendSnapshot(state: RaftState, progress: Progress): void {
  // It may be large: not for a follower that may be gone. Its next heartbeat reply brings us here again.
  if (!progress.recentlyActive) return;
  const { snapshot } = state.journal.log;
  assertInvariant(snapshot.index > 0n, 'what was compacted is in a snapshot');
  send(state, { type: 'snapshot', ...head(state, progress.name), snapshot }, 'term-durable');
  progress.sentSnapshot(snapshot.index);
}
