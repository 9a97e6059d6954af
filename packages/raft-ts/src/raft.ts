/**
 * Puts the parts together: restores a member, and turns what the rules left in its state into a {@link Ready}.
 */
import { askAgain, becomeFollower, countOwnVote, forgetLeader, startPreVote } from './election.js';
import { RaftError } from './errors.js';
import { Journal } from './journal.js';
import { RaftLog } from './log.js';
import { type CheckedOptions, checkOptions } from './options.js';
import { Outbox } from './outbox.js';
import { propose, sendDue, takeQuorumActive, tickLeader, transferLeadership, updateCommit } from './replication.js';
import { checkRestored } from './restored.js';
import type { RaftState } from './state.js';
import { step } from './step.js';
import type {
  Entry,
  HardState,
  Message,
  ProposeResult,
  Raft,
  RaftOptions,
  RaftStatus,
  Ready,
  RestoredState,
  SoftState,
} from './types.js';
import { greater, lesser } from './uint63.js';

/**
 * Creates a member in the state that it had on disk. It starts as a follower and waits a whole election timeout before it campaigns.
 *
 * @param options - see {@link RaftOptions}
 * @param restored - what the Readys up to the last `persisted` wrote; a fresh member passes term 0 and no entries
 * @throws RaftError `OPTIONS_INVALID`, `RESTORED_INVALID`
 */
export function createRaft(options: RaftOptions, restored: RestoredState): Raft {
  return new RaftMember(checkOptions(options), restored);
}

const NO_ENTRIES: readonly Entry[] = [];

class RaftMember implements Raft {
  readonly #state: RaftState;
  #ticket = 0n;
  #acknowledged = 0n;
  /** The hard state and soft state that the caller was told last. */
  #hardTold: HardState;
  #softTold: SoftState;

  constructor(options: CheckedOptions, restored: RestoredState) {
    checkRestored(restored, options);
    const { hardState, snapshot, entries } = restored;
    const log = new RaftLog(snapshot, entries);
    this.#state = {
      options,
      journal: new Journal(log, hardState),
      outbox: new Outbox(),
      term: hardState.term,
      vote: hardState.vote,
      role: 'follower',
      leader: undefined,
      commit: greater(hardState.commit, log.snapshot.index),
      applied: log.snapshot.index,
      electionElapsed: 0,
      electionTimeout: 0,
      tally: undefined,
      leading: undefined,
      deferred: new Map(),
      ignored: 0,
    };
    this.#hardTold = hardState;
    this.#softTold = { role: 'follower', term: hardState.term, leader: undefined };
    becomeFollower(this.#state, hardState.term, undefined);
  }

  tick(): void {
    const state = this.#state;
    state.electionElapsed += 1;
    if (state.leading === undefined) {
      if (state.electionElapsed >= state.electionTimeout) startPreVote(state);
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
  }

  step(message: Message): void {
    step(this.#state, message);
  }

  propose(data: Uint8Array): ProposeResult {
    return propose(this.#state, data);
  }

  campaign(): void {
    const state = this.#state;
    if (state.role === 'follower') {
      startPreVote(state);
    } else if (state.role === 'pre-candidate') {
      for (const peer of state.options.peers) askAgain(state, peer);
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

  transferLeadership(to: string): boolean {
    return transferLeadership(this.#state, to);
  }

  hasReady(): boolean {
    const { outbox, journal, leading } = this.#state;
    return (
      !outbox.isEmpty ||
      journal.hasWork() ||
      leading?.replicationDue === true ||
      this.#committable() > this.#state.applied ||
      this.#hardStateMoved() ||
      this.#softStateMoved()
    );
  }

  ready(): Ready {
    const state = this.#state;
    sendDue(state);
    const work = state.journal.take();
    const { messages, messagesAfterPersist } = state.outbox.take(state.journal.durableTerm);
    const writes = work.entries.length > 0 || work.truncateFrom !== undefined || work.snapshot !== undefined;
    const hardState = this.#takeHardState(writes);
    if (work.snapshot !== undefined) state.applied = work.snapshot.index;
    const mustPersist = writes || hardState !== undefined || messagesAfterPersist.length > 0;
    this.#ticket += 1n;
    if (mustPersist) state.journal.await(this.#ticket, state);
    return {
      ticket: this.#ticket,
      mustPersist,
      hardState,
      truncateFrom: work.truncateFrom,
      entries: work.entries,
      snapshot: work.snapshot,
      messages,
      messagesAfterPersist,
      committed: this.#takeCommitted(),
      softState: this.#takeSoftState(),
    };
  }

  persisted(ticket: bigint): void {
    if (ticket > this.#ticket) throw new RaftError({ code: 'TICKET_UNKNOWN', ticket, newest: this.#ticket });
    if (ticket <= this.#acknowledged) return;
    this.#acknowledged = ticket;
    this.#state.journal.persisted(ticket);
    countOwnVote(this.#state);
    updateCommit(this.#state);
  }

  compact(index: bigint, data: Uint8Array): void {
    const { applied, journal } = this.#state;
    if (index > applied) throw new RaftError({ code: 'COMPACT_UNAPPLIED', index, applied });
    if (index >= journal.log.firstIndex) journal.compact(index, data);
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

  status(): RaftStatus {
    const { options, role, term, leader, vote, commit, applied, journal, leading, ignored } = this.#state;
    const { firstIndex, lastIndex } = journal.log;
    return {
      name: options.name,
      role,
      term,
      leader,
      vote,
      commit,
      applied,
      durable: journal.durableIndex,
      firstIndex,
      lastIndex,
      transferTarget: leading?.transferTarget,
      progress: leading === undefined ? [] : Array.from(leading.progress.values(), (peer) => peer.toStatus()),
      ignored,
    };
  }

  /** What may be handed out: committed, and on this disk too, so that applied state never runs ahead of the own log. */
  #committable(): bigint {
    return lesser(this.#state.commit, this.#state.journal.durableIndex);
  }

  #takeCommitted(): readonly Entry[] {
    const { applied, journal } = this.#state;
    const last = this.#committable();
    if (last <= applied) return NO_ENTRIES;
    this.#state.applied = last;
    return journal.log.slice(applied + 1n, last);
  }

  #hardStateMoved(): boolean {
    return this.#state.term !== this.#hardTold.term || this.#state.vote !== this.#hardTold.vote;
  }

  /** A commit index that moved alone is not worth a write: it rides along with the next one. */
  #takeHardState(writes: boolean): HardState | undefined {
    const { term, vote, commit } = this.#state;
    if (!this.#hardStateMoved() && !(writes && commit !== this.#hardTold.commit)) return undefined;
    this.#hardTold = { term, vote, commit };
    return this.#hardTold;
  }

  #softStateMoved(): boolean {
    const { role, term, leader } = this.#state;
    return role !== this.#softTold.role || term !== this.#softTold.term || leader !== this.#softTold.leader;
  }

  #takeSoftState(): SoftState | undefined {
    if (!this.#softStateMoved()) return undefined;
    const { role, term, leader } = this.#state;
    this.#softTold = { role, term, leader };
    return this.#softTold;
  }
}
