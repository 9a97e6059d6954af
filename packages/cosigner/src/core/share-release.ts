/**
 * The one place where a share of a signature is released, for peers and for this cosigner's own sessions alike.
 *
 * Two gates, and the sync between them. `request`, in one synchronous step: the intent's entry is in this cosigner's log
 * with the leader's current term; the rule (`sign-state`) allows its bytes, read strictly from the entry itself; the nonce
 * pair leaves the stock; the mark moves and its record joins the same batch as the entry. `release`, after that batch is
 * synced: the term has not moved, the entry is still there, and the mark on disk is exactly these bytes. Only then do the
 * shares leave. Otherwise the mark stays, the pair is burnt, and no share leaves.
 */

import {
  type BoundSession,
  type Frost,
  FrostError,
  type NonceCommitment,
  type NoncePair,
  type NonceStock,
  type SigningSession,
} from '@quorumsign/frost';
import {
  checkSign,
  compareHrs,
  equalBytes,
  formatHrs,
  type MarkRecord,
  type ParsedSignBytes,
  parseExtensionSignBytes,
} from '@quorumsign/sign-state';
import type { ShareRequest, SigningPart } from '../gen/cosigner/cosigner.js';
import { bytesKey } from './bytes.js';
import { exceededLimit } from './limits.js';
import type { Marks } from './marks.js';
import type { LoggedIntent, VerifiedResult } from './replicated-state.js';
import type { Connection, CoreChain } from './types.js';

/** Signatures asked for in one request: a vote and its extension. */
export const PARTS_MAX = 2;
/** Commitments of other members remembered as used, per coordinator. */
const COMMITMENTS_REMEMBERED_MAX = 8192;

export interface ShareReleaseDeps {
  readonly self: number;
  readonly frost: Frost;
  readonly marks: Marks;
  readonly nonces: NonceStock<NoncePair>;
  /** The points of a published commitment, checked. @throws FrostError `POINT_MALFORMED` */
  points(commitment: Uint8Array, identifier: number): NonceCommitment;
  chain(chainId: string): CoreChain | undefined;
  /** This member's view now: term, leader, and the log. */
  term(): bigint;
  leader(): string | undefined;
  termAt(index: bigint): bigint | undefined;
  intentAt(index: bigint): LoggedIntent | undefined;
  highestResult(chainId: string): VerifiedResult | undefined;
  wallMs(): number;
}

export type ShareAnswer =
  | { readonly kind: 'shares'; readonly shares: Uint8Array[] }
  | {
      readonly kind: 'refused';
      readonly reason: string;
      readonly unknownNonces?: { chainId: string; signerSet: number[] };
    };

export interface PendingRelease {
  readonly from: Connection;
  readonly request: ShareRequest;
  readonly message: ParsedSignBytes;
  readonly parts: readonly { readonly bound: () => BoundSession; readonly pair: NoncePair }[];
  /** The mark that joins this step's batch; undefined when the mark was there before. */
  readonly moved: MarkRecord | undefined;
  shares: Uint8Array[] | undefined;
  /** Why no share could be made of the request. */
  failure: string | undefined;
}

interface Refusal {
  readonly kind: 'refused';
  readonly reason: string;
  readonly unknownNonces?: { chainId: string; signerSet: number[] };
}

export class ShareRelease {
  readonly #deps: ShareReleaseDeps;
  readonly #used = new Map<string, Set<string>>();

  constructor(deps: ShareReleaseDeps) {
    this.#deps = deps;
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
      const limit = exceededLimit(chain.limits, this.#lastSigned(mark, chain), message, this.#deps.wallMs());
      if (limit !== undefined) return refused(limit);
    }
    const parts = this.#takeNonces(from, request.parts, message, chain, sessions);
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
    if (this.#deps.term() !== request.term || this.#deps.leader() !== from.peer)
      return discard(pending, 'the term has moved');
    if (this.#deps.termAt(request.index) !== request.term) return discard(pending, 'the entry is gone');
    if (!this.#deps.marks.isDurably(message)) return discard(pending, 'the mark has moved on');
    this.compute(pending);
    if (pending.shares === undefined) return discard(pending, `bad commitments: ${pending.failure}`);
    return { kind: 'shares', shares: pending.shares };
  }

  /** A coordinator's connection is gone: so are its pairs, and the memory of what it used. */
  connectionLost(peer: string): void {
    this.#deps.nonces.voidCoordinator(peer);
    this.#used.delete(peer);
  }

  #lastSigned(mark: MarkRecord | undefined, chain: CoreChain): { height: bigint; timeMs: number } | undefined {
    const result = this.#deps.highestResult(chain.chainId);
    if (mark === undefined) return result && { height: result.message.height, timeMs: this.#deps.wallMs() };
    if (result !== undefined && compareHrs(result.message, mark) > 0) {
      return { height: result.message.height, timeMs: mark.timeMs };
    }
    return mark;
  }

  #takeNonces(
    from: Connection,
    parts: readonly SigningPart[],
    message: ParsedSignBytes,
    chain: CoreChain,
    sessions: readonly (() => BoundSession)[] | undefined,
  ): PendingRelease['parts'] | Refusal {
    const { self, nonces } = this.#deps;
    const { chainId } = chain;
    const taken: { bound: () => BoundSession; pair: NoncePair }[] = [];
    for (const [at, part] of parts.entries()) {
      const signerSet = part.commitments.map((each) => each.identifier);
      const own = part.commitments.find((each) => each.identifier === self);
      const reservation = { chainId, signerSet, coordinator: from.peer, connectionId: from.connectionId };
      const pair = own && nonces.take(reservation, own.number);
      if (own === undefined || pair === undefined)
        return { ...refused('unknown nonce'), unknownNonces: { chainId, signerSet } };
      const published = pair.commitment;
      const matches =
        equalBytes(own.commitment.subarray(0, 32), published.hiding) &&
        equalBytes(own.commitment.subarray(32), published.binding);
      if (!matches || !this.#firstUse(from.peer, part)) {
        pair.destroy();
        return refused('a commitment that is not the published one, or was used before');
      }
      const ready = sessions?.[at];
      if (ready !== undefined) {
        taken.push({ bound: ready, pair });
        continue;
      }
      const bytes = part.extensionSignBytes.length > 0 ? part.extensionSignBytes : message.bytes;
      // Checking the others' points is dear, so it is done with the curve work, while the sync is under way.
      taken.push({ bound: () => this.#open(chain, part, published).bind(bytes), pair });
    }
    return taken;
  }

  /** @throws FrostError naming who sent a bad commitment */
  #open(chain: CoreChain, part: SigningPart, published: NonceCommitment): SigningSession {
    const { frost, self } = this.#deps;
    return frost.openSession(
      chain.group,
      part.commitments.map(({ identifier, commitment }) => ({
        identifier,
        commitment: identifier === self ? published : this.#deps.points(commitment, identifier),
      })),
    );
  }

  /** Whether no commitment of this list was seen in another session of this coordinator; then they are remembered. */
  #firstUse(coordinator: string, part: SigningPart): boolean {
    let used = this.#used.get(coordinator);
    if (used === undefined) {
      used = new Set();
      this.#used.set(coordinator, used);
    }
    if (part.commitments.some(({ commitment }) => commitment.length !== 64)) return false;
    const keys = part.commitments.map(({ identifier, commitment }) => `${identifier}:${bytesKey(commitment)}`);
    if (keys.some((key) => used.has(key))) return false;
    for (const key of keys) used.add(key);
    for (const oldest of used) {
      if (used.size <= COMMITMENTS_REMEMBERED_MAX) break;
      used.delete(oldest);
    }
    return true;
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
    if (message.step !== 'precommit' || message.blockId === undefined) return 'an extension of no non-nil precommit';
    try {
      const extension = parseExtensionSignBytes(part.extensionSignBytes);
      const same =
        extension.height === message.height &&
        extension.round === message.round &&
        extension.chainId === message.chainId;
      if (!same) return 'an extension of another vote';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
  return votes > 1 || parts.length - votes > 1 ? 'one message asked for twice' : undefined;
}

function refused(reason: string): Refusal {
  return { kind: 'refused', reason };
}

function discard(pending: PendingRelease, reason: string): Refusal {
  for (const { pair } of pending.parts) pair.destroy();
  pending.shares?.forEach((share) => {
    share.fill(0);
  });
  return refused(reason);
}
