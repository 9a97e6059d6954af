/**
 * Every bound of the log in one place. An argument beyond one is refused with `STORE_LIMIT` and nothing is queued.
 */
import { BLOCK_BYTES } from './block-directory.js';
import { StoreError } from './errors.js';

/** Most bytes of one `append`, counted with {@link RECORD_HEADER_BYTES} for each record: 32 MiB, eight of the largest records. */
export const APPEND_BYTES_MAX = 32 * 1024 * 1024;

/** Most bytes queued and not yet synced: 64 MiB. A disk that falls this far behind will not catch up. */
export const QUEUE_BYTES_MAX = 64 * 1024 * 1024;

/** Most bytes of one snapshot: 256 MiB. Real ones are some kilobytes. */
export const SNAPSHOT_BYTES_MAX = 256 * 1024 * 1024;

/** Most bytes of a snapshot and what was appended since: 1 GiB. Opening holds all of it in memory and writes it as one batch. */
export const LOG_BYTES_MAX = 1024 * 1024 * 1024;

/** Length of a new segment unless told otherwise: 16 MiB, some four thousand batches. */
export const SEGMENT_BYTES_DEFAULT = 16 * 1024 * 1024;

/** Shortest segment: header and one batch of one block. Of use in tests only. */
export const SEGMENT_BYTES_MIN = 2 * BLOCK_BYTES;

/** Longest segment that may be asked for: 1 GiB. (One that a snapshot does not fit in is made longer by itself.) */
export const SEGMENT_BYTES_MAX = 1024 * 1024 * 1024;

/** What a caller may choose when opening or creating a log. */
export interface LogOptions {
  /** Length of new segments, whole blocks; default 16 MiB. Smaller wastes syncs on new segments, larger lengthens opening. */
  readonly segmentBytes?: number;
  /** Bytes appended since the last snapshot at which one is due; default three quarters of a segment. */
  readonly snapshotAfterBytes?: number;
}

/** {@link LogOptions} with defaults filled in. @throws StoreError `STORE_LIMIT` */
export function checkLogOptions(options: LogOptions): Required<LogOptions> {
  const segmentBytes = options.segmentBytes ?? SEGMENT_BYTES_DEFAULT;
  const inRange = segmentBytes >= SEGMENT_BYTES_MIN && segmentBytes <= SEGMENT_BYTES_MAX;
  if (!inRange || segmentBytes % BLOCK_BYTES !== 0) {
    const expected = `a multiple of ${BLOCK_BYTES} from ${SEGMENT_BYTES_MIN} to ${SEGMENT_BYTES_MAX}`;
    throw new StoreError({ code: 'STORE_LIMIT', what: 'segmentBytes', expected, found: `${segmentBytes}` });
  }
  const snapshotAfterBytes = options.snapshotAfterBytes ?? Math.floor(segmentBytes * 0.75);
  if (!Number.isInteger(snapshotAfterBytes) || snapshotAfterBytes < 1) {
    const found = `${snapshotAfterBytes}`;
    throw new StoreError({
      code: 'STORE_LIMIT',
      what: 'snapshotAfterBytes',
      expected: 'a whole number above 0',
      found,
    });
  }
  return { segmentBytes, snapshotAfterBytes };
}

/** Refuses `bytes` above a bound. @throws StoreError `STORE_LIMIT` */
export function checkBytes(what: string, bytes: number, bytesMax: number): void {
  if (bytes <= bytesMax) return;
  throw new StoreError({ code: 'STORE_LIMIT', what, expected: `at most ${bytesMax} bytes`, found: `${bytes}` });
}
