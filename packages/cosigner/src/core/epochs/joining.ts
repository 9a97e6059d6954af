/**
 * A member's part of a ceremony. Its order is: the contributions of all dealers verified, its share on disk, then the marks that it carries over
 * and its promise to begin, the same sharing at t′ members, then epoch and marks on disk in one batch. From the promise on it needs
 * nothing of the dealers any more.
 */

import { decodeMarkRecord, encodeMarkRecord, equalBytes, type MarkRecord } from '@quorumsign/sign-state';
import type { Contribution } from '../../gen/cosigner/cosigner.js';
import { concat, hexToBytes } from '../bytes.js';
import { carriedMark } from './carried-marks.js';
import type { CeremonyDeps } from './ceremony-deps.js';
import { carriedMarks, type Received, receive, sharingOf } from './contributions.js';
import { dealersOf, epochOf, type Sharing } from './epoch-change.js';
import type { Passage } from './passage.js';

const NOTHING = new Uint8Array();

export class Joining {
  readonly #d: CeremonyDeps;
  readonly #passage: Passage;
  readonly #identifier: number;
  /** By dealer. */
  readonly #received = new Map<string, Received>();
  #keeping: { readonly sharing: Sharing; readonly marks: readonly MarkRecord[] } | undefined;
  #held: { readonly sharing: Sharing; readonly digest: Uint8Array } | undefined;
  #isBeginning = false;

  /** @throws Error where this cosigner has promised to begin, and its shares are gone */
  constructor(deps: CeremonyDeps, passage: Passage, identifier: number) {
    this.#d = deps;
    this.#passage = passage;
    this.#identifier = identifier;
    if (passage.record().holds && !passage.isBegun()) this.#hold();
  }

  /** Dealers of whom nothing more is needed. */
  get received(): readonly string[] {
    const { change } = this.#passage.named;
    return this.#passage.record().holds ? change.dealers : [...this.#received.keys()];
  }

  /** Of what is public of the sharing that begins; empty: it is not here yet. */
  get holds(): Uint8Array {
    if (this.#held !== undefined) return this.#held.digest;
    const sharing = this.#d.sharing();
    return sharing !== undefined && this.#passage.isBegun() ? this.#digest(sharing) : NOTHING;
  }

  /** Epoch and marks are on their way to the disk, or there. */
  get isBeginning(): boolean {
    return this.#isBeginning || this.#passage.isBegun();
  }

  /** Everything that came is forgotten: it never begins. */
  withdraw(): void {
    this.#received.clear();
    this.#keeping = undefined;
    this.#held = undefined;
  }

  /** A contribution has come. @throws Error, with what is wrong with it */
  receive(dealer: string, contribution: Contribution): void {
    const { named } = this.#passage;
    const from = dealersOf(named.change).find(({ name }) => name === dealer)?.identifier;
    const isWanted = !this.isBeginning && this.#keeping === undefined && !this.received.includes(dealer);
    if (from === undefined || !isWanted) return;
    this.#received.set(dealer, receive(named, contribution, { dealer: from, member: this.#identifier }, this.#d.frost));
    this.#passage.changed();
  }

  advance(): void {
    if (this.isBeginning || this.#keeping !== undefined) return;
    if (this.#held === undefined) this.#combine();
    else this.#beginWithOthers(this.#held);
  }

  /** The shares of the epoch that begins are on disk. */
  kept(epochName: string): void {
    const keeping = this.#keeping;
    if (keeping?.sharing.epoch.name !== epochName) return;
    this.#keeping = undefined;
    const record = this.#passage.record();
    this.#passage.write({ ...record, holds: true, carried: keeping.marks.map(encodeMarkRecord) }, () => this.#hold());
  }

  #combine(): void {
    const { named } = this.#passage;
    const dealers = dealersOf(named.change);
    if (this.#passage.record().holds || !dealers.every(({ name }) => this.#received.has(name))) return;
    const marks = this.#carried();
    if (marks === undefined) return;
    const received = new Map<number, Received>();
    for (const { name, identifier } of dealers) {
      const each = this.#received.get(name);
      if (each !== undefined) received.set(identifier, each);
    }
    let sharing: Sharing;
    try {
      sharing = sharingOf(named, this.#identifier, received, this.#d.frost);
    } catch (error) {
      // Each deal was good, and one was chosen after the others: nobody can be named for it.
      this.#received.clear();
      this.#bad(dealers.map(({ name }) => name).join(', '), error instanceof Error ? error.message : String(error));
      return;
    }
    this.#keeping = { sharing, marks };
    this.#d.keepSharing(sharing, named.change);
  }

  /** From here on the others are told, and may begin on this cosigner's word. @throws Error where the shares are gone */
  #hold(): void {
    const { change, id } = this.#passage.named;
    const sharing = this.#d.sharingNamed(epochOf(change, id).name);
    if (sharing === undefined)
      throw new Error(
        `NO_SHARES: expected the shares of epoch ${change.epoch}, which this cosigner has told the others of, found none; put their files back`,
      );
    this.#held = { sharing, digest: this.#digest(sharing) };
  }

  #beginWithOthers({ sharing, digest }: { readonly sharing: Sharing; readonly digest: Uint8Array }): void {
    const { peers, named } = this.#passage;
    const { members, threshold } = named.change;
    const agreeing = members.filter(
      ({ name }) => name === this.#d.name || equalBytes(peers.of(name)?.holds ?? NOTHING, digest),
    );
    if (agreeing.length < threshold) return;
    this.#isBeginning = true;
    const results = [...this.#received.values()].flatMap((each) => each.results);
    this.#d.begin(sharing, this.#marksToBegin(), [...this.#d.results(), ...results]);
  }

  /** What was carried over, or the own marks where they have risen since. */
  #marksToBegin(): MarkRecord[] {
    const marks = [...this.#passage.record().carried.map(decodeMarkRecord), ...this.#d.marks()];
    const chainIds = new Set(marks.map(({ chainId }) => chainId));
    return [...chainIds].flatMap((chainId) => {
      const ofChain = marks.filter((mark) => mark.chainId === chainId);
      return carriedMark(ofChain, this.#d.wallMs()) ?? [];
    });
  }

  /** Undefined where the mark of a dealer is not to be believed, which is told. */
  #carried(): MarkRecord[] | undefined {
    const marks = carriedMarks(this.#passage.named.change, {
      own: this.#d.marks(),
      received: this.#received,
      verify: (key, message, signature) => this.#d.verify(key, message, signature),
      wallMs: this.#d.wallMs(),
    });
    if (Array.isArray(marks)) return marks;
    this.#received.delete(marks.unbelievable);
    this.#bad(marks.unbelievable, 'its mark is far above everything else that is known');
    return undefined;
  }

  #bad(peer: string, reason: string): void {
    const way = 'withdraw from this change, and make another without it as a dealer';
    this.#d.event({ kind: 'bad-contribution', peer, reason: `${reason}; ${way}` });
  }

  /** Of what is public of a sharing, in the order of its chains. */
  #digest({ epoch, chains }: Sharing): Uint8Array {
    let all = hexToBytes(epoch.name);
    for (const { chainId, group } of [...chains].sort((a, b) => (a.chainId < b.chainId ? -1 : 1))) {
      all = concat(all, new TextEncoder().encode(`${chainId.length} ${chainId}`));
      for (const commitment of group.commitments) all = concat(all, commitment);
    }
    return this.#d.sha256(all);
  }
}
