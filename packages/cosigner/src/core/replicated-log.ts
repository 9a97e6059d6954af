/**
 * Raft as this cosigner drives it: takes each Ready apart into records for the batch, messages for the peers, and news for the
 * replicated state; says who leads; and campaigns when the leader is gone.
 */

import { equalBytes, type ParsedSignBytes } from '@quorumsign/sign-state';
import {
  type Message,
  type Raft,
  RaftError,
  type RestoredState,
  type Role,
  type Snapshot,
  type SoftState,
} from 'raft-ts';
import type { Batches } from './batches.js';
import { decodeSnapshotData, encodeIntent } from './entry-data.js';
import { readyRecords } from './log-records.js';
import type { ReplicatedState } from './replicated-state.js';
import type { LogView, SignStateReplicator } from './sign-state-replicator.js';
import type { CoreDeps, CoreOptions } from './types.js';

/** Committed entries that make compaction due; an eighth of them is kept for followers that lag a little. */
const COMPACT_AFTER_ENTRIES = 4096;
/** Campaigns of several survivors are kept apart by this much, by rank. */
const CAMPAIGN_STAGGER_MS = 40;

export interface ReplicatedLogDeps {
  readonly options: CoreOptions;
  readonly deps: CoreDeps;
  readonly state: ReplicatedState;
  readonly batches: Batches;
  isConnected(peer: string): boolean;
  /** Whether this member may vote and stand for election. */
  mayVote(): boolean;
  /** Puts a message on its way, with the frame of this step. */
  post(message: Message): void;
  /** Role, term or leader are new. @param newTerm - or role: nothing of before is this leader's any more */
  changed(newTerm: boolean): void;
}

export class ReplicatedLog implements SignStateReplicator {
  readonly #raft: Raft;
  readonly #l: ReplicatedLogDeps;
  #soft: SoftState;
  #snapshot: Snapshot | undefined;
  #committed = 0n;
  #campaignAtMs: number | undefined;

  constructor(log: ReplicatedLogDeps, restored: RestoredState) {
    this.#l = log;
    const { options, deps, state } = log;
    this.#snapshot = restored.snapshot;
    if (restored.snapshot !== undefined) state.restoreSnapshot(restored.snapshot.data);
    for (const entry of restored.entries) state.append(entry);
    this.#raft = deps.createRaft(
      {
        name: options.name,
        members: options.members.map((member) => member.name),
        electionTicks: Math.max(3, Math.round(options.electionMs / options.tickMs)),
        heartbeatTicks: Math.max(1, Math.round(options.heartbeatMs / options.tickMs)),
        random: (bound) => deps.randomInteger(bound),
      },
      restored,
    );
    this.#soft = { role: 'follower', term: restored.hardState.term, leader: undefined };
  }

  get current(): LogView {
    return this.#raft;
  }

  get role(): Role {
    return this.#soft.role;
  }

  get term(): bigint {
    return this.#soft.term;
  }

  get leader(): string | undefined {
    return this.#soft.leader;
  }

  get isLeader(): boolean {
    return this.#soft.role === 'leader';
  }

  get committed(): bigint {
    return this.#raft.status().commit;
  }

  get hasLeader(): boolean {
    const { leader } = this.#soft;
    return this.isLeader || (leader !== undefined && this.#l.isConnected(leader));
  }

  tick(now: number): void {
    if (!this.#l.mayVote()) {
      this.#raft.tick(false);
      return;
    }
    this.#raft.tick();
    if (this.#campaignAtMs !== undefined && now >= this.#campaignAtMs) {
      this.#campaignAtMs = undefined;
      if (this.#raft.leader === undefined) this.#raft.campaign();
    }
    this.drain();
  }

  persisted(ticket: bigint): void {
    this.#raft.persisted(ticket);
  }

  peerReachable(peer: string): void {
    this.#raft.peerReachable(peer);
    // A log that nobody has led yet, of a cluster or an epoch that begins, does not wait for an election timeout.
    const isNew = this.#soft.term === 0n && this.#raft.leader === undefined && this.#campaignAtMs === undefined;
    const { members, name } = this.#l.options;
    const others = members.filter((member) => this.#l.isConnected(member.name)).length;
    if (!isNew || !this.#l.mayVote() || others < Math.floor(members.length / 2)) return;
    const rank = members.findIndex((member) => member.name === name);
    this.#campaignAtMs = this.#l.deps.monotonicMs() + rank * CAMPAIGN_STAGGER_MS;
  }

  peerUnreachable(peer: string): void {
    this.#raft.peerUnreachable(peer);
  }

  peerReplaced(peer: string): void {
    this.#raft.peerReplaced(peer);
  }

  peerLost(peer: string): void {
    const wasLeader = this.#raft.leader === peer;
    this.#raft.peerUnreachable(peer);
    this.#raft.leaderLost(peer);
    if (!wasLeader || !this.#l.mayVote()) return;
    const { members, name } = this.#l.options;
    const rank = members.filter((member) => member.name !== peer).findIndex((member) => member.name === name);
    if (rank === 0) this.#raft.campaign();
    else this.#campaignAtMs = this.#l.deps.monotonicMs() + rank * CAMPAIGN_STAGGER_MS;
  }

  /** While this member may not vote it only follows. */
  step(message: Message): void {
    const { type } = message;
    const isOfElection = type === 'vote' || type === 'pre-vote' || type === 'timeout-now';
    if (isOfElection && !this.#l.mayVote()) return;
    // Once it is in the log it is too late: no start would get past it.
    if (type === 'snapshot') decodeSnapshotData(message.snapshot.data);
    try {
      this.#raft.step(message);
    } catch (error) {
      // What a liar had this member commit must not keep it from following others for ever; shares do not rest on what is committed.
      if (error instanceof RaftError && error.detail.code === 'COMMITTED_CONTRADICTED') this.#raft.startOver();
      throw error;
    }
  }

  drain(): void {
    const { state, batches } = this.#l;
    while (this.#raft.hasReady()) {
      const ready = this.#raft.ready();
      batches.write(readyRecords(ready));
      if (ready.snapshot !== undefined) {
        this.#snapshot = ready.snapshot;
        this.#committed = ready.snapshot.index;
        state.restoreSnapshot(ready.snapshot.data);
      }
      if (ready.truncateFrom !== undefined) state.truncate(ready.truncateFrom);
      for (const entry of ready.entries) state.append(entry);
      for (const message of ready.messages) this.#l.post(message);
      if (ready.mustPersist) {
        batches.waiting.raftTickets.push(ready.ticket);
        batches.waiting.messages.push(...ready.messagesAfterPersist);
      }
      this.#committed = ready.committed.at(-1)?.index ?? this.#committed;
      if (ready.softState !== undefined) this.#changed(ready.softState);
    }
  }

  propose(data: Uint8Array): bigint | undefined {
    const proposed = this.#raft.propose(data);
    if (proposed.kind === 'dropped') return undefined;
    this.drain();
    return proposed.index;
  }

  ensureIntent(message: ParsedSignBytes): bigint | undefined {
    const found = this.#l.state.latestIntent(message.chainId, message);
    // An open intent outlives its entry, which nobody can sign for once it is compacted.
    const isThere =
      found?.term === this.term &&
      this.#raft.termAt(found.index) === this.term &&
      equalBytes(found.message.bytes, message.bytes);
    return isThere ? found.index : this.propose(encodeIntent(message));
  }

  transferLeadership(to: string | undefined): string | undefined {
    const { role, leader, progress } = this.#raft.status();
    if (role !== 'leader') return `not the leader; ${leader ?? 'nobody'} leads`;
    if (to === this.#l.options.name) return `${to} leads already`;
    const furthest = [...progress]
      .filter(({ name }) => this.#l.isConnected(name))
      .sort((a, b) => (a.match === b.match ? 0 : a.match > b.match ? -1 : 1))[0]?.name;
    const target = to ?? furthest;
    if (target === undefined || !this.#l.isConnected(target))
      return `${target ?? 'no other cosigner'} is not connected`;
    return this.#raft.transferLeadership(target) ? undefined : `${target} cannot take over`;
  }

  compact(): void {
    const after = BigInt(this.#l.options.compactAfterEntries ?? COMPACT_AFTER_ENTRIES);
    if (this.#committed - this.#raft.firstIndex < after) return;
    const index = this.#committed - after / 8n;
    if (this.#raft.termAt(index) === undefined) return;
    this.#snapshot = this.#raft.compact(index, this.#l.state.encodeSnapshot(index));
  }

  restorable(): RestoredState {
    const { term, vote, commit, firstIndex, lastIndex } = this.#raft.status();
    const entries = [];
    for (let index = firstIndex; index <= lastIndex; index++) {
      const entry = this.#raft.entryAt(index);
      if (entry !== undefined) entries.push(entry);
    }
    const snapshot =
      this.#snapshot !== undefined && this.#snapshot.index >= firstIndex - 1n ? this.#snapshot : undefined;
    return { hardState: { term, vote, commit }, entries, snapshot };
  }

  #changed(soft: SoftState): void {
    const before = this.#soft;
    this.#soft = soft;
    if (soft.leader !== undefined) this.#campaignAtMs = undefined;
    const newTerm = soft.role !== before.role || soft.term !== before.term;
    if (newTerm || soft.leader !== before.leader) this.#l.changed(newTerm);
  }
}
