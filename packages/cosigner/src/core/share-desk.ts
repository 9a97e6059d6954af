/**
 * Share requests on their way: to the members of a signer set, of which this cosigner may be one, and from coordinators through the
 * gates of `ShareRelease` to the disk and back.
 */

import type { RawShareRequest, ShareRequest } from '../gen/cosigner/cosigner.js';
import type { Batches } from './batches.js';
import type { MarkTelling } from './mark-telling.js';
import type { NonceDesk } from './nonce-desk.js';
import { refused } from './nonce-use.js';
import type { Outbox } from './outbox.js';
import type { Sessions } from './sessions.js';
import type { PendingRelease, ShareAnswer, ShareRelease } from './share-release.js';
import type { SignStateReplicator } from './sign-state-replicator.js';
import type { SigningSession } from './signing-task.js';
import type { Connection, CoreMember } from './types.js';

/** Share requests that wait for their entry, or for the fence. */
const EARLY_MAX = 64;
const NOT_ADMITTED = 'not admitted by the others yet';

export interface ShareDeskDeps {
  readonly self: CoreMember;
  /** How this cosigner's own sessions reach it. */
  readonly own: Connection;
  readonly release: ShareRelease;
  readonly sessions: Sessions;
  readonly nonces: NonceDesk;
  readonly log: SignStateReplicator;
  readonly batches: Batches;
  readonly outbox: Outbox;
  readonly telling: MarkTelling;
  isConnection(connection: Connection): boolean;
  isConnected(peer: string): boolean;
  /** Whether shares may leave; `soon`: within a moment. */
  releases(): 'yes' | 'soon' | 'no';
}

export class ShareDesk {
  readonly #d: ShareDeskDeps;
  #early: (() => void)[] = [];
  /** Shares to compute while their batch is on its way to the disk. */
  #toCompute: PendingRelease[] = [];
  /** Asked for, and waiting for the disk. */
  #waiting = 0;

  constructor(deps: ShareDeskDeps) {
    this.#d = deps;
  }

  /** Asks a member of a session of this cosigner's. */
  ask(member: CoreMember, request: ShareRequest, session: SigningSession): void {
    const { self, own, outbox } = this.#d;
    if (member.name === self.name) this.asked(own, request, session);
    else if (this.#d.isConnected(member.name)) outbox.urgentFrame(member.name).shareRequests.push(request);
  }

  /** The same for raw bytes, which have no entry and no mark. */
  askRaw(member: CoreMember, request: RawShareRequest, session: SigningSession): void {
    const { self, own, outbox, release } = this.#d;
    if (member.name === self.name) {
      this.#whenOpen(own, request.session, () =>
        this.#reply(own, request.session, release.releaseRaw(own, request, session.parts[0]?.bound)),
      );
    } else if (this.#d.isConnected(member.name)) {
      outbox.urgentFrame(member.name).rawShareRequests.push(request);
    }
  }

  /** A coordinator asks. @param session - its own, when this cosigner asks itself */
  asked(from: Connection, request: ShareRequest, session?: SigningSession): void {
    this.#whenOpen(from, request.session, () => this.#prepare(from, request, session));
  }

  askedRaw(from: Connection, request: RawShareRequest): void {
    this.#whenOpen(from, request.session, () =>
      this.#reply(from, request.session, this.#d.release.releaseRaw(from, request)),
    );
  }

  /** Entries have come, or the fence has opened: what was early may be answered now. */
  retryEarly(): void {
    if (this.#early.length === 0) return;
    const early = this.#early;
    this.#early = [];
    for (const again of early) again();
  }

  /** Nothing is signed before the fence says so. */
  #whenOpen(from: Connection, session: bigint, answer: () => void): void {
    const releases = this.#d.releases();
    if (releases === 'yes') answer();
    else if (releases === 'soon' && this.#early.length < EARLY_MAX)
      this.#early.push(() => this.#whenOpen(from, session, answer));
    else this.#reply(from, session, refused(NOT_ADMITTED));
  }

  #prepare(from: Connection, request: ShareRequest, session: SigningSession | undefined): void {
    const { release, batches, telling } = this.#d;
    const sessions = session?.parts.map((part) => part.bound);
    const pending = release.request(from, request, sessions);
    if ('kind' in pending) {
      if (this.#comesEarly(from, request)) this.#early.push(() => this.asked(from, request));
      else this.#reply(from, request.session, pending);
      return;
    }
    if (pending.moved !== undefined) {
      batches.writeMark(pending.moved);
      telling.changed(pending.moved.chainId);
    }
    batches.waiting.releases.push(pending);
    this.#waiting++;
    // One's own share is made when its sync is done: until then the processor belongs to the peers' frames and the disk, and the
    // peers' shares are not there before.
    if (session === undefined) this.#toCompute.push(pending);
  }

  /** The batch of a request is on disk. */
  synced(pending: PendingRelease): void {
    this.#waiting--;
    this.#reply(pending.from, pending.request.session, this.#d.release.release(pending));
  }

  get hasWork(): boolean {
    return this.#toCompute.length > 0;
  }

  /** Whether a share is under way: its sync may end at any moment. */
  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  /** The curve work of shares whose sync is under way. */
  compute(): void {
    if (this.#toCompute.length === 0) return;
    const pending = this.#toCompute;
    this.#toCompute = [];
    for (const each of pending) this.#d.release.compute(each);
  }

  /** A new leader probes a follower's log before it streams: its first request can overtake the entry that it is for. */
  #comesEarly(from: Connection, request: ShareRequest): boolean {
    const { log, self } = this.#d;
    const isNext = request.term === log.term && request.index > log.current.lastIndex;
    return isNext && from.peer === log.leader && from.peer !== self.name && this.#early.length < EARLY_MAX;
  }

  #reply(to: Connection, session: bigint, answer: ShareAnswer): void {
    const { self, own, sessions, nonces, outbox, telling, log } = this.#d;
    const reply =
      answer.kind === 'shares'
        ? { session, shares: answer.shares, refused: '' }
        : { session, shares: [], refused: answer.reason };
    if (to === own) {
      sessions.shareReplied(self, reply);
      return;
    }
    if (!this.#d.isConnection(to)) return;
    if (answer.kind === 'refused' && answer.unknownNonces !== undefined) {
      nonces.offer(to, { ...answer.unknownNonces, count: 2 });
    }
    const frame = outbox.urgentFrame(to.peer);
    frame.shareReplies.push(reply);
    // A coordinator that asks for what the mark forbids does not know the mark. A report promises that its term is on disk: after a
    // restart in an older term this cosigner could still take an intent of that term's leader.
    const { term, durableTerm } = log.current;
    if (answer.kind === 'refused' && durableTerm === term) frame.marks = telling.report(to.peer, term, frame.marks);
  }
}
