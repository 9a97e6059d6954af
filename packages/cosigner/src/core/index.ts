/** The pure core alone, for who drives it by other means than the shell: `@quorumsign/cosigner/core`. */
export {
  AdmissionRecord,
  EntryData,
  Frame,
  LogEntry,
  PeerStoreRecord,
  type Position,
} from '../gen/cosigner/cosigner.js';
export { CosignerCore } from './core.js';
export { Inputs } from './inputs.js';
export { type ChainLimits, DEFAULT_LIMITS } from './limits.js';
export {
  type CoreRecord,
  foldRecords,
  newStoreRecords,
  RECORD_ADMISSION,
  RECORD_ENTRY,
  RECORD_MARK,
  RECORD_PEER_STORE,
  type RestoredCore,
} from './log-records.js';
export { FRAME_BYTES_MAX } from './outbox.js';
export type {
  Connection,
  CoreChain,
  CoreDeps,
  CoreEvent,
  CoreMember,
  CoreOptions,
  Outcome,
  RaftFactory,
  StorePosition,
} from './types.js';
