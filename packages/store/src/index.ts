export {
  type DurableLog,
  type LogRecord,
  type Position,
  RECORD_BYTES_MAX,
  type Recovered,
  type StoreIdentity,
} from './durable-log.js';
export { StoreError, type StoreErrorCode, type StoreErrorDetail, type StorePlace } from './errors.js';
export {
  APPEND_BYTES_MAX,
  LOG_BYTES_MAX,
  type LogOptions,
  QUEUE_BYTES_MAX,
  SEGMENT_BYTES_DEFAULT,
  SEGMENT_BYTES_MAX,
  SEGMENT_BYTES_MIN,
  SNAPSHOT_BYTES_MAX,
} from './limits.js';
export type { StoreInspection } from './log-opening.js';
export {
  type CrashOutcome,
  type DiskOperation,
  type GateVerdict,
  KEEPS_UNSYNCED,
  LOSES_UNSYNCED,
  MemoryDisk,
  type MemoryDiskOptions,
} from './memory-disk.js';
export type { ByteRange, UnsyncedWrite } from './memory-inode.js';
export type { UnsyncedName } from './memory-names.js';
export { type MemoryStore, memoryStore } from './memory-store.js';
export type { NodeFileSystem, SyncMode } from './node-file-system.js';
export { createStore, type NodeStoreDeps, openStore, readStore } from './node-store.js';
export { replaceStore } from './replace-store.js';
export { IDENTITY_BYTES_MAX, STORE_ID_BYTES } from './segment-header.js';
