/**
 * The one place where a share of a signature is released, for peers and for this cosigner's own sessions alike.
 *
 * Two gates, and the sync between them. `request`, in one synchronous step: the intent's entry is in this cosigner's log
 * with the leader's current term; the rule (`sign-state`) allows its bytes, read strictly from the entry itself; the nonce
 * pair leaves the stock; the mark moves and its record joins the same batch as the entry. `release`, after that batch is
 * synced: the term has not moved, the entry is still there, the epoch is not sealed, and the mark on disk is exactly these bytes. Only then
 * do the shares leave. Otherwise the mark stays, the pair is burnt, and no share leaves.
 *
 * Raw bytes have no height, no entry and no mark: `releaseRaw` has one gate, the seal and the rule of `raw-bytes.ts` in `sign-state`,
 * under this cosigner's own configuration, which keeps them apart from everything that a mark guards. Their nonces are
 * guarded like all others.
 */

import { type BoundSession, FrostError } from '@quorumsign/frost';
import {
  assertExtensionOf,
  checkRawBytes,
  checkSign,
  compareHrs,
  formatHrs,
  type MarkRecord,
  type ParsedSignBytes,
  RAW_BYTES_KINDS,
} from '@quorumsign/sign-state';
import type { RawShareRequest, ShareRequest, SigningPart } from '../gen/cosigner/cosigner.js';
import { exceededLimit, signedMs } from './limits.js';
import type { Marks } from './marks.js';
import { NonceUse, type NonceUseDeps, type Refusal, refused, type TakenPart } from './nonce-use.js';
import type { LoggedIntent, VerifiedResult } from './replicated-state.js';
import type { Connection, CoreChain } from './types.js';

/** Signatures asked for in one request: a vote and its extension. */
export const PARTS_MAX = 2;

export interface ShareReleaseDeps extends NonceUseDeps {
  readonly marks: Marks;
  chain(chainId: string): CoreChain | undefined;
  /** This member's view now: term, leader, and the log. */
  term(): bigint;
  leader(): string | undefined;
  termAt(index: bigint): bigint | undefined;
  intentAt(index: bigint): LoggedIntent | undefined;
  highestResult(chainId: string): VerifiedResult | undefined;
  /** No share of this epoch leaves any more. */
  isSealed(): boolean;
  wallMs(): number;
}

const SEALED = 'sealed: the key passes to its next epoch';

export type ShareAnswer = { readonly kind: 'shares'; readonly shares: Uint8Array[] } | Refusal;

export interface PendingRelease {
  readonly from: Connection;
  readonly request: ShareRequest;
  readonly message: ParsedSignBytes;
  readonly parts: readonly TakenPart[];
  /** The mark that joins this step's batch; undefined when the mark was there before. */
  readonly moved: MarkRecord | undefined;
  shares: Uint8Array[] | undefined;
  /** Why no share could be made of the request. */
  failure: string | undefined;
}

export class ShareRelease {
  readonly #deps: ShareReleaseDeps;
  readonly #nonces: NonceUse;

  constructor(deps: ShareReleaseDeps) {
    this.#deps = deps;
    this.#nonces = new NonceUse(deps);
  }

  /**
   * The first gate. Nothing here waits: what it changes (mark, nonces) is changed before anything else can run.
   *
   * @param sessions - opened already, for this cosigner's own sessions; a peer's request is opened and checked here
   */
  request(
    from: Connection,
    request: ShareRequest,
    sessions?: readonly (() => BoundSession)[],
  ): PendingRelease | Refusal {
    const { marks } = this.#deps;
    if (this.#deps.isSealed()) return refused(SEALED);
    const intent = this.#deps.intentAt(request.index);
    if (request.term !== this.#deps.term() || this.#deps.leader() !== from.peer)
      return refused('not the leader of this term');
    if (intent === undefined || intent.term !== request.term || this.#deps.termAt(request.index) !== request.term) {
      return refused('no such entry in this term');
    }
    const { message } = intent;
    const chain = this.#deps.chain(message.chainId);
    if (chain === undefined) return refused(`unknown chain ${message.chainId}`);
    const badPart = checkParts(request.parts, message);
    if (badPart !== undefined) return refused(badPart);

    const mark = marks.latest(message.chainId);
    const verdict = checkSign(mark, message);
    if (verdict.kind === 'denied' || verdict.kind === 'timestamp-only') {
      const reason = verdict.kind === 'denied' ? verdict.reason : 'another timestamp is marked';
      return refused(`${reason}: the mark is at ${mark === undefined ? 'none' : formatHrs(mark)}`);
    }
    if (verdict.kind === 'new') {
      const limit = this.#exceededLimit(chain, mark, message);
      if (limit !== undefined) return refused(limit);
    }
    const wanted = request.parts.map(({ extensionSignBytes, commitments }, at) => ({
      message: extensionSignBytes.length > 0 ? extensionSignBytes : message.bytes,
      commitments,
      bound: sessions?.[at],
    }));
    const parts = this.#nonces.take(from, chain, wanted);
    if ('kind' in parts) return parts;
    let moved: MarkRecord | undefined;
    if (verdict.kind === 'new') {
      const { height, round, step, chainId } = message;
      moved = { height, round, step, chainId, signBytes: message, timeMs: this.#deps.wallMs() };
      marks.move(moved);
    }
    return { from, request, message, parts, moved, shares: undefined, failure: undefined };
  }

  /** The curve work, done while the sync is under way. A pair is used up by it whatever happens. */
  compute(pending: PendingRelease): void {
    if (pending.shares !== undefined || pending.failure !== undefined) return;
    const chain = this.#deps.chain(pending.message.chainId);
    if (chain === undefined) throw new Error('impossible: a chain vanished');
    try {
      pending.shares = pending.parts.map(({ bound, pair }) => bound().signShare(chain.share, pair));
    } catch (error) {
      if (!(error instanceof FrostError)) throw error;
      pending.failure = error.message;
    }
  }

  /** The second gate: everything that `request` relied on, asked again once the batch is synced. */
  release(pending: PendingRelease): ShareAnswer {
    const { request, message, from } = pending;
    if (this.#deps.isSealed()) return discard(pending, SEALED);
    if (this.#deps.term() !== request.term || this.#deps.leader() !== from.peer)
      return discard(pending, 'the term has moved');
    if (this.#deps.termAt(request.index) !== request.term) return discard(pending, 'the entry is gone');
    if (!this.#deps.marks.isDurably(message)) return discard(pending, 'the mark has moved on');
    this.compute(pending);
    if (pending.shares === undefined) return discard(pending, `bad commitments: ${pending.failure}`);
    return { kind: 'shares', shares: pending.shares };
  }

  /**
   * The one gate for raw bytes, and the share at once: nothing has to be on disk before it.
   *
   * @param session - opened already, for this cosigner's own sessions
   */
  releaseRaw(from: Connection, request: RawShareRequest, session?: () => BoundSession): ShareAnswer {
    const { chainId, rawBytes, commitments } = request;
    if (this.#deps.isSealed()) return refused(SEALED);
    const chain = this.#deps.chain(chainId);
    if (chain === undefined) return refused(`unknown chain ${chainId}`);
    const kind = RAW_BYTES_KINDS.find((each) => each === request.kind);
    if (kind === undefined) return refused(`raw bytes of an unknown kind, ${request.kind}`);
    const reason = checkRawBytes(kind, rawBytes, { chainId, policy: chain.rawBytes });
    if (reason !== undefined) return refused(reason);
    const parts = this.#nonces.take(from, chain, [{ message: rawBytes, commitments, bound: session }]);
    if ('kind' in parts) return parts;
    try {
      return { kind: 'shares', shares: parts.map(({ bound, pair }) => bound().signShare(chain.share, pair)) };
    } catch (error) {
      for (const { pair } of parts) pair.destroy();
      if (!(error instanceof FrostError)) throw error;
      return refused(`bad commitments: ${error.message}`);
    }
  }

  /** A coordinator's connection is gone: so are its pairs, and the memory of what it used. */
  connectionLost(peer: string): void {
    this.#nonces.connectionLost(peer);
  }

  /** Against the higher of mark and result. Where the mark alone allows it, and that is nearly always, no result is verified for it. */
  #exceededLimit(chain: CoreChain, mark: MarkRecord | undefined, message: ParsedSignBytes): string | undefined {
    const nowMs = this.#deps.wallMs();
    const byMark = exceededLimit(chain.limits, mark, message, nowMs);
    if (mark !== undefined && byMark === undefined) return undefined;
    const result = this.#deps.highestResult(chain.chainId)?.message;
    if (result === undefined || (mark !== undefined && compareHrs(result, mark) <= 0)) return byMark;
    return exceededLimit(
      chain.limits,
      { height: result.height, timeMs: mark?.timeMs ?? signedMs(result) },
      message,
      nowMs,
    );
  }
}

/** What stands beside the vote: at most one extension, of exactly this non-nil precommit. */
function checkParts(parts: readonly SigningPart[], message: ParsedSignBytes): string | undefined {
  if (parts.length === 0 || parts.length > PARTS_MAX) return `expected 1 to ${PARTS_MAX} parts, found ${parts.length}`;
  let votes = 0;
  for (const part of parts) {
    if (part.extensionSignBytes.length === 0) {
      votes++;
      continue;
    }
    try {
      assertExtensionOf(message, part.extensionSignBytes);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
  return votes > 1 || parts.length - votes > 1 ? 'one message asked for twice' : undefined;
}

function discard(pending: PendingRelease, reason: string): Refusal {
  for (const { pair } of pending.parts) pair.destroy();
  pending.shares?.forEach((share) => {
    share.fill(0);
  });
  return refused(reason);
}
