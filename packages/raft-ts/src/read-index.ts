/**
 * Reads that bypass the log (dissertation §6.4): the leader notes its commit index, has a quorum confirm that it still leads, and hands
 * the index out; whoever has applied up to there may read. No clock is trusted: there are no leases.
 *
 * Every read gets a number; heartbeats carry the newest, and one round of answers confirms all up to it.
 *
 * Invariant: a read's index is noted only when an entry of the leader's own term is committed. Before that the leader may not know what
 * its predecessors committed.
 */
import type { HeartbeatReply, ReadIndexMessage, ReadIndexReply } from './message.js';
import { jointQuorumIndex } from './quorum.js';
import { head, type Leadership, type RaftState, send } from './state.js';
import { successor } from './uint63.js';

/** Reads that may wait at one leader; more are refused. */
export const READS_PENDING_MAX = 65_536;

/** One read that waits for its quorum. */
export interface PendingRead {
  /** Who asked: this member or a follower. */
  readonly from: string;
  readonly context: string;
  /** The commit index when it was asked. */
  readonly index: bigint;
  readonly sequence: bigint;
}

/** Asks for a read index, as leader of itself, as follower of the leader. @returns false when nobody can be asked */
export function readIndex(state: RaftState, context: string): boolean {
  const { leading, leader, options } = state;
  if (leading !== undefined) {
    if (!hasRoom(leading)) return false;
    state.trace?.({ type: 'read-index', context });
    take(state, leading, options.name, context);
    return true;
  }
  if (leader === undefined) return false;
  state.trace?.({ type: 'read-index', context });
  send(state, { type: 'read-index', ...head(state, leader), context }, 'term-durable');
  return true;
}

/** A follower asks. */
export function handleReadIndex(state: RaftState, message: ReadIndexMessage): void {
  const { leading } = state;
  // It led when it was asked: the follower hears of the new leader, and its caller asks again.
  if (leading === undefined) return;
  if (!hasRoom(leading)) {
    state.ignored += 1;
    return;
  }
  take(state, leading, message.from, message.context);
}

/** The leader has answered. */
export function handleReadIndexReply(state: RaftState, { from, context, index }: ReadIndexReply): void {
  if (from === state.leader) answer(state, state.options.name, context, index);
}

/** A follower has confirmed the reads up to a number. */
export function confirmReads(state: RaftState, leading: Leadership, message: HeartbeatReply): void {
  const progress = leading.progress.get(message.from);
  if (progress === undefined || message.readSequence === undefined) return;
  if (message.readSequence <= progress.readConfirmed || message.readSequence > leading.readSequence) return;
  progress.readConfirmed = message.readSequence;
  answerConfirmed(state, leading);
}

/** An entry of the own term is committed now: what was held begins. */
export function startHeldReads(state: RaftState, leading: Leadership): void {
  if (leading.heldReads.length === 0) return;
  const held = leading.heldReads;
  leading.heldReads = [];
  for (const { from, context } of held) begin(state, leading, from, context);
}

/** Answers what a quorum of the configuration in effect has confirmed. */
export function answerConfirmed(state: RaftState, leading: Leadership): void {
  if (leading.pendingReads.length === 0) return;
  const confirmed = jointQuorumIndex(state.membership.configuration, (name) =>
    name === state.options.name ? leading.readSequence : (leading.progress.get(name)?.readConfirmed ?? 0n),
  );
  const waiting = leading.pendingReads.findIndex(({ sequence }) => sequence > confirmed);
  const ready = leading.pendingReads.splice(0, waiting < 0 ? leading.pendingReads.length : waiting);
  for (const { from, context, index } of ready) answer(state, from, context, index);
}

function take(state: RaftState, leading: Leadership, from: string, context: string): void {
  if (state.journal.log.termAt(state.commit) === state.term) begin(state, leading, from, context);
  else leading.heldReads.push({ from, context });
}

function begin(state: RaftState, leading: Leadership, from: string, context: string): void {
  const sequence = successor(leading.readSequence, 'index');
  leading.readSequence = sequence;
  leading.pendingReads.push({ from, context, index: state.commit, sequence });
  leading.readRoundDue = true;
  // Alone, this member is a quorum.
  answerConfirmed(state, leading);
}

function answer(state: RaftState, to: string, context: string, index: bigint): void {
  if (to !== state.options.name) {
    send(state, { type: 'read-index-reply', ...head(state, to), context, index }, 'term-durable');
    return;
  }
  state.readStates.push({ context, index });
  state.trace?.({ type: 'read-state', context, index });
}

function hasRoom({ pendingReads, heldReads }: Leadership): boolean {
  return pendingReads.length + heldReads.length < READS_PENDING_MAX;
}
