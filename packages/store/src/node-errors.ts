/**
 * The one place where errors of node:fs become errors of the store.
 */
import { StoreError } from './errors.js';

/** What was being done when it failed; a failed `write` or `sync` leaves unknown bytes on the disk, the others do not. */
export type FileOperation =
  | 'write'
  | 'sync'
  | 'create'
  | 'open'
  | 'read'
  | 'list'
  | 'rename'
  | 'remove'
  | 'close'
  | 'lock';

/** No space, and no quota: to an operator the same. */
const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** Translates a failure of `operation` on `file`. */
export function translateError(error: unknown, operation: FileOperation, file: string): StoreError {
  if (error instanceof StoreError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  const code = errorCode(error);
  if (code !== undefined && FULL.has(code)) return new StoreError({ code: 'STORE_FULL', operation, file }, { cause });
  const uncertain = operation === 'write' || operation === 'sync';
  const reason = cause.message;
  return new StoreError({ code: uncertain ? 'STORE_SYNC_FAILED' : 'STORE_IO', operation, file, reason }, { cause });
}

/** The `code` of a system error. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
