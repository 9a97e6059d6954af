/**
 * A dealer's part of a ceremony. Its order is: the seal on disk, then whom it deals to on disk, then the contributions. It deals until every
 * member has begun, in the next epoch too, and what it deals again is the same.
 */

import { equalBytes } from '@quorumsign/sign-state';
import type { Contribution, EpochMember } from '../../gen/cosigner/cosigner.js';
import { bytesToHex } from '../bytes.js';
import type { CeremonyDeps } from './ceremony-deps.js';
import { contributionsOf } from './contributions.js';
import { dealersOf } from './epoch-change.js';
import type { Passage } from './passage.js';
import { mayUnseal } from './withdrawal.js';

/** How long a contribution is given to arrive before it is sent again. */
const AGAIN_TICKS = 50;
const NOTHING = new Uint8Array();

export class Dealing {
  readonly #d: CeremonyDeps;
  readonly #passage: Passage;
  #isSealed: boolean;
  #contributions: ReadonlyMap<number, Contribution> | undefined;
  /** When each member was sent its contribution, in ticks, on the connection at hand. */
  readonly #sentAt = new Map<string, number>();

  constructor(deps: CeremonyDeps, passage: Passage) {
    this.#d = deps;
    this.#passage = passage;
    this.#isSealed = deps.sealedFor() === passage.named.id;
  }

  /** The seal is on disk. */
  get isSealed(): boolean {
    return this.#isSealed || this.#passage.isBegun();
  }

  disconnected(peer: string): void {
    this.#sentAt.delete(peer);
  }

  /** Seals, or deals to whom has nothing of it yet. */
  advance(nowTicks: number): void {
    const { id, change } = this.#passage.named;
    if (this.isSealed) this.#dealToAll(nowTicks);
    else if (this.#d.sealedFor() !== id && this.#maySeal()) {
      this.#d.event({ kind: 'epoch', what: 'sealed', epoch: change.epoch });
      this.#d.seal(id, () => {
        this.#isSealed = true;
        this.#passage.changed();
      });
    }
  }

  /** The contribution for one member; undefined where the shares of the epoch that ends are gone. */
  contributionFor(identifier: number): Contribution | undefined {
    const { named } = this.#passage;
    const ending = this.#d.sharingNamed(bytesToHex(named.change.from));
    if (ending === undefined) return undefined;
    this.#contributions ??= contributionsOf(named, {
      frost: this.#d.frost,
      share: (chainId) => ending.chains.find((chain) => chain.chainId === chainId)?.share,
      marks: this.#d.marks(),
      results: this.#d.results(),
    });
    return this.#contributions.get(identifier);
  }

  /** This dealer has withdrawn, on its disk: it signs in the old epoch again where nobody can in the new one. */
  unsealIfSafe(): void {
    const { named, peers } = this.#passage;
    this.#contributions = undefined;
    if (this.#d.sealedFor() !== named.id) return;
    const dealt = this.#passage.record().dealt.length > 0;
    if (!mayUnseal(named.change, { name: this.#d.name, dealt }, peers.withdrawn)) return;
    this.#d.event({ kind: 'epoch', what: 'unsealed', epoch: named.change.epoch });
    this.#d.unseal(() => {
      this.#isSealed = false;
      this.#passage.changed();
    });
  }

  /** All are there, or one has gone ahead and enough are there to make the new epoch. */
  #maySeal(): boolean {
    const { peers, named } = this.#passage;
    if (this.#d.storeName() === undefined) return false;
    const isReady = ({ name }: EpochMember) => name === this.#d.name || peers.of(name)?.withdrawn === false;
    const { members, threshold } = named.change;
    const dealers = dealersOf(named.change);
    if (members.every(isReady) && dealers.every(isReady)) return true;
    return dealers.some(({ name }) => peers.of(name)?.sealed === true) && members.filter(isReady).length >= threshold;
  }

  #dealToAll(nowTicks: number): void {
    const { named, peers } = this.#passage;
    const record = this.#passage.record();
    const waiting = named.change.members.filter(({ name }) => name !== this.#d.name && this.#waits(name));
    const dealt = waiting
      .filter(({ name }) => record.dealt.every(({ member }) => member !== name))
      .map(({ name: member }) => ({ member, store: peers.of(member)?.store ?? NOTHING }));
    if (dealt.length > 0) this.#passage.write({ ...record, dealt: [...record.dealt, ...dealt] });
    for (const member of waiting) this.#dealTo(member, nowTicks);
  }

  /** A member is there, and has nothing of this dealer yet. */
  #waits(member: string): boolean {
    const state = this.#passage.peers.of(member);
    return state !== undefined && !state.withdrawn && !state.begun && !state.received.includes(this.#d.name);
  }

  #dealTo({ name, identifier }: EpochMember, nowTicks: number): void {
    if (nowTicks - (this.#sentAt.get(name) ?? Number.NEGATIVE_INFINITY) < AGAIN_TICKS) return;
    const dealt = this.#passage.durable().dealt.find(({ member }) => member === name);
    // Another store of this member may have begun the epoch and signed in it: what it has forgotten is not dealt again.
    if (dealt === undefined || !equalBytes(dealt.store, this.#passage.peers.of(name)?.store ?? NOTHING)) return;
    const contribution = this.contributionFor(identifier);
    if (contribution === undefined) return;
    this.#sentAt.set(name, nowTicks);
    this.#d.send(name, { change: this.#passage.named.idBytes, state: undefined, contribution });
  }
}
