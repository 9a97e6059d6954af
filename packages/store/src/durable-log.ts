/**
 * The durable log: what is on disk before a share leaves this process is the safety rule, so it has a format of its own.
 *
 * A batch of records is one write and one sync, padded to whole 4 KiB blocks; a synced block is never written again.
 * Appends that arrive while a sync is under way are grouped into the next batch. Records are opaque to the log: a type
 * byte and a payload. The caller's durable state is the fold of all recovered records, beginning with a snapshot.
 */

/** One record. `type` 1 to 255 is the caller's; payload at most `RECORD_BYTES_MAX`. */
export interface LogRecord {
  readonly type: number;
  readonly payload: Uint8Array;
}

/** Largest payload of one record: 4 MiB. */
export const RECORD_BYTES_MAX = 4 * 1024 * 1024;

/** (store id, number of synced batches) of a cosigner's store; the number never falls (design, section 3). */
export interface Position {
  /** 16 random bytes, lower-case hex; made by `createStore`, never by opening. Not to be shown: it proves what its owner told of the store. */
  readonly storeId: string;
  readonly batches: bigint;
}

/** What opening found. */
export interface Recovered {
  /** Records since, and beginning with, the newest complete snapshot, in order. */
  readonly records: readonly LogRecord[];
  readonly position: Position;
  /** What was cut from the tail, in words for the operator; undefined when the log ended cleanly. */
  readonly tornTail: string | undefined;
}

/** An open log. After any failed write or sync every later call rejects with the same error: the process must end (exit 3). */
export interface DurableLog {
  readonly recovered: Recovered;
  /** The last synced position. */
  position(): Position;
  /**
   * Queues records; resolves when they are synced. Records of one call are in one batch, never split by a crash;
   * calls resolve in the order they were made. The bytes are copied before the call returns.
   */
  append(records: readonly LogRecord[]): Promise<void>;
  /** True when enough has been written since the last snapshot that the caller should call {@link DurableLog.snapshot}. */
  snapshotDue(): boolean;
  /**
   * Replaces all earlier records by `records` (the caller's whole durable state, all marks included). Everything appended
   * before this call is durable first; the snapshot is synced, and its directory entry, before older segments are deleted.
   * Appends made after this call come behind the snapshot.
   */
  snapshot(records: readonly LogRecord[]): Promise<void>;
  /** Waits for what is queued, closes, releases the lock. */
  close(): Promise<void>;
}

/** Identity written into a new store and checked at every opening. */
export interface StoreIdentity {
  readonly cluster: string;
  readonly cosigner: string;
}
