/**
 * The store on a simulated disk: the same log, format and recovery as on files, for tests and the simulator.
 */
import type { DurableLog, LogRecord, StoreIdentity } from './durable-log.js';
import type { LogOptions } from './limits.js';
import { createLog, openLog, readLog, type StoreInspection } from './log-opening.js';
import { MemoryDisk } from './memory-disk.js';

/** One store and the disk it is on. The methods are those of `node-store.ts`, without the directory. */
export interface MemoryStore {
  readonly disk: MemoryDisk;
  /** @param storeId - 16 bytes; random in the real thing, from the seed in a simulation */
  create(
    identity: StoreIdentity,
    records: readonly LogRecord[],
    storeId: Uint8Array,
    options?: LogOptions,
  ): Promise<void>;
  open(identity: StoreIdentity, options?: LogOptions): Promise<DurableLog>;
  read(): Promise<StoreInspection>;
}

/** A store on `disk`. Options default as on files; a simulation of many wants `segmentBytes` small. */
export function memoryStore(disk = new MemoryDisk()): MemoryStore {
  return {
    disk,
    async create(identity, records, storeId, options = {}) {
      const directory = disk.lock();
      try {
        await createLog(directory, { ...options, identity, storeId, records });
      } finally {
        await directory.close();
      }
    },
    async open(identity, options = {}) {
      const directory = disk.lock();
      try {
        return await openLog(directory, identity, options);
      } catch (error) {
        await directory.close();
        throw error;
      }
    },
    read: () => readLog(disk.reader()),
  };
}
