// Bugs of Raft.

import { bug, RAFT, RECORDS } from './bug.mjs';

export const RAFT_BUGS = [
  bug(
    'a vote leaves before it is on disk',
    [{ file: `${RAFT}/voting.ts`, from: "granted: true }, 'after-persist');", to: "granted: true }, 'at-once');" }],
    { faults: ['power-loss', 'slow-disk', 'isolate'] },
  ),
  bug(
    'a vote is forgotten over a restart',
    [{ file: RECORDS, from: "vote: vote === '' ? undefined : vote", to: 'vote: undefined' }],
    { faults: ['power-loss', 'kill', 'isolate'] },
  ),
  bug('two votes in a term', [
    {
      file: `${RAFT}/voting.ts`,
      from: 'return state.vote === candidate || (state.vote === undefined && state.leader === undefined);',
      to: 'return true;',
    },
  ]),
  bug('a vote for a log that lacks entries', [
    {
      file: `${RAFT}/voting.ts`,
      from: 'return state.journal.log.isUpToDate(message.lastIndex, message.lastTerm);',
      to: 'return true;',
    },
  ]),
  bug('the term of an append is not looked at', [
    {
      file: `${RAFT}/step.ts`,
      from: 'message.term < state.term && !isRefusal',
      to: "message.term < state.term && message.type !== 'append' && !isRefusal",
    },
  ]),
  bug('half is taken for a majority', [
    {
      file: `${RAFT}/quorum.ts`,
      from: 'return Math.floor(members / 2) + 1;',
      to: 'return Math.max(1, Math.floor(members / 2));',
    },
  ]),
  bug('an entry of an older term commits by counting', [
    {
      file: `${RAFT}/replication.ts`,
      from: 'journal.log.termAt(index) !== state.term',
      to: 'journal.log.termAt(index) === undefined',
    },
  ]),
  bug('an entry is acknowledged before it is on disk', [
    {
      file: `${RAFT}/following.ts`,
      from: "index <= state.journal.durableIndex ? 'term-durable' : 'after-persist'",
      to: "'term-durable'",
    },
  ]),
  bug("a follower appends behind an entry that is not the leader's", [
    {
      file: `${RAFT}/following.ts`,
      from: 'if (log.termAt(previousIndex) !== previousTerm) {',
      to: 'if (log.termAt(previousIndex) === undefined) {',
    },
  ]),
];
