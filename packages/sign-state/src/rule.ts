/**
 * The rule that prevents a double signature.
 *
 * A mark is a cosigner's own record of the highest height, round and step for which it has released a share on a chain,
 * with the sign bytes. A share may be released for a request only when the rule says `new` (then the mark is moved to the
 * request, durably, first) or `same` (the mark, once durable, is exactly this request). Everything else is denied.
 * The caller is one function: `packages/cosigner/src/core/share-release.ts`.
 *
 * It follows CometBFT's FilePV (v0.38.25 privval/file.go, CheckHRS), but is stricter: bytes that differ in the timestamp
 * only are no `same` here. They are answered by replaying the finished signature, never by signing again.
 */

import { compareHrs, type Hrs } from './hrs.js';
import { equalBytes, equalExceptTimestamp, type ParsedSignBytes } from './sign-bytes.js';

/** `signBytes` undefined: what was signed there is unknown (a floor, an imported state), so only what is above may be signed. */
export interface Mark extends Hrs {
  readonly signBytes: ParsedSignBytes | undefined;
}

export type Verdict =
  /** Above the mark: may be signed after the mark has moved to it. */
  | { readonly kind: 'new' }
  /** Exactly the mark: may be signed again. */
  | { readonly kind: 'same' }
  /** The mark's vote or proposal with another timestamp: the earlier signature is to be replayed, with its timestamp. */
  | { readonly kind: 'timestamp-only' }
  | { readonly kind: 'denied'; readonly reason: DenialReason };

export type DenialReason = 'height-regression' | 'round-regression' | 'step-regression' | 'conflicting-data';

/** Judges a request against the mark of its chain; `mark` undefined when nothing was ever signed and there is no floor. */
export function checkSign(mark: Mark | undefined, request: ParsedSignBytes): Verdict {
  if (mark === undefined || compareHrs(request, mark) > 0) return { kind: 'new' };
  if (request.height < mark.height) return { kind: 'denied', reason: 'height-regression' };
  if (request.round < mark.round) return { kind: 'denied', reason: 'round-regression' };
  if (compareHrs(request, mark) < 0) return { kind: 'denied', reason: 'step-regression' };
  if (mark.signBytes === undefined) return { kind: 'denied', reason: 'conflicting-data' };
  if (equalBytes(mark.signBytes.bytes, request.bytes)) return { kind: 'same' };
  if (equalExceptTimestamp(mark.signBytes, request)) return { kind: 'timestamp-only' };
  return { kind: 'denied', reason: 'conflicting-data' };
}
