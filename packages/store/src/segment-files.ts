/**
 * Segment files as they come and go beside the queue of batches: the next one is made, zeroed and synced ahead of need, so that
 * taking it costs nothing on the path of a signature; those that a snapshot replaced are removed behind it. A failure here ends
 * the log like one of a write: a disk without room for the next segment is one without room for the next mark.
 */
import type { BlockDirectory, BlockFile } from './block-directory.js';
import type { StoreError } from './errors.js';
import { segmentName, temporaryName } from './segment-name.js';

/** A segment open for writing. */
export interface OpenSegment {
  readonly sequence: number;
  readonly file: BlockFile;
}

/** Makes a segment of zeros; it gets its name only when its whole length is synced, and has it durably on return. */
export async function makeSegment(
  directory: BlockDirectory,
  sequence: number,
  sizeBytes: number,
): Promise<OpenSegment> {
  const name = segmentName(sequence);
  const temporary = temporaryName(name);
  await (await directory.create(temporary, sizeBytes)).close();
  return publishSegment(directory, sequence);
}

/** Gives a segment that was made under its temporary name its own, durably, and opens it. */
export async function publishSegment(directory: BlockDirectory, sequence: number): Promise<OpenSegment> {
  const name = segmentName(sequence);
  await directory.rename(temporaryName(name), name.file);
  await directory.sync();
  return { sequence, file: await directory.open(name.file) };
}

/** The files of an open log, but for writing batches into the active one. */
export class SegmentFiles {
  /** Told of the first failure. Set by the log that owns this. */
  onFailure: (error: StoreError) => void = () => {};
  readonly #directory: BlockDirectory;
  readonly #segmentBytes: number;
  /** Names of segments older than the active one. */
  #retired: string[] = [];
  #sequenceMax: number;
  #next: Promise<OpenSegment> | undefined;
  #failure: StoreError | undefined;
  /** One task at a time, so that this never puts more than one transfer beside a mark's. */
  #tasks: Promise<unknown> = Promise.resolve();

  constructor(directory: BlockDirectory, segmentBytes: number, sequenceMax: number) {
    this.#directory = directory;
    this.#segmentBytes = segmentBytes;
    this.#sequenceMax = sequenceMax;
  }

  /** Begins to make the next segment, if that has not begun. */
  prepareNext(sizeBytes = this.#segmentBytes): void {
    if (this.#next !== undefined) return;
    this.#sequenceMax += 1;
    const sequence = this.#sequenceMax;
    this.#next = this.#run(() => makeSegment(this.#directory, sequence, Math.max(sizeBytes, this.#segmentBytes)));
  }

  /** The next segment, at least `sizeBytes` long. One that was prepared and is too short stays unused until it is removed. */
  async takeNext(sizeBytes: number): Promise<OpenSegment> {
    for (;;) {
      this.prepareNext(sizeBytes);
      const next = await this.#next;
      this.#next = undefined;
      if (next === undefined) continue;
      if (next.file.sizeBytes >= sizeBytes) return next;
      this.retire(next);
    }
  }

  /** Closes a segment that will not be written any more; nothing of it may be in flight. */
  retire(segment: OpenSegment): void {
    this.#retired.push(segmentName(segment.sequence).file);
    this.#runAlone(() => segment.file.close());
  }

  /** Removes all retired segments. To be called when a snapshot that replaces them is synced, not before. */
  removeRetired(): void {
    const files = this.#retired;
    this.#retired = [];
    this.#runAlone(() => removeFiles(this.#directory, files));
  }

  /** Waits for what is under way, closes everything and releases the lock. */
  async close(active: OpenSegment): Promise<void> {
    await this.#tasks;
    const next = this.#failure === undefined ? await this.#next : undefined;
    await next?.file.close();
    await active.file.close();
    await this.#directory.close();
  }

  #run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tasks.then(() => {
      if (this.#failure !== undefined) throw this.#failure;
      return task();
    });
    this.#tasks = result.catch((error: StoreError) => {
      this.#failure ??= error;
      this.onFailure(error);
    });
    return result;
  }

  #runAlone(task: () => Promise<void>): void {
    // The failure goes to `onFailure`; no one else waits for this task.
    this.#run(task).catch(() => undefined);
  }
}

/** Removes files, durably. */
export async function removeFiles(directory: BlockDirectory, files: readonly string[]): Promise<void> {
  for (const file of files) await directory.remove(file);
  if (files.length > 0) await directory.sync();
}
