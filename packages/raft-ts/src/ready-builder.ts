/**
 * Turns what the rules left in a member's state into a {@link Ready}, and remembers what the caller was told already.
 */
import { assertInvariant } from './errors.js';
import { sendDue } from './replication.js';
import type { RaftState } from './state.js';
import type { Entry, HardState, ReadState, Ready, SoftState } from './types.js';
import { lesser } from './uint63.js';

const NO_ENTRIES: readonly Entry[] = [];
const NO_READS: readonly ReadState[] = [];

/** The Readys of one member. */
export class ReadyBuilder {
  readonly #state: RaftState;
  #ticket = 0n;
  /** The hard state and soft state that the caller was told last. */
  #hardTold: HardState;
  #softTold: SoftState;

  constructor(state: RaftState, hardState: HardState) {
    this.#state = state;
    this.#hardTold = hardState;
    this.#softTold = { role: 'follower', term: hardState.term, leader: undefined };
  }

  /** The newest ticket handed out. */
  get ticket(): bigint {
    return this.#ticket;
  }

  hasReady(): boolean {
    const { outbox, journal, leading, applied, readStates } = this.#state;
    return (
      !outbox.isEmpty ||
      journal.hasWork() ||
      leading?.replicationDue === true ||
      leading?.readRoundDue === true ||
      readStates.length > 0 ||
      this.#committable() > applied ||
      this.#hardStateMoved() ||
      this.#softStateMoved()
    );
  }

  take(): Ready {
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
      readStates: this.#takeReadStates(),
      softState: this.#takeSoftState(),
    };
  }

  /** What may be handed out: committed, and on this disk too, so that applied state never runs ahead of the own log. */
  #committable(): bigint {
    return lesser(this.#state.commit, this.#state.journal.durableIndex);
  }

  #takeCommitted(): readonly Entry[] {
    const { applied, journal, options } = this.#state;
    const last = this.#committable();
    if (last <= applied) return NO_ENTRIES;
    const entries = journal.log.sliceBytes(applied + 1n, options.committedBytesMax, last);
    this.#state.applied = entries.at(-1)?.index ?? applied;
    assertInvariant(this.#state.applied <= journal.durableIndex, 'what is handed out as committed is on this disk');
    return entries;
  }

  #takeReadStates(): readonly ReadState[] {
    const { readStates } = this.#state;
    if (readStates.length === 0) return NO_READS;
    this.#state.readStates = [];
    return readStates;
  }

  #hardStateMoved(): boolean {
    return this.#state.term !== this.#hardTold.term || this.#state.vote !== this.#hardTold.vote;
  }

  /**
   * A commit index that moved alone is not worth a write: it rides along with the next one. It must ride there: a config entry on disk
   * says that the one before is committed (docs/adr/0008).
   */
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
