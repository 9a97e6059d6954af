/**
 * A cosigner that lies: the real core, whose frames are altered on their way out. It can say anything, and nothing that needs another
 * cosigner's key or disk; the checkers count it as having signed everything.
 */

import { type ChainContribution, EntryData, Frame } from '@quorumsign/cosigner/core';
import type { Random } from './random.js';
import { readEntry } from './read-entry.js';
import { readSignBytes } from './read-sign-bytes.js';
import { alterBlock, inventVote } from './votes.js';

export type Lie =
  | 'wrong-shares'
  | 'equivocating-commitments'
  | 'forged-marks'
  | 'forged-terms'
  | 'votes-for-all'
  | 'two-faced-intents'
  | 'false-results'
  | 'other-kinds-of-entries'
  | 'forged-leadership'
  | 'forged-memories'
  | 'replayed-frames'
  | 'invented-requests'
  | 'false-answers'
  | 'false-contributions'
  | 'false-passages';

export const LIES: readonly Lie[] = [
  'wrong-shares',
  'equivocating-commitments',
  'forged-marks',
  'forged-terms',
  'votes-for-all',
  'two-faced-intents',
  'false-results',
  'other-kinds-of-entries',
  'forged-leadership',
  'forged-memories',
  'replayed-frames',
  'invented-requests',
  'false-answers',
  'false-contributions',
  'false-passages',
];

const REMEMBERED_MAX = 200;
/** How far ahead of its own log a member takes a snapshot to be (raft-ts, `reach.ts`). */
const BELIEVED_AHEAD = 1n << 42n;

export class Liar {
  /** Until the world is healed. */
  isLying = true;
  readonly #lies: ReadonlySet<Lie>;
  readonly #random: Random;
  readonly #chains: readonly string[];
  readonly #sent: Uint8Array[] = [];
  #commitment: Uint8Array<ArrayBuffer> | undefined;
  #height = 1n;
  /** Highest in a message of its own. */
  #term = 1n;
  #index = 0n;

  constructor(lies: readonly Lie[], chains: readonly string[], random: Random) {
    this.#lies = new Set(lies);
    this.#chains = chains;
    this.#random = random;
  }

  /** What is sent in a frame's place. */
  outgoing(bytes: Uint8Array): readonly Uint8Array[] {
    if (!this.isLying || !this.#random.chance(0.4)) return [bytes];
    const frame = Frame.decode(bytes);
    for (const lie of this.#lies) this.#tell(lie, frame);
    const frames: Uint8Array[] = [Frame.encode(frame).finish()];
    // Its own older positions only make it a cosigner that came back on an older disk, which is a fault of its own.
    if (this.#sent.length < REMEMBERED_MAX) this.#sent.push(Frame.encode({ ...frame, position: undefined }).finish());
    if (this.#lies.has('replayed-frames') && this.#random.chance(0.3)) frames.push(this.#random.pick(this.#sent));
    return frames;
  }

  #tell(lie: Lie, frame: Frame): void {
    switch (lie) {
      case 'wrong-shares':
        for (const reply of frame.shareReplies) reply.shares = reply.shares.map((share) => this.#flip(share));
        return;
      case 'equivocating-commitments':
        for (const each of frame.nonceBatches.flatMap(({ commitments }) => commitments)) {
          this.#commitment ??= each.commitment.slice();
          each.commitment = this.#random.chance(0.5) ? this.#commitment : this.#flip(each.commitment);
        }
        return;
      case 'forged-marks':
        for (const mark of frame.marks?.marks ?? []) {
          if (mark.signBytes.length > 0 && this.#random.chance(0.5)) mark.signBytes = alterBlock(mark.signBytes);
          else {
            mark.height += BigInt(this.#random.below(3)) - (mark.height > 1n ? 1n : 0n);
            mark.signBytes = new Uint8Array();
          }
          mark.durable = true;
        }
        return;
      case 'forged-terms':
        for (const message of frame.raft) {
          if (this.#random.chance(0.1))
            message.term += this.#random.chance(0.2) ? 2n ** 62n : BigInt(this.#random.below(3));
        }
        return;
      case 'forged-memories':
        if (frame.memory?.position === undefined) return;
        if (this.#random.chance(0.5)) frame.memory.position.batches += 1000n;
        else frame.memory.retired.push(frame.memory.position.store);
        return;
      case 'votes-for-all':
        for (const message of frame.raft) {
          if (message.type === 3 || message.type === 4) message.flag = true;
          if (message.type === 6 && !message.flag) message.flag = true;
        }
        return;
      case 'two-faced-intents':
        for (const entry of frame.raft.flatMap(({ entries }) => entries)) {
          const kind = readEntry(entry.data);
          if (kind?.$case !== 'intent' || !this.#random.chance(0.5)) continue;
          this.#height = readSignBytes(kind.intent.signBytes)?.height ?? this.#height;
          kind.intent.signBytes = alterBlock(kind.intent.signBytes);
          entry.data = EntryData.encode({ kind }).finish();
        }
        return;
      case 'false-results':
        for (const entry of frame.raft.flatMap(({ entries }) => entries)) {
          const kind = readEntry(entry.data);
          if (kind?.$case !== 'result' || !this.#random.chance(0.5)) continue;
          kind.result.signature = this.#flip(kind.result.signature);
          entry.data = EntryData.encode({ kind }).finish();
        }
        return;
      case 'other-kinds-of-entries':
        // Kind 1 changes Raft's members; see raft-ts.
        for (const entry of frame.raft.flatMap(({ entries }) => entries)) {
          if (this.#random.chance(0.3)) entry.kind = 1 as typeof entry.kind;
        }
        return;
      case 'forged-leadership':
        for (const { term, index } of frame.raft) {
          if (term > this.#term) this.#term = term;
          if (index > this.#index) this.#index = index;
        }
        if (this.#random.chance(0.1)) frame.raft.push(this.#leadersMessage());
        return;
      case 'invented-requests':
        if (!this.#random.chance(0.05)) return;
        this.#height += BigInt(this.#random.below(3));
        frame.forwardRequests.push({
          id: BigInt(1_000_000 + this.#random.below(1000)),
          chainId: this.#random.pick(this.#chains),
          signBytes: inventVote(this.#random.pick(this.#chains), this.#height, this.#random),
          extensionSignBytes: new Uint8Array(),
          wantsExtension: false,
          deadlineMs: 2500,
        });
        return;
      case 'false-answers':
        for (const reply of frame.forwardReplies) {
          if (this.#random.chance(0.5)) reply.signature = this.#random.bytes(64);
          else reply.notLeader = true;
        }
        return;
      case 'false-contributions':
        for (const chain of frame.ceremony?.contribution?.chains ?? []) this.#belittle(chain);
        return;
      case 'false-passages': {
        const state = frame.ceremony?.state;
        if (state === undefined) return;
        for (const claim of ['sealed', 'dealt', 'withdrawn', 'begun', 'over'] as const) {
          if (this.#random.chance(0.1)) state[claim] = !state[claim];
        }
        if (this.#random.chance(0.1)) state.holds = this.#random.bytes(32);
        return;
      }
      case 'replayed-frames':
        return;
    }
  }

  /** As if this dealer had signed less than it has, or with shares that are none. */
  #belittle(chain: ChainContribution): void {
    if (this.#random.chance(0.1)) chain.subShare = this.#flip(chain.subShare);
    if (chain.mark === undefined || !this.#random.chance(0.8)) return;
    if (this.#random.chance(0.5)) chain.mark = undefined;
    else if (chain.mark.signBytes.length > 0) chain.mark.signBytes = alterBlock(chain.mark.signBytes);
  }

  /** As if it had been elected: entries, a commit index or a snapshot that nobody else has. */
  #leadersMessage(): Frame['raft'][number] {
    const random = this.#random;
    this.#term += BigInt(random.below(3));
    const index = this.#index + BigInt(random.below(4)) - (this.#index > 0n ? 1n : 0n);
    const ahead = random.chance(0.2) ? this.#far() : BigInt(random.below(100));
    const data = random.chance(0.5) ? new Uint8Array() : random.bytes(20);
    return {
      // An append, a heartbeat, a snapshot.
      type: random.pick([5, 7, 9]),
      term: this.#term,
      index,
      logTerm: index === 0n ? 0n : this.#term - BigInt(random.below(2)),
      commit: index + BigInt(random.below(3)),
      entries: [{ index: index + 1n, term: this.#term, data: random.bytes(20), kind: 0 }],
      flag: false,
      hintIndex: 0n,
      hintTerm: 0n,
      snapshot: { index: index + ahead, term: this.#term, data },
    };
  }

  /** Indexes to come, anywhere, or at the very end of what a member believes. */
  #far(): bigint {
    const random = this.#random;
    return random.chance(0.5) ? 2n ** BigInt(random.below(62)) : BELIEVED_AHEAD - BigInt(random.below(8));
  }

  #flip(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const flipped = Uint8Array.from(bytes);
    const at = this.#random.below(15);
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    return flipped;
  }
}
