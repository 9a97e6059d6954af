/**
 * This cosigner's marks: for each chain the highest height, round and step for which it released a share (or was about to).
 *
 * Two views: `latest`, which counts marks whose sync is under way, judges requests and goes into reports; `durable` is what
 * is on disk, and is what a share waits for. A mark only rises; moving one down is an impossible state and stops the process.
 */

import { compareHrs, equalBytes, type MarkRecord, type ParsedSignBytes } from '@quorumsign/sign-state';

export class Marks {
  readonly #latest = new Map<string, MarkRecord>();
  readonly #durable = new Map<string, MarkRecord>();

  /** @param restored - marks read back from disk */
  constructor(restored: readonly MarkRecord[]) {
    for (const mark of restored) {
      this.#latest.set(mark.chainId, mark);
      this.#durable.set(mark.chainId, mark);
    }
  }

  latest(chainId: string): MarkRecord | undefined {
    return this.#latest.get(chainId);
  }

  durable(chainId: string): MarkRecord | undefined {
    return this.#durable.get(chainId);
  }

  all(): readonly MarkRecord[] {
    return [...this.#latest.values()];
  }

  /** Moves the mark in memory; the caller puts the record into the batch of this very step. */
  move(mark: MarkRecord): void {
    const before = this.#latest.get(mark.chainId);
    if (before !== undefined && compareHrs(mark, before) <= 0) {
      throw new Error(
        `impossible: a mark of ${mark.chainId} would fall from height ${before.height} to ${mark.height}`,
      );
    }
    this.#latest.set(mark.chainId, mark);
  }

  /** The record of `mark` is synced. */
  persisted(mark: MarkRecord): void {
    this.#durable.set(mark.chainId, mark);
  }

  /** Whether the mark on disk is exactly this message: the condition for its share to leave. */
  isDurably(signBytes: ParsedSignBytes): boolean {
    const mark = this.#durable.get(signBytes.chainId);
    return mark?.signBytes !== undefined && equalBytes(mark.signBytes.bytes, signBytes.bytes);
  }
}
