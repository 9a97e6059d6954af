import type { CoreRecord } from '@quorumsign/cosigner/core';
import { RECORD_MARK } from '@quorumsign/cosigner/core';
import { encodeMarkRecord, parseSignBytes } from '@quorumsign/sign-state';

export function markRecordOf(message: Uint8Array): CoreRecord {
  const { chainId, height, round, step, ...rest } = parseSignBytes(message);
  const signBytes = { chainId, height, round, step, ...rest };
  return { type: RECORD_MARK, payload: encodeMarkRecord({ chainId, height, round, step, signBytes, timeMs: 1 }) };
}
