/** What records say of an admission. */

import { AdmissionRecord, type CoreRecord, RECORD_ADMISSION } from '@quorumsign/cosigner/core';

const ADMITTED = 0;

/** Whether a cosigner with a new store wrote down that it takes part again. */
export function isAdmitted(records: readonly CoreRecord[]): boolean {
  return records.some(
    ({ type, payload }) => type === RECORD_ADMISSION && AdmissionRecord.decode(payload).admission === ADMITTED,
  );
}
