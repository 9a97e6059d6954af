/** The pure core alone, for who drives it by other means than the shell: `@quorumsign/cosigner/core`. */
export { EntryData, Frame, LogEntry } from '../gen/cosigner/cosigner.js';
export { CosignerCore } from './core.js';
export { Inputs } from './inputs.js';
export { type ChainLimits, DEFAULT_LIMITS } from './limits.js';
export { type CoreRecord, foldRecords, RECORD_ENTRY, RECORD_MARK, type RestoredCore } from './log-records.js';
export type {
  Connection,
  CoreChain,
  CoreDeps,
  CoreEvent,
  CoreMember,
  CoreOptions,
  Outcome,
  RaftFactory,
} from './types.js';
