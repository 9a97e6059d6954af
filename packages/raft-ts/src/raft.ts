/**
 * Puts the parts together: restores a member, and answers its caller.
 */

import { askAgain, countOwnVote, startCampaign } from './campaign.js';
import type { ConfigChange } from './confchange.js';
import type { Configuration } from './configuration.js';
import { RaftError } from './errors.js';
import { startOver } from './following.js';
import type { Message } from './message.js';
import { isReadContext, READ_CONTEXT_LENGTH_MAX } from './message-check.js';
import type { Raft } from './raft-interface.js';
import { readIndex } from './read-index.js';
import { ReadyBuilder } from './ready-builder.js';
import { applyConfigChange, leaveJointIfDue, proposeConfigChange } from './reconfiguration.js';
import { propose, takeQuorumActive, tickLeader, transferLeadership, updateCommit } from './replication.js';
import { restoreState } from './restored.js';
import { becomeFollower, mayCampaign } from './roles.js';
import type { RaftState } from './state.js';
import { statusOf } from './status.js';
import { step } from './step.js';
import { SendTracer } from './trace.js';
import type {
  Entry,
  HardState,
  ProposeResult,
  RaftOptions,
  RaftStatus,
  Ready,
  RestoredState,
  Snapshot,
} from './types.js';
import { isUint63 } from './uint63.js';
import { forgetLeader } from './voting.js';

/**
 * Creates a member in the state that it had on disk. It starts as a follower and waits a whole election timeout before it campaigns.
 *
 * @param options - see {@link RaftOptions}
 * @param restored - what the Readys up to the last `persisted` wrote; a fresh member passes term 0 and no entries
 * @throws RaftError `OPTIONS_INVALID`, `RESTORED_INVALID`
 */
export function createRaft(options: RaftOptions, restored: RestoredState): Raft {
  return new RaftMember(restoreState(options, restored), restored.hardState);
}

class RaftMember implements Raft {
  readonly #state: RaftState;
  readonly #readys: ReadyBuilder;
  readonly #sends: SendTracer | undefined;
  #acknowledged = 0n;

  constructor(state: RaftState, hardState: HardState) {
    this.#state = state;
    this.#readys = new ReadyBuilder(state, hardState);
    this.#sends = state.trace === undefined ? undefined : new SendTracer(state.trace);
  }

  tick(campaigns = true): void {
    const state = this.#state;
    state.reach.tick(state.term, state.journal.log.lastIndex);
    state.electionElapsed += 1;
    if (state.leading === undefined) {
      if (campaigns && state.electionElapsed >= state.electionTimeout && mayCampaign(state)) startCampaign(state);
      return;
    }
    if (state.electionElapsed >= state.options.electionTicks) {
      state.electionElapsed = 0;
      if (!takeQuorumActive(state, state.leading)) {
        becomeFollower(state, state.term, undefined);
        return;
      }
    }
    tickLeader(state, state.leading);
    leaveJointIfDue(state, state.leading);
  }

  step(message: Message): void {
    step(this.#state, message);
  }

  propose(data: Uint8Array): ProposeResult {
    return propose(this.#state, data);
  }

  proposeConfigChange(change: ConfigChange): ProposeResult {
    return proposeConfigChange(this.#state, change);
  }

  applyConfigChange(entry: Entry): Configuration {
    return applyConfigChange(this.#state, entry);
  }

  readIndex(context: string): boolean {
    if (!isReadContext(context)) {
      const expected = `a string of at most ${READ_CONTEXT_LENGTH_MAX} characters`;
      throw new RaftError({
        code: 'ARGUMENT_INVALID',
        argument: 'context',
        expected,
        found: `${context}`.slice(0, 80),
      });
    }
    return readIndex(this.#state, context);
  }

  campaign(): void {
    const state = this.#state;
    if (state.role === 'follower') {
      if (mayCampaign(state)) startCampaign(state);
    } else if (state.role === 'pre-candidate') {
      for (const peer of state.membership.voterPeers) askAgain(state, peer);
    }
  }

  leaderLost(name: string): void {
    if (this.#state.leader === name && this.#state.role === 'follower') forgetLeader(this.#state);
  }

  peerReachable(name: string): void {
    const state = this.#state;
    askAgain(state, name);
    const progress = state.leading?.progress.get(name);
    if (state.leading === undefined || progress === undefined) return;
    progress.restart();
    state.leading.replicationDue = true;
  }

  peerUnreachable(name: string): void {
    const progress = this.#state.leading?.progress.get(name);
    if (progress === undefined) return;
    progress.restart();
    // Nothing more is sent on suspicion: a heartbeat reply or `peerReachable` opens the way again.
    progress.probeSent = true;
  }

  peerReplaced(name: string): void {
    this.#state.leading?.progress.get(name)?.replaced();
  }

  snapshotFailed(name: string): void {
    const progress = this.#state.leading?.progress.get(name);
    if (progress?.state === 'snapshot') progress.snapshotFailed();
  }

  startOver(): void {
    startOver(this.#state);
  }

  transferLeadership(to: string): boolean {
    return transferLeadership(this.#state, to);
  }

  hasReady(): boolean {
    return this.#readys.hasReady();
  }

  ready(): Ready {
    const ready = this.#readys.take();
    this.#sends?.taken(ready);
    return ready;
  }

  persisted(ticket: bigint): void {
    checkCounter('ticket', ticket);
    const { ticket: newest } = this.#readys;
    if (ticket > newest) throw new RaftError({ code: 'TICKET_UNKNOWN', ticket, newest });
    if (ticket <= this.#acknowledged) return;
    this.#acknowledged = ticket;
    const state = this.#state;
    state.journal.persisted(ticket);
    const { durableTerm, durableVote, durableIndex } = state.journal;
    state.trace?.({ type: 'persisted', term: durableTerm, vote: durableVote, index: durableIndex });
    countOwnVote(state);
    updateCommit(state);
    this.#sends?.persisted(ticket);
  }

  compact(index: bigint, data: Uint8Array): Snapshot {
    checkCounter('index', index);
    const { applied, journal, configurations } = this.#state;
    const { log } = journal;
    // Entries up to the one before a config entry that is not in effect are applied as far as this core knows.
    const nextConfig = log.configIndexAfter(configurations.index);
    const limit = nextConfig !== undefined && nextConfig <= applied ? nextConfig - 1n : applied;
    if (index > limit) throw new RaftError({ code: 'COMPACT_UNAPPLIED', index, applied: limit });
    if (index < log.firstIndex) return log.snapshot;
    journal.compact(index, data, configurations.at(index));
    configurations.compact(index);
    this.#state.trace?.({ type: 'compact', index, term: log.snapshot.term });
    return log.snapshot;
  }

  entryAt(index: bigint): Entry | undefined {
    return this.#state.journal.log.entryAt(index);
  }

  termAt(index: bigint): bigint | undefined {
    return this.#state.journal.log.termAt(index);
  }

  get term(): bigint {
    return this.#state.term;
  }

  get leader(): string | undefined {
    return this.#state.leader;
  }

  get firstIndex(): bigint {
    return this.#state.journal.log.firstIndex;
  }

  get lastIndex(): bigint {
    return this.#state.journal.log.lastIndex;
  }

  get durableIndex(): bigint {
    return this.#state.journal.durableIndex;
  }

  get durableTerm(): bigint {
    return this.#state.journal.durableTerm;
  }

  status(): RaftStatus {
    return statusOf(this.#state);
  }
}

/** Callers in JavaScript may hand in numbers, which compare with bigints and then fail to add to them. */
function checkCounter(argument: string, value: unknown): void {
  if (isUint63(value)) return;
  throw new RaftError({ code: 'ARGUMENT_INVALID', argument, expected: 'a bigint from 0 to 2^63-1', found: `${value}` });
}
