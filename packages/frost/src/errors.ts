/** Errors of the FROST core. Those about misbehaviour name the culprit. No message holds key material. */

export type FrostErrorDetail =
  /** Not a canonical scalar (32 bytes little-endian, below the group order), or zero where that is excluded. */
  | { readonly code: 'SCALAR_MALFORMED'; readonly what: string; readonly culprit: number | undefined }
  /** Not the canonical encoding of a point of the prime-order subgroup, or the identity. */
  | { readonly code: 'POINT_MALFORMED'; readonly what: string; readonly culprit: number | undefined }
  /** An operand of a sum of points that is no canonical encoding of a point, or whose scalar is not canonical. */
  | { readonly code: 'TERM_MALFORMED'; readonly list: 'points' | 'products'; readonly index: number }
  /** Threshold, identifiers or sizes that no group can have. */
  | { readonly code: 'GROUP_INVALID'; readonly problem: string }
  /** A share that does not lie on the dealt polynomial, or belongs to another epoch or group. */
  | { readonly code: 'SHARE_FOREIGN'; readonly problem: string; readonly culprit: number }
  /** A signer set that the group cannot sign with. */
  | { readonly code: 'SIGNER_SET_INVALID'; readonly problem: string }
  /** A nonce pair used a second time, or in a session with other commitments than its own. */
  | { readonly code: 'NONCE_USED' }
  | { readonly code: 'NONCE_FOREIGN'; readonly culprit: number }
  /** A signature share that does not satisfy RFC 9591, section 5.4. */
  | { readonly code: 'SHARE_INVALID'; readonly culprit: number }
  /** A deal of a resharing that is missing, of no dealer of the plan, or not what this dealer has to deal. */
  | { readonly code: 'DEAL_INVALID'; readonly problem: string; readonly culprit: number };

export class FrostError extends Error {
  override readonly name = 'FrostError';
  readonly detail: FrostErrorDetail;
  constructor(detail: FrostErrorDetail, options?: ErrorOptions) {
    super(`${detail.code}: ${describe(detail)}`, options);
    this.detail = detail;
  }
}

function describe(detail: FrostErrorDetail): string {
  switch (detail.code) {
    case 'SCALAR_MALFORMED':
      return `${detail.what}: expected a canonical scalar of 32 bytes, found something else${from(detail.culprit)}`;
    case 'POINT_MALFORMED':
      return `${detail.what}: expected a canonical point of prime order, found something else${from(detail.culprit)}`;
    case 'TERM_MALFORMED':
      return `expected canonical points and scalars in a sum, found something else at index ${detail.index} of the ${detail.list}`;
    case 'GROUP_INVALID':
    case 'SIGNER_SET_INVALID':
      return detail.problem;
    case 'SHARE_FOREIGN':
      return `share ${detail.culprit}: ${detail.problem}`;
    case 'NONCE_USED':
      return 'a nonce pair is used once; draw a new one';
    case 'NONCE_FOREIGN':
      return `the session's commitment of signer ${detail.culprit} is not the one of this nonce pair`;
    case 'SHARE_INVALID':
      return `the signature share of signer ${detail.culprit} does not verify`;
    case 'DEAL_INVALID':
      return `the deal of dealer ${detail.culprit}: ${detail.problem}`;
  }
}

function from(culprit: number | undefined): string {
  return culprit === undefined ? '' : ` (from signer ${culprit})`;
}
