/** One store's identity, and records that are texts: what the tests of stores write and read back. */

import type { LogRecord } from '../src/index.js';

export const IDENTITY = { cluster: 'cluster', cosigner: 'alpha' };
export const STORE_ID = Uint8Array.from({ length: 16 }, (_, at) => at + 1);

/** @param bytes - the least length; filled with dots, which `texts` leaves out */
export function record(text: string, bytes = 0): LogRecord {
  return { type: 5, payload: Uint8Array.from(Buffer.from(text.padEnd(bytes, '.'))) };
}

export function texts(records: readonly LogRecord[]): string[] {
  return records.map(({ payload }) => Buffer.from(payload).toString().replace(/\.+$/, ''));
}
