/**
 * Recovery reads a store and says what it holds; it writes nothing (`log-opening.ts` acts on what is found).
 *
 * It begins with the newest segment whose first batch is an intact snapshot, follows the chain from there, and judges what stands
 * behind the chain's end: nothing (a clean end), remains of a batch that was never acknowledged (a torn tail, to be cut), or
 * intact batches with higher numbers (damage: refused). Segments are read one at a time, whole.
 */
import type { ReadableDirectory } from './block-directory.js';
import { beginsWithSnapshot, ChainWalk, damaged, readSegment, type SegmentBytes } from './chain-walk.js';
import type { LogRecord, Position, StoreIdentity } from './durable-log.js';
import { StoreError } from './errors.js';
import { formatStoreId, type SegmentHeader } from './segment-header.js';
import { listSegments, type SegmentName } from './segment-name.js';

/** Blocks behind the end of the chain that are to be zeroed: `bytes [start, end)` of a file. */
export interface TailCut {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** What a store holds. */
export interface Recovery {
  /** Header of the segment with which recovery began. */
  readonly header: SegmentHeader;
  readonly records: readonly LogRecord[];
  /** Number and CRC of the last intact batch. */
  readonly lastBatch: bigint;
  readonly chain: number;
  /** All segments found, oldest first. */
  readonly segments: readonly SegmentName[];
  /** Segments behind the one in which the chain ends: they hold nothing that was acknowledged. */
  readonly behind: readonly SegmentName[];
  readonly cut: TailCut | undefined;
  readonly tornTail: string | undefined;
}

/**
 * Recovers what a directory holds.
 *
 * @throws StoreError `STORE_MISSING`, `STORE_VERSION`, `STORE_DAMAGED`, `STORE_IO`
 */
export async function recoverLog(directory: ReadableDirectory): Promise<Recovery> {
  const segments = listSegments(await directory.list());
  if (segments.length === 0) throw new StoreError({ code: 'STORE_MISSING', directory: directory.path });
  const { base, header } = await findBase(directory, segments);
  const walk = new ChainWalk(base, header);
  for (const name of segments) {
    if (name.sequence >= base.sequence) walk.follow(await load(directory, name));
  }
  const behind = segments.filter(({ sequence }) => sequence > walk.end.sequence);
  const cutEnd = walk.checkBehind(await load(directory, walk.end), walk.end.offset);
  const remains = cutEnd > 0 ? [`${walk.end.file} bytes ${walk.end.offset} to ${cutEnd}`] : [];
  for (const name of behind) {
    const dirtyEnd = walk.checkBehind(await load(directory, name), 0);
    if (dirtyEnd > 0) remains.push(`${name.file} bytes 0 to ${dirtyEnd}`);
  }
  return {
    header,
    records: walk.records,
    lastBatch: walk.next - 1n,
    chain: walk.chain,
    segments,
    behind,
    cut: cutEnd > 0 ? { file: walk.end.file, start: walk.end.offset, end: cutEnd } : undefined,
    tornTail: remains.length > 0 ? describeTornTail(walk, remains) : undefined,
  };
}

/** The position up to which a recovery got. */
export function recoveredPosition(recovery: Recovery): Position {
  return { storeId: formatStoreId(recovery.header.storeId), batches: recovery.lastBatch };
}

/** Refuses a store of someone else. @throws StoreError `STORE_FOREIGN` */
export function checkOwner(found: StoreIdentity, expected: StoreIdentity): void {
  for (const field of ['cluster', 'cosigner'] as const) {
    if (found[field] === expected[field]) continue;
    throw new StoreError({ code: 'STORE_FOREIGN', field, expected: expected[field], found: found[field] });
  }
}

async function findBase(
  directory: ReadableDirectory,
  segments: readonly SegmentName[],
): Promise<{ base: SegmentName; header: SegmentHeader }> {
  for (const name of [...segments].reverse()) {
    const segment = await load(directory, name);
    if (segment.header !== undefined && beginsWithSnapshot(segment)) return { base: name, header: segment.header };
  }
  // Every segment got its name after an older one had a snapshot: with none left, one was synced and is no longer intact.
  const oldest = segments[0] ?? { file: directory.path, sequence: 0 };
  throw damaged(oldest, 0, 'a segment that begins with an intact snapshot', 'none in the whole store');
}

async function load(directory: ReadableDirectory, name: SegmentName): Promise<SegmentBytes> {
  return readSegment(name, await directory.readAll(name.file));
}

function describeTornTail(walk: ChainWalk, remains: readonly string[]): string {
  return (
    `the log ends in ${walk.end.file} at byte ${walk.end.offset}: instead of batch ${walk.next} there is ${walk.end.found}. ` +
    `Cut as never acknowledged: ${remains.join(', ')}`
  );
}
