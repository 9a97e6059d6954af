/** Errors of sign bytes: what was expected, what was found. A request that provokes one is refused, never signed. */

export type SignBytesErrorDetail =
  /** More bytes than any message of this kind can have. */
  | { readonly code: 'SIGN_BYTES_SIZE'; readonly foundBytes: number; readonly limitBytes: number }
  /** Not protobuf, or not of this message's shape. */
  | { readonly code: 'SIGN_BYTES_MALFORMED'; readonly problem: string; readonly offset: number }
  /** A field holds what cannot stand there. */
  | { readonly code: 'SIGN_BYTES_RANGE'; readonly field: string; readonly expected: string; readonly found: string }
  /** Decoding and encoding again gives other bytes. */
  | { readonly code: 'SIGN_BYTES_NOT_CANONICAL'; readonly foundBytes: number; readonly canonicalBytes: number };

export class SignBytesError extends Error {
  override readonly name = 'SignBytesError';
  readonly detail: SignBytesErrorDetail;
  constructor(detail: SignBytesErrorDetail) {
    super(`${detail.code}: ${describe(detail)}`);
    this.detail = detail;
  }
}

function describe(detail: SignBytesErrorDetail): string {
  switch (detail.code) {
    case 'SIGN_BYTES_SIZE':
      return `expected at most ${detail.limitBytes} bytes, found ${detail.foundBytes}`;
    case 'SIGN_BYTES_MALFORMED':
      return `expected canonical protobuf, found ${detail.problem} at byte ${detail.offset}`;
    case 'SIGN_BYTES_RANGE':
      return `${detail.field}: expected ${detail.expected}, found ${detail.found}`;
    case 'SIGN_BYTES_NOT_CANONICAL':
      return `expected the canonical encoding (${detail.canonicalBytes} bytes), found another one (${detail.foundBytes} bytes)`;
  }
}
