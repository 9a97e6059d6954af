/**
 * Making and opening a log on any directory: the acting half of recovery.
 *
 * Before an opened log is handed out, in this order: remains of a batch that was never acknowledged are zeroed and synced; the
 * recovered state is written and synced afresh as the snapshot of a new segment, under a temporary name until it is whole (after
 * a failed sync the page cache may show what the disk does not have, so nothing that was read counts as durable); older segments
 * are removed. A crash at any point leaves either the old segments as they were or the new one whole.
 *
 * The fresh snapshot carries the number of the last recovered batch instead of one of its own. If it raised the number, a store
 * that lost its very last acknowledged batch would be back at the position that its peers remember, and the fence would miss it.
 */

import { chainSeed } from './batch.js';
import { BatchBuffer, measureRecords } from './batch-buffer.js';
import { BLOCK_BYTES, type BlockDirectory, type BlockFile, type ReadableDirectory } from './block-directory.js';
import type { DurableLog, LogRecord, Position, StoreIdentity } from './durable-log.js';
import { StoreError } from './errors.js';
import { checkBytes, checkLogOptions, type LogOptions, SNAPSHOT_BYTES_MAX } from './limits.js';
import { LogWriter } from './log-writer.js';
import { checkOwner, type Recovery, recoveredPosition, recoverLog } from './recovery.js';
import { type OpenSegment, publishSegment, removeFiles, SegmentFiles } from './segment-files.js';
import { checkIdentity, type SegmentHeader } from './segment-header.js';
import { isTemporary, listSegments, segmentName, temporaryName } from './segment-name.js';

/** What reading a store without opening it shows. */
export interface StoreInspection {
  readonly identity: StoreIdentity;
  readonly position: Position;
  readonly records: readonly LogRecord[];
  /** What opening would cut, in words; undefined when the log ends cleanly. */
  readonly tornTail: string | undefined;
}

/** A new store's id and shape. */
export interface NewLog extends LogOptions {
  readonly identity: StoreIdentity;
  /** 16 random bytes. */
  readonly storeId: Uint8Array;
  readonly records: readonly LogRecord[];
}

type Root = Pick<SegmentHeader, 'storeId' | 'identity' | 'sequence' | 'firstBatch' | 'chain'>;

/** Makes a store in a directory that has none; the directory stays open. @throws StoreError `STORE_EXISTS`, `STORE_LIMIT`, … */
export async function createLog(directory: BlockDirectory, newLog: NewLog): Promise<void> {
  const { segmentBytes } = checkLogOptions(newLog);
  checkIdentity(newLog.identity);
  checkBytes('snapshot', measureRecords(newLog.records), SNAPSHOT_BYTES_MAX);
  const files = await directory.list();
  const existing = listSegments(files)[0];
  if (existing !== undefined) {
    throw new StoreError({ code: 'STORE_EXISTS', directory: directory.path, file: existing.file });
  }
  await removeFiles(directory, files.filter(isTemporary));
  const { identity, storeId } = newLog;
  const root: Root = { storeId, identity, sequence: 1, firstBatch: 1n, chain: 0 };
  const { active } = await writeRoot(directory, root, newLog.records, segmentBytes);
  await active.file.close();
}

/**
 * Recovers and opens a store. On failure nothing stays open but `directory`, which is the caller's until this returns.
 *
 * @throws StoreError any code but `STORE_EXISTS`, `STORE_LOCKED` and `STORE_CLOSED`
 */
export async function openLog(
  directory: BlockDirectory,
  identity: StoreIdentity,
  options: LogOptions = {},
): Promise<DurableLog> {
  const { segmentBytes, snapshotAfterBytes } = checkLogOptions(options);
  const recovery = await recoverLog(directory);
  const { header, records, lastBatch, segments, tornTail } = recovery;
  checkOwner(header.identity, identity);
  await cutTail(directory, recovery);
  const sequence = (segments.at(-1)?.sequence ?? 0) + 1;
  const root: Root = { ...header, sequence, firstBatch: lastBatch, chain: recovery.chain };
  const start = await writeRoot(directory, root, records, segmentBytes);
  try {
    const older = segments.filter((name) => !recovery.behind.includes(name));
    await removeFiles(
      directory,
      older.map(({ file }) => file),
    );
  } catch (error) {
    await start.active.file.close();
    throw error;
  }
  const recovered = { records, position: recoveredPosition(recovery), tornTail };
  const files = new SegmentFiles(directory, segmentBytes, sequence);
  return new LogWriter({ ...start, lastBatch, recovered, snapshotAfterBytes }, files);
}

/** Reads a store and writes nothing. @throws StoreError `STORE_MISSING`, `STORE_VERSION`, `STORE_DAMAGED`, `STORE_IO` */
export async function readLog(directory: ReadableDirectory): Promise<StoreInspection> {
  const recovery = await recoverLog(directory);
  const { header, records, tornTail } = recovery;
  return { identity: header.identity, position: recoveredPosition(recovery), records, tornTail };
}

async function cutTail(directory: BlockDirectory, { cut, behind }: Recovery): Promise<void> {
  const remains = (await directory.list()).filter(isTemporary);
  await removeFiles(directory, [...remains, ...behind.map(({ file }) => file)]);
  if (cut === undefined) return;
  const file = await directory.open(cut.file);
  try {
    await writeDurably(file, new Uint8Array(cut.end - cut.start), cut.end - cut.start, cut.start);
  } finally {
    await file.close();
  }
}

async function writeRoot(
  directory: BlockDirectory,
  root: Root,
  records: readonly LogRecord[],
  segmentBytes: number,
): Promise<{ header: SegmentHeader; active: OpenSegment; offset: number; chain: number; snapshotBytes: number }> {
  const buffer = new BatchBuffer();
  buffer.add(records, measureRecords(records));
  const end = BLOCK_BYTES + buffer.paddedBytes;
  const header: SegmentHeader = { ...root, root: true, segmentBytes: Math.max(segmentBytes, end) };
  const seed = chainSeed(root.storeId, root.sequence, BLOCK_BYTES);
  const chain = buffer.seal({ number: root.firstBatch, snapshot: true, previousCrc: root.chain, seed });
  buffer.sealSegment(header);
  const file = await directory.create(temporaryName(segmentName(root.sequence)), header.segmentBytes);
  try {
    await writeDurably(file, buffer.bytes, end, 0);
  } finally {
    await file.close();
  }
  const active = await publishSegment(directory, root.sequence);
  return { header, active, offset: end, chain, snapshotBytes: buffer.paddedBytes };
}

function writeDurably(file: BlockFile, bytes: Uint8Array, length: number, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    file.writeDurably(bytes, 0, length, position, (error) => (error === undefined ? resolve() : reject(error)));
  });
}
