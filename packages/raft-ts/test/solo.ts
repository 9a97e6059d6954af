/** One core driven by hand: messages made in a line, Readys taken and acknowledged where the test says so. */
import {
  type ConfigChange,
  type Configuration,
  createRaft,
  type Entry,
  type Message,
  type MessageType,
  type Raft,
  type RaftOptions,
  type Snapshot,
} from '../src/index.js';

export interface SoloSetup {
  readonly members?: readonly string[];
  readonly term?: bigint;
  readonly vote?: string;
  readonly commit?: bigint;
  /** Terms of the restored entries, in order, behind the snapshot. */
  readonly log?: readonly bigint[];
  readonly snapshot?: Snapshot;
  readonly configuration?: Configuration;
  readonly options?: Partial<RaftOptions>;
}

/** The message of a type, also where two types share one shape. */
export type MessageOf<T extends MessageType, M extends Message = Message> = M extends Message
  ? T extends M['type']
    ? M
    : never
  : never;

export const ELECTION_TICKS = 10;

export function entries(firstIndex: bigint, ...terms: readonly bigint[]): Entry[] {
  return terms.map((term, i) => ({ index: firstIndex + BigInt(i), term, data: text(`${term}`) }));
}

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

/** Member `a`; its election timeout is exactly ELECTION_TICKS. */
export class Solo {
  readonly raft: Raft;
  /** Config entries handed out and not applied yet. */
  readonly unapplied: Entry[] = [];
  /** Whether `settle` leaves config entries to the test. */
  isLazy = false;
  /** The last ticket handed out. */
  ticket = 0n;

  constructor(setup: SoloSetup = {}) {
    const { members = ['a', 'b', 'c'], term = 0n, vote, commit = 0n, log = [], snapshot, configuration } = setup;
    this.raft = createRaft(
      { name: 'a', members, electionTicks: ELECTION_TICKS, heartbeatTicks: 1, random: () => 0, ...setup.options },
      {
        hardState: { term, vote, commit },
        entries: entries((snapshot?.index ?? 0n) + 1n, ...log),
        snapshot,
        ...(configuration === undefined ? {} : { configuration }),
      },
    );
  }

  /** Steps a message of `type` from `from`; the rest of its fields default to harmless values. */
  receive<T extends MessageType>(type: T, from: string, term: bigint, fields: Partial<MessageOf<T>> = {}): void {
    const body = { ...DEFAULTS[type], ...fields, type, from, to: 'a', term };
    // The table below has the fields of every type.
    this.raft.step(body as unknown as Message);
  }

  tick(count = 1): void {
    for (let i = 0; i < count; i += 1) this.raft.tick();
  }

  /** Takes one Ready and leaves it unacknowledged. */
  take() {
    const ready = this.raft.ready();
    this.ticket = ready.ticket;
    return ready;
  }

  /** Takes and acknowledges Readys until none is left; returns every message in the order it may leave. */
  settle(): Message[] {
    const sent: Message[] = [];
    while (this.raft.hasReady()) {
      const ready = this.take();
      sent.push(...ready.messages);
      if (ready.mustPersist) this.raft.persisted(ready.ticket);
      sent.push(...ready.messagesAfterPersist);
      this.unapplied.push(...ready.committed.filter(({ kind }) => kind === 'config'));
      if (!this.isLazy) this.apply();
    }
    return sent;
  }

  /** Applies the config entries that were handed out. */
  apply(): void {
    for (const entry of this.unapplied.splice(0)) this.raft.applyConfigChange(entry);
  }

  /** Proposes a change as leader, has `voters` acknowledge it, and applies it. */
  change(change: ConfigChange, voters: readonly string[] = ['b', 'c']): void {
    const result = this.raft.proposeConfigChange(change);
    if (result.kind !== 'proposed') throw new Error(`the change was dropped: ${result.reason}`);
    this.settle();
    for (const voter of voters) this.acknowledge(voter, result.index);
    this.settle();
  }

  /** Becomes leader of the next term, by the votes of `voters`; what it sends at first is dropped. */
  lead(voters: readonly string[] = ['b', 'c']): bigint {
    this.raft.campaign();
    this.settle();
    const term = this.raft.status().term + 1n;
    for (const voter of voters) this.receive('pre-vote-reply', voter, term, { granted: true });
    this.settle();
    for (const voter of voters) this.receive('vote-reply', voter, term, { granted: true });
    this.settle();
    return term;
  }

  /** `from` acknowledges everything up to `index`. */
  acknowledge(from: string, index: bigint): void {
    this.receive('append-reply', from, this.raft.status().term, { accepted: true, index });
  }

  get terms(): bigint[] {
    const { firstIndex, lastIndex } = this.raft.status();
    const terms: bigint[] = [];
    for (let index = firstIndex; index <= lastIndex; index += 1n) terms.push(this.raft.termAt(index) ?? -1n);
    return terms;
  }
}

/** The messages of one type. */
export function of<T extends MessageType>(messages: readonly Message[], type: T): MessageOf<T>[] {
  // Filtered by the very field that tells them apart.
  return messages.filter((message) => message.type === type) as MessageOf<T>[];
}

const VOTE_REQUEST = { lastIndex: 0n, lastTerm: 0n, force: false };
const DEFAULTS: Record<MessageType, object> = {
  'pre-vote': VOTE_REQUEST,
  vote: VOTE_REQUEST,
  'pre-vote-reply': { granted: false },
  'vote-reply': { granted: false },
  append: { previousIndex: 0n, previousTerm: 0n, entries: [], commit: 0n },
  'append-reply': { index: 0n, accepted: false, hintIndex: 0n, hintTerm: 0n },
  heartbeat: { commit: 0n },
  'heartbeat-reply': {},
  snapshot: { snapshot: { index: 0n, term: 0n, data: new Uint8Array(0) } },
  'timeout-now': {},
  'read-index': { context: '' },
  'read-index-reply': { context: '', index: 0n },
};

/** A leader of term 1 whose followers have the no-op. */
export function leaderOfTerm1(options = {}): Solo {
  const solo = new Solo({ options });
  solo.lead();
  solo.acknowledge('b', 1n);
  solo.acknowledge('c', 1n);
  solo.settle();
  return solo;
}
