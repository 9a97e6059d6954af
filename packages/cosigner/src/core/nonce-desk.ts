/**
 * Nonces in both directions, prepared while nothing waits: this cosigner's own pairs, issued to whoever coordinates, and
 * the commitments of all members that it stocks for its own sessions.
 *
 * Points are checked when they arrive, not when they are used. A leader hands each stocked commitment on to the other
 * members of its signer set; they check and prepare it in their idle time and find it so when the session comes. What a
 * leader says of others' commitments decides nothing: a signer takes the points of the session's own list, checked or not before.
 */

import { type NonceCommitment, type NoncePair, NonceStock, releaseCommitment } from '@quorumsign/frost';
import type { NonceBatch, NonceRequest } from '../gen/cosigner/cosigner.js';
import { bytesKey, concat } from './bytes.js';
import type { CommitmentStock, StockedCommitment } from './commitment-stock.js';
import type { Outbox } from './outbox.js';
import type { Connection, CoreChain, CoreDeps, CoreMember, CoreOptions } from './types.js';

/** Pairs made for one request. */
export const NONCES_PER_BATCH_MAX = 4;
/** Points that a leader told of and no session has used yet. */
const CHECKED_MAX = 1024;
/** Pieces of work waiting for an idle moment; beyond it what peers ask is passed over, and asked again. */
const WORK_MAX = 256;
/** More than this waiting, or what waits longer, is done even while signatures are under way: a node may ask without a pause. */
const WORK_PRESSING = 16;
const WORK_PRESSING_MS = 10;

/** Points that a leader told of. */
interface Checked {
  readonly toldBy: string;
  points: NonceCommitment;
}

export interface NonceDeskDeps {
  readonly options: CoreOptions;
  readonly deps: CoreDeps;
  readonly self: CoreMember;
  readonly stock: CommitmentStock;
  readonly outbox: Outbox;
  chain(chainId: string): CoreChain | undefined;
  isConnection(connection: Connection): boolean;
  isConnected(peer: string): boolean;
  isLeader(): boolean;
  /** A peer's commitment came into the stock. */
  stocked(chainId: string): void;
}

export class NonceDesk {
  /** Own pairs that were issued and not used. */
  readonly pairs = new NonceStock<NoncePair>();
  readonly #d: NonceDeskDeps;
  readonly #own: Connection;
  readonly #checked = new Map<string, Checked>();
  readonly #work: { readonly sinceMs: number; readonly run: () => void }[] = [];
  /** Keys of checked points to prepare when there is no other work: that makes a signature quicker, not possible. */
  readonly #toPrepare: string[] = [];

  constructor(deps: NonceDeskDeps, own: Connection) {
    this.#d = deps;
    this.#own = own;
  }

  hasWork(): boolean {
    return this.#work.length + this.#toPrepare.length > 0;
  }

  /** So much is waiting, or for so long, that stocks may run out. */
  isPressing(): boolean {
    const [oldest] = this.#work;
    if (oldest === undefined) return false;
    return this.#work.length > WORK_PRESSING || this.#d.deps.monotonicMs() - oldest.sinceMs > WORK_PRESSING_MS;
  }

  /** One piece of work: a pair made, or a commitment checked, or prepared. */
  workOnce(): void {
    const work = this.#work.shift();
    if (work !== undefined) work.run();
    else this.#prepareOne();
  }

  /** What a leader told of is void with its connection. */
  connectionLost(peer: string): void {
    for (const [key, { toldBy, points }] of this.#checked) {
      if (toldBy !== peer) continue;
      this.#checked.delete(key);
      releaseCommitment(points);
    }
  }

  /** Brings the stock for a set up to `target`. @param urgent - a signature waits: own pairs are made at once */
  refill(chainId: string, signerSet: readonly number[], target: number, urgent: boolean): void {
    const { options, deps, self, stock, outbox } = this.#d;
    const reachable = options.members.filter(
      ({ name, identifier }) => signerSet.includes(identifier) && (name === self.name || this.#d.isConnected(name)),
    );
    const members = reachable.map(({ identifier }) => identifier);
    const atLeast = urgent ? 1 : NONCES_PER_BATCH_MAX;
    const due = stock.due({ chainId, signerSet, members, target, atLeast, urgent }, deps.monotonicMs());
    for (const member of reachable) {
      const missing = due.get(member.identifier);
      if (missing === undefined) continue;
      const request = { chainId, signerSet: [...signerSet], count: Math.min(missing, NONCES_PER_BATCH_MAX) };
      if (member.name !== self.name) {
        (urgent ? outbox.urgentFrame(member.name) : outbox.frame(member.name)).nonceRequests.push(request);
      } else if (urgent) {
        this.#addOwn(request);
      } else {
        for (let i = 0; i < request.count; i++) this.#later(() => this.#addOwn({ ...request, count: 1 }));
      }
    }
  }

  /** A coordinator asks for commitments. */
  requested(from: Connection, request: NonceRequest): void {
    // Less than a whole batch is asked for when a signature waits for it.
    if (request.count < NONCES_PER_BATCH_MAX) this.offer(from, request);
    else if (this.#work.length < WORK_MAX) {
      this.#later(() => this.#d.isConnection(from) && this.offer(from, request));
    }
  }

  offer(to: Connection, request: NonceRequest): void {
    const issued = this.#issue(to, request);
    if (issued.length === 0) return;
    const { chainId, signerSet, count } = request;
    const commitments = issued.map(({ number, pair }) => ({
      identifier: this.#d.self.identifier,
      number,
      commitment: concat(pair.commitment.hiding, pair.commitment.binding),
    }));
    const { outbox } = this.#d;
    const frame = count < NONCES_PER_BATCH_MAX ? outbox.urgentFrame(to.peer) : outbox.frame(to.peer);
    frame.nonceBatches.push({ chainId, signerSet, commitments, handedOn: false });
  }

  /**
   * A peer publishes commitments for sessions of this cosigner, or a leader hands on those that it will use itself. What a leader
   * holds of its own is reserved for its own sessions, so it must not come into the stock here.
   *
   * @param now - a signature waits for them
   */
  published(from: Connection, member: CoreMember, batch: NonceBatch, now: boolean): void {
    const { chainId, signerSet, commitments, handedOn } = batch;
    if (this.#d.chain(chainId) === undefined || !this.#isSignerSet(signerSet)) return;
    for (const { identifier, number, commitment } of commitments.slice(0, NONCES_PER_BATCH_MAX)) {
      if (identifier === this.#d.self.identifier || !signerSet.includes(identifier) || commitment.length !== 64)
        continue;
      if (!handedOn && identifier !== member.identifier) continue;
      if (this.#work.length >= WORK_MAX) return;
      const take = () => {
        // A reconnect voids what was published before it.
        if (!this.#d.isConnection(from)) return;
        const points = this.#check(member, commitment, identifier);
        if (points === undefined) return;
        if (handedOn) {
          this.#remember(checkedKey(commitment, identifier), { toldBy: from.peer, points });
          return;
        }
        this.#stockAndHandOn(chainId, signerSet, member, [{ number, points, bytes: commitment }]);
        this.#d.stocked(chainId);
      };
      if (!handedOn && now) take();
      else this.#later(take);
    }
  }

  /** The points of a commitment in a session's list, checked, for that session alone. @throws FrostError `POINT_MALFORMED` */
  points(commitment: Uint8Array, identifier: number): NonceCommitment {
    const key = checkedKey(commitment, identifier);
    const known = this.#checked.get(key);
    this.#checked.delete(key);
    return known?.points ?? this.#d.deps.frost.parseCommitment(commitment, identifier);
  }

  #later(run: () => void): void {
    this.#work.push({ sinceMs: this.#d.deps.monotonicMs(), run });
  }

  #addOwn(request: NonceRequest): void {
    const issued = this.#issue(this.#own, request);
    const stocked = issued.map(({ number, pair }) => ({
      number,
      points: pair.commitment,
      bytes: concat(pair.commitment.hiding, pair.commitment.binding),
    }));
    this.#stockAndHandOn(request.chainId, request.signerSet, this.#d.self, stocked);
  }

  #stockAndHandOn(
    chainId: string,
    signerSet: readonly number[],
    of: CoreMember,
    commitments: readonly StockedCommitment[],
  ): void {
    const { options, self, stock, outbox } = this.#d;
    stock.add(chainId, signerSet, of.identifier, commitments);
    if (!this.#d.isLeader()) return;
    for (const member of options.members) {
      const { name, identifier } = member;
      if (name === self.name || identifier === of.identifier || !signerSet.includes(identifier)) continue;
      if (!this.#d.isConnected(name)) continue;
      const told = commitments.map(({ number, bytes }) => ({ identifier: of.identifier, number, commitment: bytes }));
      outbox.frame(name).nonceBatches.push({ chainId, signerSet: [...signerSet], commitments: told, handedOn: true });
    }
  }

  #issue(coordinator: Connection, { chainId, signerSet, count }: NonceRequest): { number: bigint; pair: NoncePair }[] {
    const { deps } = this.#d;
    const chain = this.#d.chain(chainId);
    if (chain === undefined || !this.#isSignerSet(signerSet)) return [];
    const reservation = { chainId, signerSet, coordinator: coordinator.peer, connectionId: coordinator.connectionId };
    return this.pairs.issue(reservation, Math.min(count, NONCES_PER_BATCH_MAX), deps.monotonicMs(), () =>
      deps.frost.generateNonces(chain.share, (length) => deps.randomBytes(length)),
    );
  }

  #check(from: CoreMember, commitment: Uint8Array, identifier: number): NonceCommitment | undefined {
    const { frost, effects } = this.#d.deps;
    try {
      return frost.parseCommitment(commitment, identifier);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      effects.event({ kind: 'bad-frame', peer: from.name, reason });
      return undefined;
    }
  }

  #remember(key: string, checked: Checked): void {
    if (this.#checked.has(key)) return;
    this.#checked.set(key, checked);
    if (this.#toPrepare.length < CHECKED_MAX) this.#toPrepare.push(key);
    for (const [oldest, { points }] of this.#checked) {
      if (this.#checked.size <= CHECKED_MAX) break;
      this.#checked.delete(oldest);
      releaseCommitment(points);
    }
  }

  #prepareOne(): void {
    const checked = this.#checked.get(this.#toPrepare.shift() ?? '');
    if (checked === undefined) return;
    checked.points = this.#d.deps.frost.prepareCommitment(checked.points) ?? checked.points;
  }

  #isSignerSet(signerSet: readonly number[]): boolean {
    const { members, threshold } = this.#d.options;
    const known = signerSet.every((each) => members.some((member) => member.identifier === each));
    const ascending = signerSet.every((each, at) => at === 0 || each > (signerSet[at - 1] ?? 0));
    return known && ascending && signerSet.length === threshold;
  }
}

function checkedKey(commitment: Uint8Array, identifier: number): string {
  return `${identifier}:${bytesKey(commitment)}`;
}
