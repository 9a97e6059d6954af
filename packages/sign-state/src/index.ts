export { SignBytesError, type SignBytesErrorDetail } from './errors.js';
export { assertExtensionOf } from './extension-rule.js';
export { compareHrs, formatHrs, type Hrs, hrsKey, STEP_NUMBER, type Step } from './hrs.js';
export { decodeMarkRecord, encodeMarkRecord, floorMark, type MarkRecord } from './mark-record.js';
export { MarkRecordError } from './mark-record-error.js';
export {
  type CelestiaRawBytes,
  checkRawBytes,
  encodeCelestiaRawBytes,
  PREFIX_PATTERN,
  RAW_BYTES_KINDS,
  RAW_BYTES_MAX,
  type RawBytesKind,
  type RawBytesPolicy,
} from './raw-bytes.js';
export { checkSign, type DenialReason, type Mark, type Verdict } from './rule.js';
export {
  type BlockId,
  type CanonicalExtension,
  type CanonicalProposal,
  type CanonicalVote,
  CHAIN_ID_BYTES_MAX,
  EXTENSION_SIGN_BYTES_MAX,
  encodeExtensionSignBytes,
  encodeProposalSignBytes,
  encodeVoteSignBytes,
  equalBytes,
  equalExceptTimestamp,
  type ParsedSignBytes,
  parseExtensionSignBytes,
  parseSignBytes,
  SIGN_BYTES_MAX,
  type Timestamp,
} from './sign-bytes.js';
