/**
 * What a member does, as plain data: one event for every change of its state. The events of all members, in an order in which causes
 * precede effects, can be checked by `raft-ts/trace-check` without trust in this core.
 *
 * Entries stand without their data, which may be secret or large: a digest tells whether two are the same.
 */
import type { Configuration } from './configuration.js';
import type { Message } from './message.js';
import type { Entry, EntryKind, Ready, Role } from './types.js';

/** An entry without its data. */
export interface TraceEntry {
  readonly index: bigint;
  readonly term: bigint;
  readonly kind: EntryKind;
  /** FNV-1a of the data, 32 bits: it finds mistakes, not forgeries. */
  readonly digest: number;
}

/** A message whose entries and snapshot stand without their data. */
export type TraceMessage = WithoutData<Message>;

type WithoutData<M> = M extends { readonly entries: readonly Entry[] }
  ? Omit<M, 'entries'> & { readonly entries: readonly TraceEntry[] }
  : M extends { readonly snapshot: unknown }
    ? Omit<M, 'snapshot'> & { readonly snapshot: { readonly index: bigint; readonly term: bigint } }
    : M;

/** What happened; {@link TraceEvent} adds to whom. */
export type TraceEventBody =
  /** The member starts with what was on its disk. */
  | {
      readonly type: 'restart';
      readonly term: bigint;
      readonly vote: string | undefined;
      readonly commit: bigint;
      readonly snapshotIndex: bigint;
      readonly snapshotTerm: bigint;
      readonly entries: readonly TraceEntry[];
      /** In effect where the log begins. */
      readonly configuration: Configuration;
    }
  /** Role, term or leader are new; a candidate has voted for itself. */
  | { readonly type: 'become'; readonly role: Role; readonly term: bigint; readonly leader: string | undefined }
  /** A vote was given to another member; `lastIndex` and `lastTerm` are where its log ends. */
  | {
      readonly type: 'vote';
      readonly term: bigint;
      readonly candidate: string;
      readonly lastIndex: bigint;
      readonly lastTerm: bigint;
    }
  | { readonly type: 'append'; readonly entries: readonly TraceEntry[] }
  /** The log was cut from this index on. */
  | { readonly type: 'truncate'; readonly from: bigint }
  /** A leader's snapshot took the place of the whole log. */
  | {
      readonly type: 'restore';
      readonly index: bigint;
      readonly term: bigint;
      readonly configuration: Configuration;
    }
  /** The member's own snapshot took the place of the log up to `index`. */
  | { readonly type: 'compact'; readonly index: bigint; readonly term: bigint }
  /** This is on disk: term, vote, and the log as it is in memory up to `index`. */
  | { readonly type: 'persisted'; readonly term: bigint; readonly vote: string | undefined; readonly index: bigint }
  | { readonly type: 'commit'; readonly index: bigint; readonly term: bigint }
  /** The config entry at `index` is in effect. */
  | { readonly type: 'configuration'; readonly index: bigint; readonly configuration: Configuration }
  /** The message may leave now. */
  | { readonly type: 'send'; readonly message: TraceMessage }
  | { readonly type: 'receive'; readonly message: TraceMessage }
  | { readonly type: 'read-index'; readonly context: string }
  | { readonly type: 'read-state'; readonly context: string; readonly index: bigint };

/** One line of a trace. */
export type TraceEvent = { readonly member: string } & TraceEventBody;

/** One line of NDJSON, without the line break; bigints as decimal strings. */
export function formatTraceEvent(event: TraceEvent): string {
  return JSON.stringify(event, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
}

/** Entries as they stand in a trace. */
export function traceEntries(entries: readonly Entry[]): readonly TraceEntry[] {
  return entries.map(({ index, term, data, kind }) => ({
    index,
    term,
    kind: kind ?? 'normal',
    digest: digestOf(data),
  }));
}

/** A message as it stands in a trace. */
export function traceMessage(message: Message): TraceMessage {
  switch (message.type) {
    case 'append':
      return { ...message, entries: traceEntries(message.entries) };
    case 'snapshot': {
      const { index, term } = message.snapshot;
      return { ...message, snapshot: { index, term } };
    }
    default:
      return message;
  }
}

/** Tells when a message may leave: with its Ready, or with the `persisted` that it waits for. */
export class SendTracer {
  readonly #trace: (event: TraceEventBody) => void;
  #waiting: { readonly ticket: bigint; readonly messages: readonly Message[] }[] = [];

  constructor(trace: (event: TraceEventBody) => void) {
    this.#trace = trace;
  }

  taken({ ticket, messages, messagesAfterPersist }: Ready): void {
    this.#tell(messages);
    if (messagesAfterPersist.length > 0) this.#waiting.push({ ticket, messages: messagesAfterPersist });
  }

  persisted(ticket: bigint): void {
    const free = this.#waiting.filter((each) => each.ticket <= ticket);
    this.#waiting = this.#waiting.filter((each) => each.ticket > ticket);
    for (const { messages } of free) this.#tell(messages);
  }

  #tell(messages: readonly Message[]): void {
    for (const message of messages) this.#trace({ type: 'send', message: traceMessage(message) });
  }
}

function digestOf(data: Uint8Array): number {
  let digest = 0x811c9dc5;
  for (let at = 0; at < data.length; at++) digest = Math.imul(digest ^ (data[at] ?? 0), 0x01000193) >>> 0;
  return digest;
}
