/**
 * Messages that wait for the next Ready, and the one rule of when they may leave.
 *
 * - `at-once`: pre-votes and their grants. They speak of a term that nobody is in yet and promise nothing.
 * - `term-durable`: the sender's term must be on disk, or it could come back in an older term and speak twice. If it is,
 *   they leave at once, in parallel with the sender's own writes: a leader's appends and heartbeats, refusals, heartbeat replies.
 * - `after-persist`: promises about this member's disk: votes asked for and given, and acknowledgements of
 *   appends that are not on it yet.
 */
import { RaftError } from './errors.js';
import type { Message } from './message.js';

/** Messages that may wait for one Ready. */
export const MESSAGES_WAITING_MAX = 65_536;

/** When a message may leave. */
export type Departure = 'at-once' | 'term-durable' | 'after-persist';

/** What a Ready carries. */
export interface Departures {
  readonly messages: readonly Message[];
  readonly messagesAfterPersist: readonly Message[];
}

const NOTHING: readonly Message[] = [];

/** The messages of one Ready, in order. */
export class Outbox {
  #waiting: { readonly message: Message; readonly departure: Departure }[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** @throws RaftError `READY_BACKLOG` when no Ready is taken */
  send(message: Message, departure: Departure): void {
    if (this.#waiting.length >= MESSAGES_WAITING_MAX) {
      throw new RaftError({ code: 'READY_BACKLOG', what: 'messages', limit: MESSAGES_WAITING_MAX });
    }
    this.#waiting.push({ message, departure });
  }

  /** Entries from `index` on are being overwritten: their acknowledgements, if not gone yet, must not claim them any more. */
  dropAcknowledgements(index: bigint): void {
    this.#waiting = this.#waiting.filter(
      ({ message }) => !(message.type === 'append-reply' && message.accepted && message.index >= index),
    );
  }

  /** Takes everything, sorted by whether `durableTerm` lets it leave at once. */
  take(durableTerm: bigint): Departures {
    if (this.#waiting.length === 0) return { messages: NOTHING, messagesAfterPersist: NOTHING };
    const messages: Message[] = [];
    const messagesAfterPersist: Message[] = [];
    for (const { message, departure } of this.#waiting) {
      const now = departure === 'at-once' || (departure === 'term-durable' && message.term <= durableTerm);
      (now ? messages : messagesAfterPersist).push(message);
    }
    this.#waiting = [];
    return { messages, messagesAfterPersist };
  }
}
