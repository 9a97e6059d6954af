/** Errors of key files. Each says what was expected, what was found and what to do; none holds key material. */

export type KeystoreErrorDetail =
  | { readonly code: 'KEY_FILE_MISSING'; readonly file: string; readonly remedy: string }
  | { readonly code: 'KEY_FILE_EXISTS'; readonly file: string }
  /** The system does not let us read or write it: not ours, a directory, a full disk. */
  | { readonly code: 'KEY_FILE_UNUSABLE'; readonly file: string; readonly problem: string }
  /** A file or folder that others than its owner can use; modes as `chmod` takes them. */
  | { readonly code: 'KEY_FILE_PERMISSIONS'; readonly file: string; readonly mode: string; readonly expected: string }
  /** Not decrypted: another passphrase, or the file was altered (age cannot tell them apart everywhere). */
  | { readonly code: 'KEY_FILE_LOCKED'; readonly file: string; readonly problem: string }
  /** Not of this form. */
  | { readonly code: 'KEY_FILE_MALFORMED'; readonly file: string; readonly problem: string }
  /** Well-formed, but of another chain, group, holder or epoch than its companion says. */
  | { readonly code: 'KEY_FILE_MISMATCH'; readonly file: string; readonly problem: string }
  /** A key of a type that this signer does not sign with. */
  | { readonly code: 'KEY_TYPE_UNSUPPORTED'; readonly file: string; readonly found: string };

export class KeystoreError extends Error {
  override readonly name = 'KeystoreError';
  readonly detail: KeystoreErrorDetail;
  constructor(detail: KeystoreErrorDetail, options?: ErrorOptions) {
    super(`${detail.code}: ${detail.file}: ${describe(detail)}`, options);
    this.detail = detail;
  }
}

function describe(detail: KeystoreErrorDetail): string {
  switch (detail.code) {
    case 'KEY_FILE_MISSING':
      return `expected this file, found none; ${detail.remedy}`;
    case 'KEY_FILE_EXISTS':
      return 'it is there already and is never overwritten; move it away if it is really not needed';
    case 'KEY_FILE_PERMISSIONS':
      return `expected mode 0${detail.expected}, found ${detail.mode}; run: chmod ${detail.expected} '${detail.file}'`;
    case 'KEY_FILE_UNUSABLE':
      return `expected a regular file that can be used, found ${detail.problem}; check path, owner and disk`;
    case 'KEY_FILE_LOCKED':
      return `not decrypted (${detail.problem}); check the passphrase, then the file`;
    case 'KEY_FILE_MALFORMED':
    case 'KEY_FILE_MISMATCH':
      return detail.problem;
    case 'KEY_TYPE_UNSUPPORTED':
      return `expected an ed25519 key (tendermint/PrivKeyEd25519), found ${detail.found}; other key types cannot be split`;
  }
}
