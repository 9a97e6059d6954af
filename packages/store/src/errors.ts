/** Errors of the store. Each says what was expected, what was found and what to do; all but a limit end the process. */

/** A place in a file, bytes. */
export interface StorePlace {
  readonly file: string;
  readonly offset: number;
}

/** A device's failure: which operation on which file, and why. */
interface DeviceFailure {
  readonly operation: string;
  readonly file: string;
  readonly reason?: string;
}

export type StoreErrorDetail =
  /** Another process, or this one, holds the store. */
  | { readonly code: 'STORE_LOCKED'; readonly directory: string }
  | { readonly code: 'STORE_MISSING'; readonly directory: string }
  /** Making a store where there is one. */
  | { readonly code: 'STORE_EXISTS'; readonly directory: string; readonly file: string }
  /** Broken with intact later batches behind it: not a torn tail. */
  | ({ readonly code: 'STORE_DAMAGED'; readonly expected: string; readonly found: string } & StorePlace)
  /** The store of another cluster or cosigner. */
  | { readonly code: 'STORE_FOREIGN'; readonly field: string; readonly expected: string; readonly found: string }
  | { readonly code: 'STORE_VERSION'; readonly file: string; readonly expected: number; readonly found: number }
  /** No space; nothing of the failed write counts. */
  | ({ readonly code: 'STORE_FULL' } & DeviceFailure)
  /** A write or sync failed: what is on the disk is not known. */
  | ({ readonly code: 'STORE_SYNC_FAILED' } & DeviceFailure)
  /** Another operation failed. */
  | ({ readonly code: 'STORE_IO' } & DeviceFailure)
  /** The caller asked for more than the log takes. */
  | { readonly code: 'STORE_LIMIT'; readonly what: string; readonly expected: string; readonly found: string }
  | { readonly code: 'STORE_CLOSED' };

export type StoreErrorCode = StoreErrorDetail['code'];

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly detail: StoreErrorDetail;
  constructor(detail: StoreErrorDetail, options?: ErrorOptions) {
    super(`${detail.code}: ${describe(detail)}`, options);
    this.detail = detail;
  }
}

const READMIT = 'Never copy a store back from a backup: quorumsign members readmit gives this cosigner a new one.';

function describe(detail: StoreErrorDetail): string {
  switch (detail.code) {
    case 'STORE_LOCKED':
      return `${detail.directory} is held by another process; stop that one first`;
    case 'STORE_MISSING':
      return `expected a store in ${detail.directory}, found none; it is made once, by cluster create or store init. ${READMIT}`;
    case 'STORE_EXISTS':
      return `expected no store in ${detail.directory}, found ${detail.file}; a store is never overwritten`;
    case 'STORE_DAMAGED':
      return `${detail.file}, byte ${detail.offset}: expected ${detail.expected}, found ${detail.found}. ${READMIT}`;
    case 'STORE_FOREIGN':
      return `expected the store of ${detail.field} ${detail.expected}, found that of ${detail.found}; give the right directory`;
    case 'STORE_VERSION':
      return `${detail.file}: expected format version ${detail.expected}, found ${detail.found}; start the release that wrote it`;
    case 'STORE_FULL':
      return `${failure(detail)}: no space left; make room, then start again`;
    case 'STORE_SYNC_FAILED':
      return `${failure(detail)}: it is not known what reached the disk; check the disk, then start again`;
    case 'STORE_IO':
      return `${failure(detail)}; check the disk and the permissions, then start again`;
    case 'STORE_LIMIT':
      return `${detail.what}: expected ${detail.expected}, found ${detail.found}`;
    case 'STORE_CLOSED':
      return 'the store is closed';
  }
}

function failure({ operation, file, reason }: DeviceFailure): string {
  return `${operation} of ${file} failed${reason === undefined ? '' : ` (${reason})`}`;
}
