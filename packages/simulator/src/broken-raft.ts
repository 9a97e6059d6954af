/**
 * Raft, deliberately broken: candidates that nobody voted for, entries committed without a quorum, logs and votes lost over a restart.
 *
 * With it there are two leaders in a term, and logs that differ where they must not. Signing must stay safe all the same.
 */

import type { RaftFactory } from '@quorumsign/cosigner/core';
import { createRaft, type Message, type Raft, type RaftOptions, type RestoredState } from 'raft-ts';
import type { Random } from './random.js';

/** How often a reply is taken for consent, a restart forgets, and a tick makes a leader of whoever it comes to. */
const CREDULOUS = 0.3;
const FORGETFUL = 0.5;
const USURPING = 0.01;

export function brokenRaft(random: Random): RaftFactory {
  return (options, restored) => {
    const raft = createRaft(options, random.chance(FORGETFUL) ? forgetful(restored, random) : restored);
    const step = raft.step.bind(raft);
    const tick = raft.tick.bind(raft);
    raft.step = (message) => step(random.chance(CREDULOUS) ? credulous(message, raft) : message);
    raft.tick = (campaigns) => {
      if (campaigns !== false && random.chance(USURPING)) usurp(raft, options, step);
      else tick(campaigns);
    };
    return raft;
  };
}

/** Campaigns as if told to by a leader, and counts votes that nobody gave. */
function usurp(raft: Raft, { name, members }: RaftOptions, step: (message: Message) => void): void {
  const peers = members.filter((member) => member !== name);
  const [first] = peers;
  if (first === undefined) return;
  step({ type: 'timeout-now', from: first, to: name, term: raft.term });
  for (const from of peers) step({ type: 'vote-reply', from, to: name, term: raft.term, granted: true });
}

/** Loses the end of the log and the vote. */
function forgetful({ hardState, entries, snapshot }: RestoredState, random: Random): RestoredState {
  const kept = entries.slice(0, random.below(entries.length + 1));
  const last = kept.at(-1)?.index ?? snapshot?.index ?? 0n;
  const commit = hardState.commit < last ? hardState.commit : last;
  return { hardState: { ...hardState, vote: undefined, commit }, entries: kept, snapshot };
}

/** Takes every reply for consent. */
function credulous(message: Message, raft: Raft): Message {
  if (message.type === 'vote-reply' || message.type === 'pre-vote-reply') return { ...message, granted: true };
  if (message.type === 'append-reply') return { ...message, accepted: true, index: raft.lastIndex };
  return message;
}
