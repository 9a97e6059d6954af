/** The pure core alone, for who drives it by other means than the shell: `@quorumsign/cosigner/core`. */
export {
  AdmissionRecord,
  type ChainContribution,
  ChangeRecord,
  EntryData,
  EpochChange,
  EpochRecord,
  Frame,
  LogEntry,
  PeerStoreRecord,
  type Position,
  SealRecord,
} from '../gen/cosigner/cosigner.js';
export { CosignerCore } from './core.js';
export { isCeremony } from './epochs/ceremony-frames.js';
export {
  changeId,
  type Epoch,
  epochOf,
  FIRST_EPOCH,
  NO_EPOCH,
  type SharedChain,
  type Sharing,
} from './epochs/epoch-change.js';
export { EpochedCore } from './epochs/epoched-core.js';
export type { ChainPolicy, EpochEffects, EpochedDeps, EpochedOptions, EpochedStatus } from './epochs/epoched-types.js';
export { Inputs } from './inputs.js';
export { type ChainLimits, DEFAULT_LIMITS } from './limits.js';
export {
  type CoreRecord,
  foldRecords,
  NO_CHANGE,
  newStoreRecords,
  RECORD_ADMISSION,
  RECORD_CHANGE,
  RECORD_ENTRY,
  RECORD_EPOCH,
  RECORD_MARK,
  RECORD_PEER_STORE,
  RECORD_SEAL,
  type RestoredCore,
  type RestoredStore,
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
