import {
  type CoreRecord,
  EntryData,
  EpochRecord,
  LogEntry,
  PeerStoreRecord,
  type Position,
  RECORD_ENTRY,
  RECORD_EPOCH,
  RECORD_MARK,
  RECORD_PEER_STORE,
  RECORD_SEAL,
  SealRecord,
} from '@quorumsign/cosigner/core';
import { encodeMarkRecord, parseSignBytes } from '@quorumsign/sign-state';

export function markRecordOf(message: Uint8Array): CoreRecord {
  const { chainId, height, round, step, ...rest } = parseSignBytes(message);
  const signBytes = { chainId, height, round, step, ...rest };
  return { type: RECORD_MARK, payload: encodeMarkRecord({ chainId, height, round, step, signBytes, timeMs: 1 }) };
}

export function entryRecordOf(message: Uint8Array): CoreRecord {
  const data = EntryData.encode({ kind: { $case: 'intent', intent: { signBytes: message } } }).finish();
  return { type: RECORD_ENTRY, payload: LogEntry.encode({ index: 1n, term: 1n, data, kind: 0 }).finish() };
}

/** Of a store that is always the same. */
export function positionOf(batches: bigint, boot = 1): Position {
  const [store, proof] = [new Uint8Array(16), new Uint8Array(32)];
  return { store, boot: new Uint8Array(16).fill(boot), recovered: batches, batches, proof, admission: 0 };
}

export function peerStoreRecordOf(peer: string, position: Position): CoreRecord {
  return { type: RECORD_PEER_STORE, payload: PeerStoreRecord.encode({ peer, position, retired: [] }).finish() };
}

/** @param change - its bytes, all of them; undefined: the seal is opened */
export function sealRecordOf(change: number | undefined): CoreRecord {
  const bytes = change === undefined ? new Uint8Array() : new Uint8Array(32).fill(change);
  return { type: RECORD_SEAL, payload: SealRecord.encode({ change: bytes }).finish() };
}

/** The second, as a change begins it. */
export function epochRecordOf(change: number): CoreRecord {
  return {
    type: RECORD_EPOCH,
    payload: EpochRecord.encode({ number: 2, name: new Uint8Array(8).fill(change) }).finish(),
  };
}
