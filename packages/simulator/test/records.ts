import type { CoreRecord } from '@quorumsign/cosigner/core';
import { EntryData, LogEntry, RECORD_ENTRY, RECORD_MARK } from '@quorumsign/cosigner/core';
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
