/** A stored mark that cannot be read: damaged, or written by a newer version. The cosigner must not start on it. */
export class MarkRecordError extends Error {
  override readonly name = 'MarkRecordError';
  readonly code = 'MARK_RECORD';
  constructor(expected: string, found: string) {
    super(`MARK_RECORD: stored mark: expected ${expected}, found ${found}; do not start this cosigner on this store`);
  }
}
