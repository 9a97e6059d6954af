/**
 * One file of the simulated disk, twice: as the page cache shows it and as the medium has it. A write reaches the cache at once and
 * the medium at the next sync, or, if the power goes first, in whatever part the crash leaves.
 *
 * A sync that fails is modelled as Linux behaves: the pages count as clean from then on, so that the cache keeps showing what
 * the medium may not have, and no later sync writes it.
 */
import { BLOCK_BYTES } from './block-directory.js';

/** Bytes `[start, end)`, counted from the start of a write. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A write that was not synced. */
export interface UnsyncedWrite {
  readonly file: string;
  readonly offset: number;
  readonly lengthBytes: number;
  /** Whether it is the zeros that a new file is filled with. */
  readonly fills: boolean;
}

interface CachedWrite extends UnsyncedWrite {
  readonly bytes: Uint8Array;
}

/** A file's content in cache and on the medium. */
export class MemoryInode {
  cache: Uint8Array;
  #medium: Uint8Array = new Uint8Array(0);
  #dirty: CachedWrite[] = [];
  /** Written, not on the medium for certain, and never to be written again: what failed syncs leave. */
  #forgotten: CachedWrite[] = [];
  /** Blocks that a sync has confirmed, other than as the zeros of a new file. */
  readonly #syncedBlocks = new Set<number>();

  constructor(file: string, sizeBytes: number) {
    this.cache = new Uint8Array(sizeBytes);
    this.#dirty.push({ file, offset: 0, lengthBytes: sizeBytes, fills: true, bytes: new Uint8Array(sizeBytes) });
  }

  /** Writes into the cache. @returns the first synced block that this overwrites, undefined if none */
  write(file: string, offset: number, bytes: Uint8Array): number | undefined {
    if (offset + bytes.length > this.cache.length) throw new RangeError(`write beyond the end of ${file}`);
    this.cache.set(bytes, offset);
    this.#dirty.push({ file, offset, lengthBytes: bytes.length, fills: false, bytes: bytes.slice() });
    return blocksOf(offset, bytes.length).find((block) => this.#syncedBlocks.has(block));
  }

  sync(): void {
    for (const write of this.#dirty) {
      this.#toMedium(write, { start: 0, end: write.lengthBytes });
      if (!write.fills) for (const block of blocksOf(write.offset, write.lengthBytes)) this.#syncedBlocks.add(block);
      // A page is written back whole, so what was forgotten below it no longer matters.
      this.#forgotten = this.#forgotten.filter((forgotten) => !overlap(forgotten, write));
    }
    this.#dirty = [];
  }

  failSync(): void {
    this.#forgotten.push(...this.#dirty);
    this.#dirty = [];
  }

  /** The power goes: of each unsynced write the medium keeps what `keep` says, and the cache is read from the medium again. */
  losePower(keep: (write: UnsyncedWrite) => readonly ByteRange[]): void {
    for (const write of [...this.#forgotten, ...this.#dirty]) {
      for (const range of keep(write)) this.#toMedium(write, range);
    }
    this.#forgotten = [];
    this.#dirty = [];
    this.cache = this.#medium.slice();
  }

  /** Damages cache and medium alike. */
  flipBit(offset: number, bit: number): void {
    for (const bytes of [this.cache, this.#medium]) {
      if (offset < bytes.length) bytes[offset] = (bytes[offset] ?? 0) ^ (1 << bit);
    }
  }

  /** Cuts cache and medium alike. */
  truncate(sizeBytes: number): void {
    this.cache = this.cache.slice(0, sizeBytes);
    this.#medium = this.#medium.slice(0, sizeBytes);
  }

  #toMedium(write: CachedWrite, { start, end }: ByteRange): void {
    if (start >= end) return;
    const reach = write.offset + Math.min(end, write.lengthBytes);
    if (reach > this.#medium.length) {
      const grown = new Uint8Array(reach);
      grown.set(this.#medium);
      this.#medium = grown;
    }
    this.#medium.set(write.bytes.subarray(start, end), write.offset + start);
  }
}

function overlap(a: UnsyncedWrite, b: UnsyncedWrite): boolean {
  return a.offset < b.offset + b.lengthBytes && b.offset < a.offset + a.lengthBytes;
}

function blocksOf(offset: number, lengthBytes: number): number[] {
  const blocks: number[] = [];
  for (let block = Math.floor(offset / BLOCK_BYTES); block * BLOCK_BYTES < offset + lengthBytes; block += 1)
    blocks.push(block);
  return blocks;
}
