export { type ChainLimits, DEFAULT_LIMITS } from './core/limits.js';
export { type CoreRecord, foldRecords, markRecord, newStoreRecords, type RestoredCore } from './core/log-records.js';
export type { CosignerConfig, CosignerObserver, Logger, NodeEndpoint } from './shell/config.js';
export { type Cosigner, type CosignerDeps, type CosignerStatus, createCosigner } from './shell/cosigner.js';
export type { FatalReason } from './shell/errors.js';
export { publicStoreName } from './shell/hashes.js';
