/**
 * One member of a test cluster: the core, a disk that only has what was written under an acknowledged ticket, and a state
 * machine that folds what is applied into a running digest. It performs Readys exactly as the README asks.
 */
import {
  type Configuration,
  createRaft,
  type Entry,
  type HardState,
  type Message,
  type Raft,
  type RaftOptions,
  type Ready,
  type Snapshot,
} from '../src/index.js';

export interface Disk {
  hardState: HardState;
  entries: Entry[];
  snapshot: Snapshot | undefined;
  /** Where the log begins, for members that are in no list of options. */
  configuration?: Configuration;
}

/** What a test wants to see of a member's doings. */
export interface Observer {
  onReady?(member: Member, ready: Ready): void;
  onWritten?(member: Member, ready: Ready): void;
  onSend?(member: Member, message: Message): void;
  onConfigured?(member: Member, configuration: Configuration): void;
  onApplied?(member: Member, index: bigint, digest: string): void;
}

export function emptyDisk(): Disk {
  return { hardState: { term: 0n, vote: undefined, commit: 0n }, entries: [], snapshot: undefined };
}

export class Member {
  readonly name: string;
  readonly disk: Disk;
  readonly #options: RaftOptions;
  readonly #send: (message: Message) => void;
  readonly #observer: Observer;
  #raft: Raft | undefined;
  /** Readys that are not on disk yet, oldest first. */
  readonly unwritten: Ready[] = [];
  /** Committed entries that are not applied yet, oldest first; empty unless the member is lazy. */
  readonly unapplied: Entry[] = [];
  /** Applies only when `apply` is called. */
  isLazy = false;
  appliedIndex = 0n;
  digest = '';

  constructor(options: RaftOptions, disk: Disk, send: (message: Message) => void, observer: Observer = {}) {
    this.name = options.name;
    this.disk = disk;
    this.#options = options;
    this.#send = send;
    this.#observer = observer;
    this.start();
  }

  get isUp(): boolean {
    return this.#raft !== undefined;
  }

  get raft(): Raft {
    if (this.#raft === undefined) throw new Error(`${this.name} is down`);
    return this.#raft;
  }

  start(): void {
    const { entries } = this.disk;
    this.#raft = createRaft(this.#options, { ...this.disk, entries: [...entries] });
    const { snapshot } = this.disk;
    this.appliedIndex = snapshot?.index ?? 0n;
    this.digest = snapshot === undefined ? '' : new TextDecoder().decode(snapshot.data);
  }

  /** Everything that is not on disk is gone. */
  crash(): void {
    this.#raft = undefined;
    this.unwritten.length = 0;
    this.unapplied.length = 0;
  }

  /** Takes one Ready: sends what may leave at once, applies, queues what is to be written. */
  takeReady(): boolean {
    if (!this.raft.hasReady()) return false;
    const ready = this.raft.ready();
    this.#observer.onReady?.(this, ready);
    this.#sendAll(ready.messages);
    if (ready.snapshot !== undefined) {
      this.appliedIndex = ready.snapshot.index;
      this.unapplied.length = 0;
      this.digest = new TextDecoder().decode(ready.snapshot.data);
      this.#observer.onApplied?.(this, this.appliedIndex, this.digest);
    }
    this.unapplied.push(...ready.committed);
    if (ready.mustPersist) this.unwritten.push(ready);
    if (!this.isLazy) this.apply(this.unapplied.length);
    return true;
  }

  /** Applies the oldest `count` committed entries. */
  apply(count = 1): boolean {
    const batch = this.unapplied.splice(0, count);
    for (const entry of batch) this.#apply(entry);
    return batch.length > 0;
  }

  /** Writes the oldest `count` Readys and acknowledges them together. */
  write(count = 1): boolean {
    const batch = this.unwritten.splice(0, count);
    const last = batch.at(-1);
    if (last === undefined) return false;
    for (const ready of batch) this.#writeToDisk(ready);
    this.raft.persisted(last.ticket);
    for (const ready of batch) {
      this.#observer.onWritten?.(this, ready);
      this.#sendAll(ready.messagesAfterPersist);
    }
    return true;
  }

  /** Compacts the log, and the disk, up to what is applied. */
  compact(): void {
    const index = this.appliedIndex;
    const term = this.raft.termAt(index);
    if (index === 0n || term === undefined || index <= (this.disk.snapshot?.index ?? 0n)) return;
    // A snapshot from the leader that is applied but not written yet must not be overtaken: the disk still has the old log.
    if (index > this.raft.status().durable) return;
    this.disk.snapshot = this.raft.compact(index, new TextEncoder().encode(this.digest));
    this.disk.entries = this.disk.entries.filter((entry) => entry.index > index);
  }

  #apply(entry: Entry): void {
    if (entry.index !== this.appliedIndex + 1n) throw new Error(`${this.name} applies ${entry.index} out of order`);
    if (entry.kind === 'config') {
      const configuration = this.raft.applyConfigChange(entry);
      this.#observer.onConfigured?.(this, configuration);
    }
    this.appliedIndex = entry.index;
    this.digest = fold(this.digest, entry);
    this.#observer.onApplied?.(this, entry.index, this.digest);
  }

  #writeToDisk(ready: Ready): void {
    const { hardState, truncateFrom, entries, snapshot } = ready;
    if (hardState !== undefined) this.disk.hardState = hardState;
    if (snapshot !== undefined) {
      this.disk.snapshot = snapshot;
      this.disk.entries = [];
    }
    if (truncateFrom !== undefined) {
      this.disk.entries = this.disk.entries.filter((entry) => entry.index < truncateFrom);
    }
    this.disk.entries.push(...entries);
  }

  #sendAll(messages: readonly Message[]): void {
    for (const message of messages) {
      this.#observer.onSend?.(this, message);
      this.#send(message);
    }
  }
}

/** FNV-1a over what was before and the entry, so that equal digests mean equal histories. */
function fold(digest: string, entry: Entry): string {
  let hash = 0x811c9dc5;
  for (const char of `${digest}|${entry.index}/${entry.term}/${entry.data.join()}`) {
    hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  }
  return hash.toString(16);
}
