/**
 * Whether a message makes sense by itself. The caller's decoder has checked its types; this looks at what only Raft knows:
 * counters within 2^63-1, entries contiguous, terms that do not fall. A message that fails is ignored and counted, never
 * thrown on: a peer must not be able to stop this member with nonsense.
 */
import type { AppendMessage, Message } from './types.js';
import { isUint63 } from './uint63.js';

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
      return isUint63(message.commit);
    case 'snapshot': {
      const { index, term } = message.snapshot;
      return isUint63(index) && isUint63(term) && index > 0n && term > 0n && term <= message.term;
    }
    case 'pre-vote-reply':
    case 'vote-reply':
    case 'heartbeat-reply':
    case 'timeout-now':
      return true;
  }
}

function isAppendPlausible(message: AppendMessage): boolean {
  const { previousIndex, previousTerm, commit, entries } = message;
  if (!isUint63(previousIndex) || !isUint63(previousTerm) || !isUint63(commit)) return false;
  // Index 0 stands before the log and has no term; every entry has one.
  if ((previousIndex === 0n) !== (previousTerm === 0n)) return false;
  let lastIndex = previousIndex;
  let lastTerm = previousTerm;
  for (const { index, term } of entries) {
    if (!isUint63(index) || index !== lastIndex + 1n) return false;
    if (!isUint63(term) || term < lastTerm || term === 0n) return false;
    lastIndex = index;
    lastTerm = term;
  }
  return lastTerm <= message.term;
}
