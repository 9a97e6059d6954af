/**
 * Whether a message makes sense by itself. The caller's decoder has checked its types; this looks at what only Raft knows:
 * counters within 2^63-1, entries contiguous, terms that do not fall. A message that fails is ignored and counted, never
 * thrown on: a peer must not be able to stop this member with nonsense.
 */
import { decodeConfigChange } from './config-codec.js';
import { configurationProblem } from './configuration.js';
import type { AppendMessage, Message } from './message.js';
import type { Snapshot } from './types.js';
import { isUint63 } from './uint63.js';

/** Longest context of a read, characters. */
export const READ_CONTEXT_LENGTH_MAX = 1024;

/** Whether the message's fields are consistent. */
export function isPlausible(message: Message): boolean {
  if (!isUint63(message.term)) return false;
  switch (message.type) {
    case 'pre-vote':
    case 'vote':
      return isUint63(message.lastIndex) && isUint63(message.lastTerm) && message.lastTerm < message.term;
    case 'append':
      return isAppendPlausible(message);
    case 'append-reply':
      return isUint63(message.index) && isUint63(message.hintIndex) && isUint63(message.hintTerm);
    case 'heartbeat':
      return isUint63(message.commit) && isReadSequence(message.readSequence);
    case 'heartbeat-reply':
      return isReadSequence(message.readSequence);
    case 'snapshot':
      return message.snapshot.term <= message.term && isSnapshotPlausible(message.snapshot);
    case 'read-index':
      return isReadContext(message.context);
    case 'read-index-reply':
      return isReadContext(message.context) && isUint63(message.index);
    case 'pre-vote-reply':
    case 'vote-reply':
      return isUint63(message.commit ?? 0n) && isUint63(message.commitTerm ?? 0n);
    case 'timeout-now':
      return true;
  }
}

/** Whether a read's context is within its length. */
export function isReadContext(context: unknown): context is string {
  return typeof context === 'string' && context.length <= READ_CONTEXT_LENGTH_MAX;
}

function isReadSequence(sequence: bigint | undefined): boolean {
  return sequence === undefined || isUint63(sequence);
}

function isSnapshotPlausible({ index, term, configuration }: Snapshot): boolean {
  if (!isUint63(index) || !isUint63(term) || index === 0n || term === 0n) return false;
  return configuration === undefined || configurationProblem(configuration) === undefined;
}

function isAppendPlausible(message: AppendMessage): boolean {
  const { previousIndex, previousTerm, commit, entries } = message;
  if (!isUint63(previousIndex) || !isUint63(previousTerm) || !isUint63(commit)) return false;
  // Index 0 stands before the log and has no term; every entry has one.
  if ((previousIndex === 0n) !== (previousTerm === 0n)) return false;
  let lastIndex = previousIndex;
  let lastTerm = previousTerm;
  for (const { index, term, kind, data } of entries) {
    if (!isUint63(index) || index !== lastIndex + 1n) return false;
    if (!isUint63(term) || term < lastTerm || term === 0n) return false;
    // Every member computes the configuration from the log: one that cannot read an entry must not take it.
    if (kind === 'config' && decodeConfigChange(data) === undefined) return false;
    if (kind !== undefined && kind !== 'config' && kind !== 'normal') return false;
    lastIndex = index;
    lastTerm = term;
  }
  return lastTerm <= message.term;
}
