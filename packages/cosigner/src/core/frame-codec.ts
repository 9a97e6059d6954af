/**
 * Raft messages to and from their wire form. Sender and receiver are not on the wire: they are the two ends of the
 * stream, so a peer can only speak as itself.
 */

import type { Entry, Message } from 'raft-ts';
import { type LogEntry, type RaftMessage, RaftMessage_Type as Type } from '../gen/cosigner/cosigner.js';
import { decodeEntry, decodeSnapshot, encodeEntry, encodeSnapshot } from './log-codec.js';

/** Intents and results have a few hundred bytes. What is larger would not fit the next leader's frame to the others. */
export const ENTRY_BYTES_MAX = 2048;

const TYPE_OF = {
  'pre-vote': Type.PRE_VOTE,
  vote: Type.VOTE,
  'pre-vote-reply': Type.PRE_VOTE_REPLY,
  'vote-reply': Type.VOTE_REPLY,
  append: Type.APPEND,
  'append-reply': Type.APPEND_REPLY,
  heartbeat: Type.HEARTBEAT,
  'heartbeat-reply': Type.HEARTBEAT_REPLY,
  snapshot: Type.SNAPSHOT,
  'timeout-now': Type.TIMEOUT_NOW,
} as const;

/** @throws Error for a linearizable read, which no cosigner asks for */
export function encodeRaftMessage(message: Message): RaftMessage {
  if (message.type === 'read-index' || message.type === 'read-index-reply')
    throw new Error('impossible: a read that nobody asks for');
  const wire: RaftMessage = {
    type: TYPE_OF[message.type],
    term: message.term,
    index: 0n,
    logTerm: 0n,
    commit: 0n,
    entries: [],
    flag: false,
    hintIndex: 0n,
    hintTerm: 0n,
    snapshot: undefined,
  };
  switch (message.type) {
    case 'pre-vote':
    case 'vote':
      wire.index = message.lastIndex;
      wire.logTerm = message.lastTerm;
      wire.flag = message.force;
      break;
    case 'pre-vote-reply':
    case 'vote-reply':
      wire.flag = message.granted;
      break;
    case 'append':
      wire.index = message.previousIndex;
      wire.logTerm = message.previousTerm;
      wire.entries = message.entries.map(encodeEntry);
      wire.commit = message.commit;
      break;
    case 'append-reply':
      wire.index = message.index;
      wire.flag = message.accepted;
      wire.hintIndex = message.hintIndex;
      wire.hintTerm = message.hintTerm;
      break;
    case 'heartbeat':
      wire.commit = message.commit;
      break;
    case 'snapshot':
      wire.snapshot = encodeSnapshot(message.snapshot);
      break;
    case 'heartbeat-reply':
    case 'timeout-now':
      break;
  }
  return wire;
}

/**
 * @returns undefined for a type that this version does not know (a newer peer): the message is dropped
 * @throws Error for an entry that is not to be believed, see `log-codec.ts`
 */
export function decodeRaftMessage(wire: RaftMessage, from: string, to: string): Message | undefined {
  const { term } = wire;
  switch (wire.type) {
    case Type.PRE_VOTE:
    case Type.VOTE:
      return {
        from,
        to,
        term,
        type: wire.type === Type.VOTE ? 'vote' : 'pre-vote',
        lastIndex: wire.index,
        lastTerm: wire.logTerm,
        force: wire.flag,
      };
    case Type.PRE_VOTE_REPLY:
    case Type.VOTE_REPLY:
      return {
        from,
        to,
        term,
        type: wire.type === Type.VOTE_REPLY ? 'vote-reply' : 'pre-vote-reply',
        granted: wire.flag,
      };
    case Type.APPEND: {
      const entries = wire.entries.map(entryOf);
      const { index: previousIndex, logTerm: previousTerm, commit } = wire;
      return { from, to, term, type: 'append', previousIndex, previousTerm, entries, commit };
    }
    case Type.APPEND_REPLY:
      return {
        from,
        to,
        term,
        type: 'append-reply',
        index: wire.index,
        accepted: wire.flag,
        hintIndex: wire.hintIndex,
        hintTerm: wire.hintTerm,
      };
    case Type.HEARTBEAT:
      return { from, to, term, type: 'heartbeat', commit: wire.commit };
    case Type.HEARTBEAT_REPLY:
      return { from, to, term, type: 'heartbeat-reply' };
    case Type.SNAPSHOT:
      if (wire.snapshot === undefined) return undefined;
      return { from, to, term, type: 'snapshot', snapshot: decodeSnapshot(wire.snapshot) };
    case Type.TIMEOUT_NOW:
      return { from, to, term, type: 'timeout-now' };
    default:
      return undefined;
  }
}

function entryOf(wire: LogEntry): Entry {
  if (wire.data.length > ENTRY_BYTES_MAX)
    throw new Error(`expected an entry of at most ${ENTRY_BYTES_MAX} bytes, found ${wire.data.length}`);
  const entry = decodeEntry(wire);
  if (entry === undefined)
    throw new Error(`expected an entry of kind 0, found kind ${wire.kind}: members change with the key's epoch only`);
  return entry;
}
