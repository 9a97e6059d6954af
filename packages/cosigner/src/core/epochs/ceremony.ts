/**
 * The passage of the keys from one epoch to the next, as one cosigner takes part in it: as a dealer, as a member of the epoch that begins, or
 * both (design, section 3, 'Epochs'; `docs/internals/epochs.md`).
 *
 * Nothing here is done because a peer says so: a change is authorised, and withdrawn from, by this cosigner's operator. What is said to the
 * others is on disk before; what was lost on the way is sent again.
 */

import type {
  Ceremony as CeremonyMessage,
  CeremonyState,
  ChangeRecord,
  Contribution,
  EpochChange,
} from '../../gen/cosigner/cosigner.js';
import { bytesToHex, isAmong } from '../bytes.js';
import { NO_CHANGE } from '../log-records.js';
import { isParty, problemOfAuthorisation } from './authorisation.js';
import type { CeremonyDeps } from './ceremony-deps.js';
import { type NamedChange, nameChange } from './contributions.js';
import { Dealing } from './dealing.js';
import { epochOf, partiesOf } from './epoch-change.js';
import { Joining } from './joining.js';
import { type Passage, PeerStates } from './passage.js';
import { isComplete, problemOfWithdrawal } from './withdrawal.js';

/** How often the others are told again how far this cosigner is. */
const TELL_TICKS = 10;
/** To verify a contribution takes milliseconds, which a liar must not ask for without end. */
const REFUSED_TICKS = 50;
const NOTHING = new Uint8Array();

/** A change that this cosigner has a part in. */
interface UnderWay extends Passage {
  readonly dealing: Dealing | undefined;
  readonly joining: Joining | undefined;
}

export class Ceremony {
  readonly #d: CeremonyDeps;
  #record: ChangeRecord;
  #durable: ChangeRecord;
  #underWay: UnderWay | undefined;
  /** When a contribution of each peer was bad, in ticks: the next is not looked at for a while. */
  readonly #refusedAt = new Map<string, number>();
  #ticks = 0;

  constructor(deps: CeremonyDeps, restored: ChangeRecord) {
    this.#d = deps;
    this.#record = restored;
    this.#durable = restored;
    if (restored.change !== undefined) this.#underWay = this.#take(nameChange(restored.change, deps.sha256));
  }

  /** The change that this cosigner takes part in, or has withdrawn from. */
  get named(): NamedChange | undefined {
    return this.#underWay?.named;
  }

  get record(): ChangeRecord {
    return this.#record;
  }

  get isWithdrawn(): boolean {
    return this.named !== undefined && isAmong(this.named.idBytes, this.#record.withdrawn);
  }

  /** The same, on disk. */
  get isDurablyWithdrawn(): boolean {
    return this.named !== undefined && isAmong(this.named.idBytes, this.#durable.withdrawn);
  }

  /** Members of the epoch that begins that are known to be in it. */
  get begun(): readonly string[] {
    return this.named?.change.members.map(({ name }) => name).filter((name) => this.#isIn(name)) ?? [];
  }

  /**
   * An operator wants this change.
   *
   * @param durable - called when that is on disk
   * @returns why it cannot be
   */
  authorise(change: EpochChange, durable: () => void): string | undefined {
    const named = nameChange(change, this.#d.sha256);
    if (this.named?.id === named.id && !this.isWithdrawn) {
      this.#write(this.#record, durable);
      return undefined;
    }
    const problem = problemOfAuthorisation(named, {
      ...this.#d,
      sharing: this.#d.sharing(),
      sealedFor: this.#d.sealedFor(),
      hasWithdrawn: isAmong(named.idBytes, this.#record.withdrawn),
      underWay: this.isWithdrawn || this.#underWay?.isBegun() ? undefined : this.named,
    });
    if (problem !== undefined) return problem;
    this.#record = { ...NO_CHANGE, ...this.#ended(), change };
    this.#underWay = this.#take(named);
    this.#write(this.#record, durable);
    return undefined;
  }

  /**
   * An operator wants this cosigner out of the change: as a member for good, and as a dealer where no share of the new epoch can be.
   *
   * @param durable - called when that is on disk
   * @returns why it must not be
   */
  withdraw(durable: () => void): string | undefined {
    const underWay = this.#underWay;
    if (underWay === undefined) return 'no change of epoch is under way';
    if (this.isWithdrawn) {
      this.#write(this.#record, durable);
      return undefined;
    }
    const { named, joining, peers } = underWay;
    const problem = problemOfWithdrawal(named.change, {
      name: this.#d.name,
      isMember: joining !== undefined,
      holds: this.#record.holds,
      hasBegun: joining?.isBeginning === true,
      withdrawn: peers.withdrawn,
    });
    if (problem !== undefined) return problem;
    joining?.withdraw();
    this.#write({ ...this.#record, withdrawn: [...this.#record.withdrawn, named.idBytes] }, () => {
      this.#d.discardSharing(epochOf(named.change, named.id).name);
      durable();
    });
    return undefined;
  }

  connected(peer: string): void {
    this.#tell(peer);
  }

  disconnected(peer: string): void {
    this.#underWay?.peers.disconnected(peer);
    this.#underWay?.dealing?.disconnected(peer);
  }

  /** A peer says how far it is, or contributes. @throws Error for what cannot be believed */
  take(peer: string, { change, state, contribution }: CeremonyMessage): void {
    const underWay = this.#underWay;
    if (underWay?.named.id !== bytesToHex(change)) {
      if (state?.over === false) this.#tellOver(peer, change);
      return;
    }
    if (!isParty(underWay.named, peer)) return;
    if (state !== undefined) underWay.peers.heard(peer, state);
    if (contribution !== undefined && !this.isWithdrawn) this.#receive(underWay, peer, contribution);
    this.advance();
  }

  tick(): void {
    this.#ticks++;
    if (this.#underWay === undefined || this.#ticks % TELL_TICKS !== 0) return;
    this.#tellAll();
    this.advance();
  }

  /** The shares of an epoch are on disk. */
  kept(epochName: string): void {
    if (!this.isWithdrawn) this.#underWay?.joining?.kept(epochName);
  }

  /** Does whatever can be done now. */
  advance(): void {
    const underWay = this.#underWay;
    if (underWay === undefined || !this.#isOnDisk(underWay)) return;
    const { dealing, joining, named } = underWay;
    if (this.isWithdrawn) {
      if (this.isDurablyWithdrawn) dealing?.unsealIfSafe();
      return;
    }
    dealing?.advance(this.#ticks);
    this.#dealToSelf(underWay);
    joining?.advance();
    if (isComplete(named.change, this.begun, underWay.peers.withdrawn)) this.#complete(named);
  }

  /** @throws Error, with what is wrong with it */
  #receive({ joining }: UnderWay, peer: string, contribution: Contribution): void {
    if (this.#ticks - (this.#refusedAt.get(peer) ?? Number.NEGATIVE_INFINITY) < REFUSED_TICKS) return;
    try {
      joining?.receive(peer, contribution);
    } catch (error) {
      this.#refusedAt.set(peer, this.#ticks);
      throw error;
    }
  }

  /** A dealer that is a member is one of its own members. */
  #dealToSelf({ named, dealing, joining }: UnderWay): void {
    const self = named.change.members.find(({ name }) => name === this.#d.name);
    const isDue =
      dealing?.isSealed === true && joining?.isBeginning === false && !joining.received.includes(this.#d.name);
    const contribution = isDue && self !== undefined ? dealing.contributionFor(self.identifier) : undefined;
    if (contribution !== undefined) joining?.receive(this.#d.name, contribution);
  }

  /** Makes this cosigner's parts in a change. */
  #take(named: NamedChange): UnderWay {
    const { name } = this.#d;
    const passage: Passage = {
      named,
      peers: new PeerStates(),
      record: () => this.#record,
      durable: () => this.#durable,
      write: (record, durable) => this.#write(record, durable),
      isBegun: () => this.#d.sharing()?.epoch.name === epochOf(named.change, named.id).name,
      changed: () => {
        if (this.named?.id !== named.id) return;
        this.#tellAll();
        this.advance();
      },
    };
    const identifier = named.change.members.find((member) => member.name === name)?.identifier;
    const isOut = isAmong(named.idBytes, this.#record.withdrawn);
    return {
      ...passage,
      dealing: named.change.dealers.includes(name) ? new Dealing(this.#d, passage) : undefined,
      joining: identifier !== undefined && !isOut ? new Joining(this.#d, passage, identifier) : undefined,
    };
  }

  /** Nobody needs anything of this cosigner any more. */
  #complete({ change }: NamedChange): void {
    this.#d.event({ kind: 'epoch', what: 'complete', epoch: change.epoch });
    this.#tellAll();
    this.#write({ ...NO_CHANGE, ...this.#ended() });
    this.#underWay = undefined;
    this.#d.forgetEnded();
  }

  /** With the change at hand those that are over here. Who is out of its epoch must not deal again: it forgets whom it has dealt to. */
  #ended(): Pick<ChangeRecord, 'withdrawn' | 'begun'> {
    const { withdrawn, begun } = this.#record;
    if (this.#underWay === undefined || this.isWithdrawn) return { withdrawn, begun };
    const { named, isBegun } = this.#underWay;
    if (isBegun()) return { withdrawn, begun: [...begun, named.idBytes] };
    return { withdrawn: [...withdrawn, named.idBytes], begun };
  }

  #tellAll(): void {
    for (const { name } of this.named === undefined ? [] : partiesOf(this.named.change)) {
      if (name !== this.#d.name) this.#tell(name);
    }
  }

  #tell(peer: string): void {
    const underWay = this.#underWay;
    const store = this.#d.storeName();
    if (underWay === undefined || !this.#isOnDisk(underWay) || store === undefined) return;
    const { named, dealing, joining } = underWay;
    if (!isParty(named, peer) || !this.#d.isConnected(peer)) return;
    const state: CeremonyState = {
      sealed: dealing?.isSealed === true,
      dealt: this.#record.dealt.length > 0,
      withdrawn: this.isDurablyWithdrawn,
      store,
      received: [...(joining?.received ?? [])],
      holds: joining?.holds ?? NOTHING,
      begun: underWay.isBegun(),
      over: false,
    };
    this.#d.send(peer, { change: named.idBytes, state, contribution: undefined });
  }

  /** For this cosigner the change is over, it has begun or is out of it, and the peer has not heard so: it was away. */
  #tellOver(peer: string, change: Uint8Array): void {
    const store = this.#d.storeName();
    const begun = isAmong(change, this.#durable.begun);
    const withdrawn = isAmong(change, this.#durable.withdrawn);
    if (store === undefined || !(begun || withdrawn)) return;
    // Whether it has dealt is forgotten: it may have.
    const state = { sealed: false, dealt: true, withdrawn, store, received: [], holds: NOTHING, begun, over: true };
    this.#d.send(peer, { change, state, contribution: undefined });
  }

  #write(record: ChangeRecord, durable: () => void = () => {}): void {
    this.#record = record;
    this.#d.write(record, () => {
      this.#durable = record;
      durable();
      this.#tellAll();
      this.advance();
    });
  }

  /** The authorisation; what is on disk may still be of the change before. */
  #isOnDisk({ named }: UnderWay): boolean {
    return this.#durable.change === named.change;
  }

  #isIn(member: string): boolean {
    return (member === this.#d.name ? this.#underWay?.isBegun() : this.#underWay?.peers.hasBegun(member)) === true;
  }
}
