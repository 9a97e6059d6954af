/**
 * This cosigner's own store towards the others: what it tells of it, what it makes of their memory of it, and whether shares may leave.
 *
 * They wait a moment after the start, so that a peer that knows better is heard first. With a store that `store init` or `members readmit`
 * made they wait until n − t + 1 peers were heard, and half of all: marks go up to the heights that those know of, and Raft's votes
 * wait until a leader that this member did not elect has brought back what any of them may have committed with the lost log. A seal on the
 * epoch that one of them knows of is closed here too.
 */

import { compareHrs, equalBytes, floorMark, type MarkRecord } from '@quorumsign/sign-state';
import { Admission, type Memory, type Position } from '../gen/cosigner/cosigner.js';
import { concat } from './bytes.js';
import { judgeMemory } from './fence-rule.js';
import type { StorePosition } from './types.js';

/** Shares wait for peers that are not connected yet for so long at most. */
const HEARING_MS = 300;
/** A peer that knows of heights further above the floor than this is not believed: it lies, or the floor is wrong. */
export const RAISE_MAX = 10_000n;
const NAME_BYTES = 16;
const CHANGE_BYTES = 32;
const NAME_LABEL = new TextEncoder().encode('quorumsign store');

/** Names a store to others: made of its store id, and not showing it. */
export function storeName(id: Uint8Array, hmacSha256: OwnStoreDeps['hmacSha256']): Uint8Array {
  return hmacSha256(id, NAME_LABEL).slice(0, NAME_BYTES);
}

export interface OwnStoreDeps {
  readonly peers: number;
  readonly threshold: number;
  readonly store: StorePosition;
  readonly bootId: Uint8Array;
  readonly startedMs: number;
  hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array;
  mark(chainId: string): MarkRecord | undefined;
  hasChain(chainId: string): boolean;
  /** The last entry that this cosigner knows to be committed and has on its disk; zeros: none. */
  committed(): LogPosition;
  wallMs(): number;
  raise(floor: MarkRecord): void;
  /** Enough of the others were heard; to be remembered. @param sealed - the change for which one of them is sealed */
  admitted(sealed: Uint8Array | undefined): void;
  /** This store must not be signed with: the process has to end. */
  end(reason: string): void;
}

export interface LogPosition {
  readonly index: bigint;
  readonly term: bigint;
}

interface Heard {
  readonly memory: Memory;
  readonly admission: Admission;
}

export class OwnStore {
  readonly #d: OwnStoreDeps;
  readonly #name: Uint8Array;
  readonly #heard = new Map<string, Heard>();
  readonly #claims = new Map<string, string>();
  #admission: Admission;
  #hasEnded = false;
  #told: Position | undefined;

  constructor(deps: OwnStoreDeps, admission: Admission) {
    this.#d = deps;
    this.#admission = admission;
    this.#name = storeName(deps.store.id, deps.hmacSha256);
  }

  get admission(): Admission {
    return this.#admission;
  }

  /** It does not vote, stand for election or sign yet. */
  get isJoining(): boolean {
    return this.#admission !== Admission.ADMITTED;
  }

  /** `soon`: within a moment. */
  releases(nowMs: number): 'yes' | 'soon' | 'no' {
    if (this.#hasEnded || this.isJoining) return 'no';
    return this.#heard.size >= this.#d.peers || nowMs - this.#d.startedMs >= HEARING_MS ? 'yes' : 'soon';
  }

  /** Where the store stands on disk now. */
  position(): Position {
    const { store, bootId: boot } = this.#d;
    const batches = store.batches();
    if (this.#told?.batches === batches && this.#told.admission === this.#admission) return this.#told;
    const position = { store: this.#name, boot, recovered: store.recovered, batches, admission: this.#admission };
    this.#told = { ...position, proof: this.#prove(position) };
    return this.#told;
  }

  /** A peer says what it knows. */
  heard(peer: string, admission: Admission, memory: Memory): void {
    const heights = memory.heights.filter(({ chainId }) => this.#d.hasChain(chainId));
    this.#heard.set(peer, { memory: { ...memory, heights }, admission });
    const own = {
      store: this.#name,
      boot: this.#d.bootId,
      recovered: this.#d.store.recovered,
      batches: this.#d.store.batches(),
    };
    const claim = judgeMemory(own, memory, (position) => equalBytes(position.proof, this.#prove(position)));
    if (claim === undefined) this.#claims.delete(peer);
    else this.#claims.set(peer, claim.reason);
    if (claim?.proven === true || this.#claims.size >= this.#believed) {
      this.#end(`${[...this.#claims.keys()].join(' and ')}: ${[...this.#claims.values()].at(-1)}`);
      return;
    }
    const { position } = memory;
    if (this.#admission === Admission.FIRST && position !== undefined && !equalBytes(position.store, this.#name)) {
      this.#end(`${peer} remembers another store of this cosigner, so this one is not its first`);
      return;
    }
    this.tryJoin();
  }

  /** A joining cosigner is admitted as soon as enough peers were heard and its log has what they may know to be committed. */
  tryJoin(): void {
    if (!this.isJoining || this.#hasEnded) return;
    const all = [...this.#heard];
    const isNew = ([, { admission }]: [string, Heard]) => admission === Admission.FIRST;
    // A new peer knows nothing, so its word counts only where nobody knows anything yet.
    const isNewCluster = this.#admission === Admission.FIRST && all.length >= this.#d.peers;
    const tooHigh = all.find(([, { memory }]) => this.#isTooHigh(memory));
    const counted = all.filter((each) => {
      const [, { memory }] = each;
      return !isNew(each) && this.#hasLogOf(memory) && !this.#isTooHigh(memory);
    });
    if (
      counted.length >= Math.max(this.#enough, this.#enoughForLog) ||
      (isNewCluster && all.every((each) => isNew(each) || counted.includes(each)))
    ) {
      this.#join(counted.map(([, { memory }]) => memory));
    } else if (tooHigh !== undefined && all.length >= this.#d.peers) {
      this.#endByHeight(tooHigh[0], tooHigh[1].memory);
    }
  }

  /** n − t + 1: without one of these no t can have signed. */
  get #enough(): number {
    return this.#d.peers + 2 - this.#d.threshold;
  }

  /** Of those who had an entry together with this member's lost log, so that it was committed, one is among these. */
  get #enoughForLog(): number {
    return Math.ceil((this.#d.peers + 1) / 2);
  }

  /**
   * Whoever has an entry need not know that it is committed; another may, and would follow nobody any more who puts another in its place.
   * Every leader of its term or a later one that the others elected by themselves has it, and what such a leader has committed comes after it.
   */
  #hasLogOf({ commit, term }: Memory): boolean {
    const committed = this.#d.committed();
    return commit <= committed.index && term <= committed.term;
  }

  /** That many cannot all lie, while no more do than the safety margin allows: 2t − n. */
  get #believed(): number {
    return Math.max(this.#enough, 2 * this.#d.threshold - this.#d.peers - 1);
  }

  #join(memories: readonly Memory[]): void {
    for (const { chainId, height } of memories.flatMap(({ heights }) => heights)) {
      const floor = floorMark(height, chainId, this.#d.wallMs());
      const mark = this.#d.mark(chainId);
      if (mark === undefined || compareHrs(floor, mark) > 0) this.#d.raise(floor);
    }
    this.#admission = Admission.ADMITTED;
    // This cosigner may have dealt for it and lost that with its store; one of those who dealt with it was heard.
    this.#d.admitted(memories.map(({ sealed }) => sealed).find(({ length }) => length === CHANGE_BYTES));
  }

  #isTooHigh({ heights }: Memory): boolean {
    return heights.some(({ chainId, height }) => height > (this.#d.mark(chainId)?.height ?? 0n) + RAISE_MAX);
  }

  #endByHeight(peer: string, { heights }: Memory): void {
    const found = heights
      .map(({ chainId, height }) => `${chainId}: height ${height}, floor ${this.#d.mark(chainId)?.height ?? 'none'}`)
      .join('; ');
    this.#end(`${peer} knows of heights far above this store's floor (${found})`);
  }

  #end(reason: string): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#d.end(reason);
  }

  /** HMAC of store, boot and batches (8 bytes, big-endian), under the store id. */
  #prove({ store, boot, batches }: Pick<Position, 'store' | 'boot' | 'batches'>): Uint8Array {
    const number = new Uint8Array(8);
    new DataView(number.buffer).setBigUint64(0, batches);
    return this.#d.hmacSha256(this.#d.store.id, concat(concat(store, boot), number));
  }
}

/** For the operator, at 3 am. */
export function fencedMessage(name: string, reason: string): string {
  return (
    `FENCED: ${reason}. Signing with it could sign twice, so nothing is signed any more. Make sure that no other process runs as ${name}; then ` +
    `quorumsign members readmit ${name} --floor H, where H is a height that the other cosigners (quorumsign status) and the nodes have passed`
  );
}
