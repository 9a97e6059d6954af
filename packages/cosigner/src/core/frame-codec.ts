/**
 * Raft messages to and from their wire form. Sender and receiver are not on the wire: they are the two ends of the
 * stream, so a peer can only speak as itself.
 */

import type { Message } from 'raft-ts';
import { type RaftMessage, RaftMessage_Type as Type } from '../gen/cosigner/cosigner.js';
import { decodeEntries, decodeSnapshot, encodeEntry, encodeSnapshot } from './log-codec.js';

const EMPTY: RaftMessage = {
  type: Type.UNKNOWN,
  term: 0n,
  index: 0n,
  logTerm: 0n,
  commit: 0n,
  entries: [],
  flag: false,
  hintIndex: 0n,
  hintTerm: 0n,
  snapshot: undefined,
  readSequence: 0n,
  readContext: '',
};

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
  'read-index': Type.READ_INDEX,
  'read-index-reply': Type.READ_INDEX_REPLY,
} as const;

export function encodeRaftMessage(message: Message): RaftMessage {
  const wire: RaftMessage = { ...EMPTY, type: TYPE_OF[message.type], term: message.term };
  switch (message.type) {
    case 'pre-vote':
    case 'vote':
      return { ...wire, index: message.lastIndex, logTerm: message.lastTerm, flag: message.force };
    case 'pre-vote-reply':
    case 'vote-reply':
      return { ...wire, flag: message.granted, commit: message.commit ?? 0n, logTerm: message.commitTerm ?? 0n };
    case 'append':
      return {
        ...wire,
        index: message.previousIndex,
        logTerm: message.previousTerm,
        entries: message.entries.map(encodeEntry),
        commit: message.commit,
      };
    case 'append-reply':
      return {
        ...wire,
        index: message.index,
        flag: message.accepted,
        hintIndex: message.hintIndex,
        hintTerm: message.hintTerm,
      };
    case 'heartbeat':
      return { ...wire, commit: message.commit, readSequence: message.readSequence ?? 0n };
    case 'heartbeat-reply':
      return { ...wire, readSequence: message.readSequence ?? 0n };
    case 'snapshot':
      return { ...wire, snapshot: encodeSnapshot(message.snapshot) };
    case 'read-index':
      return { ...wire, readContext: message.context };
    case 'read-index-reply':
      return { ...wire, readContext: message.context, index: message.index };
    case 'timeout-now':
      return wire;
  }
}

/** @returns undefined for a type, or a kind of entry, that this version does not know (a newer peer): the message is dropped */
export function decodeRaftMessage(wire: RaftMessage, from: string, to: string): Message | undefined {
  const addressed = { from, to, term: wire.term };
  switch (wire.type) {
    case Type.PRE_VOTE:
    case Type.VOTE:
      return {
        ...addressed,
        type: wire.type === Type.VOTE ? 'vote' : 'pre-vote',
        lastIndex: wire.index,
        lastTerm: wire.logTerm,
        force: wire.flag,
      };
    case Type.PRE_VOTE_REPLY:
    case Type.VOTE_REPLY:
      return {
        ...addressed,
        type: wire.type === Type.VOTE_REPLY ? 'vote-reply' : 'pre-vote-reply',
        granted: wire.flag,
        ...(wire.commit === 0n ? {} : { commit: wire.commit, commitTerm: wire.logTerm }),
      };
    case Type.APPEND: {
      const entries = decodeEntries(wire.entries);
      if (entries === undefined) return undefined;
      const { index: previousIndex, logTerm: previousTerm, commit } = wire;
      return { ...addressed, type: 'append', previousIndex, previousTerm, entries, commit };
    }
    case Type.APPEND_REPLY:
      return {
        ...addressed,
        type: 'append-reply',
        index: wire.index,
        accepted: wire.flag,
        hintIndex: wire.hintIndex,
        hintTerm: wire.hintTerm,
      };
    case Type.HEARTBEAT:
      return { ...addressed, type: 'heartbeat', commit: wire.commit, ...readSequenceOf(wire) };
    case Type.HEARTBEAT_REPLY:
      return { ...addressed, type: 'heartbeat-reply', ...readSequenceOf(wire) };
    case Type.SNAPSHOT:
      if (wire.snapshot === undefined) return undefined;
      return { ...addressed, type: 'snapshot', snapshot: decodeSnapshot(wire.snapshot) };
    case Type.READ_INDEX:
      return { ...addressed, type: 'read-index', context: wire.readContext };
    case Type.READ_INDEX_REPLY:
      return { ...addressed, type: 'read-index-reply', context: wire.readContext, index: wire.index };
    case Type.TIMEOUT_NOW:
      return { ...addressed, type: 'timeout-now' };
    default:
      return undefined;
  }
}

function readSequenceOf({ readSequence }: RaftMessage): { readonly readSequence?: bigint } {
  return readSequence === 0n ? {} : { readSequence };
}
