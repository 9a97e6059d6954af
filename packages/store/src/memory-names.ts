/**
 * The directory of the simulated disk: which name means which file, as processes see it and as the medium has it. Changes that
 * were not synced are kept or lost at a crash one by one; a rename is atomic.
 */
import type { MemoryInode } from './memory-inode.js';

/** A change of names that was not synced. */
export interface UnsyncedName {
  readonly kind: 'create' | 'rename' | 'remove';
  readonly file: string;
}

interface NameChange extends UnsyncedName {
  readonly apply: (names: Map<string, MemoryInode>) => void;
}

/** Names in cache and on the medium. */
export class MemoryNames {
  #current = new Map<string, MemoryInode>();
  #medium = new Map<string, MemoryInode>();
  #unsynced: NameChange[] = [];

  get(file: string): MemoryInode | undefined {
    return this.#current.get(file);
  }

  list(): string[] {
    return [...this.#current.keys()];
  }

  inodes(): Iterable<MemoryInode> {
    return this.#current.values();
  }

  create(file: string, inode: MemoryInode): void {
    this.#change({ kind: 'create', file, apply: (names) => names.set(file, inode) });
  }

  rename(from: string, to: string, inode: MemoryInode): void {
    const apply = (names: Map<string, MemoryInode>) => {
      names.delete(from);
      names.set(to, inode);
    };
    this.#change({ kind: 'rename', file: from, apply });
  }

  remove(file: string): void {
    this.#change({ kind: 'remove', file, apply: (names) => names.delete(file) });
  }

  sync(): void {
    this.#medium = new Map(this.#current);
    this.#unsynced = [];
  }

  /** The power goes: unsynced changes that `keep` does not name are lost. */
  losePower(keep: (change: UnsyncedName) => boolean): void {
    for (const change of this.#unsynced) if (keep(change)) change.apply(this.#medium);
    this.#unsynced = [];
    this.#current = new Map(this.#medium);
  }

  #change(change: NameChange): void {
    change.apply(this.#current);
    this.#unsynced.push(change);
  }
}
