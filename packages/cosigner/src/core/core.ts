/**
 * The cosigner as a pure state machine: events in, effects out; no clock, disk, network or chance of its own.
 *
 * Inputs are the public methods. Each runs to its end without waiting and closes with one `#flush`: the log's news and
 * moved marks become one batch, and everything for one peer becomes one frame. What a message, share or answer promises
 * is durable before it leaves: it waits in `Batches` until the shell says so.
 */

import {
  compareHrs,
  equalBytes,
  formatHrs,
  type MarkRecord,
  parseExtensionSignBytes,
  type RawBytesKind,
} from '@quorumsign/sign-state';
import type { Message, Raft, Role } from 'raft-ts';
import { Frame, type RawShareRequest, type Result, type ShareRequest } from '../gen/cosigner/cosigner.js';
import { Batches, nothingWaiting, type Waiting } from './batches.js';
import { bytesToHex, hexToBytes } from './bytes.js';
import { CommitmentStock } from './commitment-stock.js';
import { Coordinator, type SignedVote } from './coordinator.js';
import { Forwarding } from './forwarding.js';
import { decodeRaftMessage, encodeRaftMessage } from './frame-codec.js';
import { Leaderless } from './leaderless.js';
import { type CoreRecord, dumpRecords, markRecord, type RestoredCore, readyRecords } from './log-records.js';
import { MarkReports } from './mark-reports.js';
import { MarkTelling } from './mark-telling.js';
import { Marks } from './marks.js';
import { NonceDesk } from './nonce-desk.js';
import { Outbox } from './outbox.js';
import { ParsedMessages } from './parsed-messages.js';
import { RawSigning } from './raw-signing.js';
import { encodeIntent, encodeResult, ReplicatedState } from './replicated-state.js';
import { Requests } from './requests.js';
import { Sessions } from './sessions.js';
import { type PendingRelease, ShareRelease } from './share-release.js';
import { signerSets } from './signer-sets.js';
import type { SigningSession, SigningTask } from './signing-task.js';
import type {
  AskedRequest,
  Connection,
  CoreChain,
  CoreDeps,
  CoreMember,
  CoreOptions,
  CoreStatus,
  HeldRequest,
  Outcome,
} from './types.js';

const NONCES_READY = 16;
/** Signer sets kept ready. */
const SETS_READY_MAX = 4;
const NONCES_EXPIRE_MS = 600_000;
/** Committed entries that make compaction due; an eighth of them is kept for followers that lag a little. */
const COMPACT_AFTER_ENTRIES = 4096;
/** Campaigns of several survivors are kept apart by this much, by rank. */
const CAMPAIGN_STAGGER_MS = 40;
const SELF_CONNECTION = 'self';
/** After a change of leader or a connection nothing waits for company. */
const EAGER_MS = 250;
/** Share requests that wait for their entry. */
const EARLY_MAX = 64;

export class CosignerCore {
  readonly #options: CoreOptions;
  readonly #deps: CoreDeps;
  readonly #chains: Map<string, CoreChain>;
  readonly #self: CoreMember;
  readonly #raft: Raft;
  readonly #marks: Marks;
  readonly #state: ReplicatedState;
  readonly #reports: MarkReports;
  readonly #telling: MarkTelling;
  readonly #stock = new CommitmentStock();
  readonly #nonces: NonceDesk;
  readonly #release: ShareRelease;
  readonly #parsed = new ParsedMessages();
  readonly #sessions: Sessions;
  readonly #coordinator: Coordinator;
  readonly #raw: RawSigning;
  readonly #requests: Requests;
  readonly #forwarding: Forwarding;
  readonly #leaderless: Leaderless;
  readonly #batches = new Batches();
  readonly #outbox = new Outbox();
  readonly #connections = new Map<string, Connection>();
  #records: CoreRecord[] = [];
  #waiting: Waiting = nothingWaiting();
  #role: Role = 'follower';
  #term = 0n;
  #leader: string | undefined;
  #durableIndex = 0n;
  #durableTerm = 0n;
  #committed = 0n;
  #campaignAtMs: number | undefined;
  #eagerUntilMs = 0;
  #early: { readonly from: Connection; readonly request: ShareRequest }[] = [];
  /** Shares to compute while their batch is on its way to the disk. */
  #toCompute: PendingRelease[] = [];
  #results: Result[] = [];
  #ticks = 0;
  #nextId = 1;

  constructor(options: CoreOptions, deps: CoreDeps, restored: RestoredCore) {
    assertOptions(options);
    this.#options = options;
    this.#deps = deps;
    this.#chains = new Map(options.chains.map((chain) => [chain.chainId, chain]));
    const self = options.members.find((member) => member.name === options.name);
    if (self === undefined) throw new Error(`expected ${options.name} among the members`);
    this.#self = self;
    this.#leaderless = new Leaderless(deps.monotonicMs());
    this.#marks = new Marks(restored.marks);
    this.#telling = new MarkTelling(this.#marks);
    const parse = (bytes: Uint8Array) => this.#parsed.parse(bytes);
    this.#reports = new MarkReports(options.name, this.#marks, parse);
    this.#state = new ReplicatedState({
      parse,
      verify: (chainId, message, signature) => {
        const chain = this.#chains.get(chainId);
        return chain !== undefined && deps.verify(chain.group.groupKey, message, signature);
      },
    });
    this.#lastSnapshot = restored.raft.snapshot;
    if (restored.raft.snapshot !== undefined) this.#state.restoreSnapshot(restored.raft.snapshot.data);
    for (const entry of restored.raft.entries) this.#state.append(entry);
    this.#durableIndex = restored.raft.entries.at(-1)?.index ?? restored.raft.snapshot?.index ?? 0n;
    this.#raft = deps.createRaft(
      {
        name: options.name,
        members: options.members.map((member) => member.name),
        electionTicks: Math.max(3, Math.round(options.electionMs / options.tickMs)),
        heartbeatTicks: Math.max(1, Math.round(options.heartbeatMs / options.tickMs)),
        random: (bound) => deps.randomInteger(bound),
      },
      restored.raft,
    );
    this.#term = restored.raft.hardState.term;
    this.#durableTerm = this.#term;
    const chain = (chainId: string) => this.#chains.get(chainId);
    const isLeader = () => this.#role === 'leader';
    const isConnection = (connection: Connection) => this.#isConnection(connection);
    this.#nonces = new NonceDesk(
      {
        options,
        deps,
        self,
        stock: this.#stock,
        outbox: this.#outbox,
        chain,
        isConnection,
        isConnected: (peer) => this.#connections.has(peer),
        isLeader,
        stocked: (chainId) => this.#sessions.nonces(chainId),
      },
      { peer: options.name, connectionId: SELF_CONNECTION },
    );
    this.#release = new ShareRelease({
      self: self.identifier,
      frost: deps.frost,
      marks: this.#marks,
      nonces: this.#nonces.pairs,
      points: (commitment, identifier) => this.#nonces.points(commitment, identifier),
      chain,
      term: () => this.#raft.term,
      leader: () => this.#raft.leader,
      termAt: (index) => this.#raft.termAt(index),
      intentAt: (index) => this.#state.intentAt(index),
      // What is not verified yet is left out: the mark says nearly the same, and a share should not wait for it.
      highestResult: (chainId) => this.#state.highestResult(chainId),
      wallMs: () => deps.wallMs(),
    });
    this.#sessions = new Sessions({
      options,
      deps,
      stock: this.#stock,
      isConnected: (member) => this.#connections.has(member),
      refill: (chainId, signerSet, urgent) =>
        this.#nonces.refill(chainId, signerSet, urgent ? 2 : this.#stockTarget(), urgent),
    });
    this.#coordinator = new Coordinator({
      options,
      deps,
      reports: this.#reports,
      sessions: this.#sessions,
      term: () => this.#term,
      ensureIntent: (message) => {
        const found = this.#state.latestIntent(message.chainId, message);
        if (found?.term === this.#term && equalBytes(found.message.bytes, message.bytes)) return found.index;
        return this.#propose(encodeIntent(message));
      },
      isDurable: (index) => this.#durableIndex >= index,
      requestShare: (member, request, session) => this.#requestShare(member, request, session),
      finished: (signed) => this.#finished(signed),
    });
    this.#raw = new RawSigning({
      options,
      deps,
      sessions: this.#sessions,
      chain,
      connected: () => [...this.#connections.keys()],
      requestShare: (member, request, session) => this.#requestRawShare(member, request, session),
    });
    this.#requests = new Requests({
      options,
      deps,
      state: this.#state,
      reports: this.#reports,
      marks: this.#marks,
      coordinator: this.#coordinator,
      chain,
      isLeader,
      term: () => this.#term,
      leaderConnection: () => (this.#leader === undefined ? undefined : this.#connections.get(this.#leader)),
      answer: ({ id, origin }, outcome) => this.#answer(id, origin, outcome),
      forward: (request, to) => this.#forwarding.forward(request, to),
    });
    this.#forwarding = new Forwarding({
      deps,
      outbox: this.#outbox,
      requests: this.#requests,
      chain,
      isConnection,
      isLeader,
      accept: (asked) => this.#accept({ ...asked, id: this.#nextId++ }),
      signed: () => this.#leaderless.signed(),
    });
  }

  /** A node of this cosigner asks. @returns the request's id; its one answer comes by `effects.answer` */
  sign(signBytes: Uint8Array, extensionSignBytes: Uint8Array | undefined): number {
    const id = this.#nextId++;
    this.#accept({ id, signBytes, extensionSignBytes, holdMs: this.#options.deadlineMs, origin: undefined });
    this.#flush();
    return id;
  }

  /**
   * Adds a chain while running, or changes the limits and policies of one; its key and share stay what they are.
   *
   * @param floor - nothing at or below it is ever signed: a mark below it is raised to it, and is on disk, as any mark, before a
   *   share of the chain can leave
   * @throws Error for a chain that is there with another key
   */
  setChain(chain: CoreChain, floor?: MarkRecord): void {
    const before = this.#chains.get(chain.chainId);
    if (before !== undefined && !equalBytes(before.group.groupKey, chain.group.groupKey)) {
      throw new Error(
        `expected chain ${chain.chainId} with the key it has, found another; its key changes only by a restart`,
      );
    }
    this.#chains.set(chain.chainId, chain);
    if (floor !== undefined) this.#raiseToFloor(floor);
    this.#keepStock();
    this.#flush();
  }

  /** Raw bytes, asked by a node of this cosigner. @returns the request's id; its one answer comes by `effects.answerRaw` */
  signRaw(request: { readonly chainId: string; readonly kind: RawBytesKind; readonly bytes: Uint8Array }): number {
    const id = this.#nextId++;
    this.#raw.sign(id, request);
    this.#flush();
    return id;
  }

  /** The node has gone. */
  withdraw(id: number): void {
    this.#raw.withdraw(id);
    const request = this.#requests.remove(id);
    if (request !== undefined) this.#forwarding.withdraw(request);
    this.#flush();
  }

  /** Call every `options.tickMs`. */
  tick(): void {
    const now = this.#deps.monotonicMs();
    this.#ticks++;
    this.#raft.tick();
    if (this.#campaignAtMs !== undefined && now >= this.#campaignAtMs) {
      this.#campaignAtMs = undefined;
      if (this.#raft.leader === undefined) this.#raft.campaign();
    }
    this.#drainRaft();
    this.#proposeResults();
    this.#expireRequests(now);
    this.#raw.expire(now);
    if (this.#leaderless.observe(this.#hasLeader(), now)) {
      this.#deps.effects.giveUpNodes('no leader for a second: nodes go to cosigners that may have one');
    }
    this.#sessions.tick((task) => this.#isWanted(task));
    if (this.#ticks % 5 === 0) {
      this.#state.settle();
      this.#requests.advanceAll();
      this.#keepStock();
      this.#compact();
    }
    if (this.#ticks % 1000 === 0) this.#nonces.pairs.expire(now - NONCES_EXPIRE_MS);
    this.#sendAll = true;
    this.#flush();
    this.#sendAll = false;
  }

  peerConnected(connection: Connection): void {
    this.#connections.set(connection.peer, connection);
    this.#telling.forget(connection.peer);
    this.#raft.peerReachable(connection.peer);
    this.#eagerUntilMs = this.#deps.monotonicMs() + EAGER_MS;
    this.#keepStock();
    this.#requests.advanceAll();
    this.#flush();
  }

  peerDisconnected(connection: Connection): void {
    const { peer } = connection;
    if (this.#connections.get(peer)?.connectionId !== connection.connectionId) return;
    this.#connections.delete(peer);
    this.#outbox.drop(peer);
    this.#release.connectionLost(peer);
    this.#requests.removeOrigin(peer);
    const wasLeader = this.#raft.leader === peer;
    this.#raft.peerUnreachable(peer);
    this.#raft.leaderLost(peer);
    if (wasLeader) this.#planCampaign(peer);
    const member = this.#member(peer);
    if (member !== undefined) this.#sessions.peerLost(member);
    this.#flush();
  }

  frameReceived(connection: Connection, bytes: Uint8Array): void {
    if (this.#connections.get(connection.peer)?.connectionId !== connection.connectionId) return;
    try {
      this.#take(connection, Frame.decode(bytes));
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('impossible')) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      this.#deps.effects.event({ kind: 'bad-frame', peer: connection.peer, reason });
    }
    this.#flush();
  }

  /** Batches up to `ticket` are on disk. */
  persisted(ticket: bigint): void {
    for (const waiting of this.#batches.persisted(ticket)) this.#setFree(waiting);
    this.#flush();
  }

  /** The work asked for by `effects.wantCompute`: shares at once; of what no signature waits for one piece at a time. */
  compute(): void {
    if (this.#toCompute.length > 0) {
      this.#computeShares();
    } else if (this.#state.hasUnsettled()) {
      this.#state.settle();
    } else {
      this.#nonces.workOnce();
    }
    this.#flush();
  }

  #computeShares(): void {
    if (this.#toCompute.length === 0) return;
    const pending = this.#toCompute;
    this.#toCompute = [];
    for (const each of pending) this.#release.compute(each);
  }

  /** Hands leadership to `to`, or to the follower that is furthest. @returns undefined when begun, else why not */
  transferLeadership(to?: string): string | undefined {
    const status = this.#raft.status();
    if (status.role !== 'leader') return `not the leader; ${status.leader ?? 'nobody'} leads`;
    const furthest = [...status.progress]
      .filter((each) => each.name !== this.#options.name && this.#connections.has(each.name))
      .sort((a, b) => (a.match === b.match ? 0 : a.match > b.match ? -1 : 1))[0]?.name;
    const target = to ?? furthest;
    if (target === undefined || !this.#connections.has(target))
      return `${target ?? 'no other cosigner'} is not connected`;
    this.#proposeResults();
    if (!this.#raft.transferLeadership(target)) return `${target} cannot take over`;
    this.#flush();
    return undefined;
  }

  #raiseToFloor(floor: MarkRecord): void {
    const mark = this.#marks.latest(floor.chainId);
    if (mark !== undefined && compareHrs(floor, mark) <= 0) return;
    this.#marks.move(floor);
    this.#records.push(markRecord(floor));
    this.#waiting.marks.push(floor);
    this.#telling.changed(floor.chainId);
  }

  /** The whole durable state, for a snapshot of the store, as it is in memory now. */
  dump(): CoreRecord[] {
    const { term, vote, commit, firstIndex, lastIndex } = this.#raft.status();
    const entries = [];
    for (let index = firstIndex; index <= lastIndex; index++) {
      const entry = this.#raft.entryAt(index);
      if (entry !== undefined) entries.push(entry);
    }
    const snapshot = this.#snapshot();
    return dumpRecords({ raft: { hardState: { term, vote, commit }, entries, snapshot }, marks: this.#marks.all() });
  }

  status(): CoreStatus {
    return {
      role: this.#role,
      term: this.#term,
      leader: this.#leader,
      connected: [...this.#connections.keys()],
      hasLeader: this.#hasLeader(),
      held: [...this.#requests.all()].length,
      nonces: this.#nonces.pairs.size(),
      chains: [...this.#chains.values()].map(({ chainId }) => ({
        chainId,
        mark: this.#marks.durable(chainId),
        nonces: this.#stockOf(chainId),
      })),
    };
  }

  // --- the log ---------------------------------------------------------------------------------------------------------

  #propose(data: Uint8Array): bigint | undefined {
    const proposed = this.#raft.propose(data);
    if (proposed.kind === 'dropped') return undefined;
    this.#drainRaft();
    return proposed.index;
  }

  /** Takes what Raft has to say: records into the batch, messages into frames, the log's news into the replicated state. */
  #drainRaft(): void {
    while (this.#raft.hasReady()) {
      const ready = this.#raft.ready();
      this.#records.push(...readyRecords(ready));
      if (ready.hardState !== undefined) this.#waiting.term = ready.hardState.term;
      if (ready.snapshot !== undefined) {
        this.#lastSnapshot = ready.snapshot;
        this.#state.restoreSnapshot(ready.snapshot.data);
      }
      if (ready.truncateFrom !== undefined) this.#state.truncate(ready.truncateFrom);
      for (const entry of ready.entries) this.#state.append(entry);
      const last = ready.entries.at(-1)?.index ?? ready.snapshot?.index;
      if (last !== undefined) this.#waiting.lastIndex = last;
      for (const message of ready.messages) this.#post(message);
      if (ready.mustPersist) {
        this.#waiting.raftTickets.push(ready.ticket);
        this.#waiting.messages.push(...ready.messagesAfterPersist);
      }
      // No cosigner proposes a change of Raft's configuration yet; whoever does, all have to follow.
      for (const entry of ready.committed) if (entry.kind === 'config') this.#raft.applyConfigChange(entry);
      this.#committed = ready.committed.at(-1)?.index ?? this.#committed;
      if (ready.softState !== undefined) this.#roleChanged(ready.softState);
    }
  }

  #lastSnapshot: ReturnType<Raft['ready']>['snapshot'];

  #snapshot() {
    const { firstIndex } = this.#raft;
    return this.#lastSnapshot !== undefined && this.#lastSnapshot.index >= firstIndex - 1n
      ? this.#lastSnapshot
      : undefined;
  }

  #roleChanged({ role, term, leader }: { role: Role; term: bigint; leader: string | undefined }): void {
    const changed = role !== this.#role || term !== this.#term;
    const leaderChanged = leader !== this.#leader;
    this.#role = role;
    this.#term = term;
    this.#leader = leader;
    this.#reports.begin(term);
    if (changed) this.#coordinator.reset();
    if (leader !== undefined) this.#campaignAtMs = undefined;
    if (changed || leaderChanged) {
      this.#eagerUntilMs = this.#deps.monotonicMs() + EAGER_MS;
      this.#deps.effects.event({ kind: 'role', role, term, leader });
      this.#wake = true;
    }
  }

  /** Set when every request should be looked at again before this step ends. */
  #wake = false;

  #compact(): void {
    const { firstIndex } = this.#raft;
    const after = BigInt(this.#options.compactAfterEntries ?? COMPACT_AFTER_ENTRIES);
    if (this.#committed - firstIndex < after) return;
    const index = this.#committed - after / 8n;
    if (this.#raft.termAt(index) === undefined) return;
    const data = this.#state.encodeSnapshot(index);
    this.#lastSnapshot = this.#raft.compact(index, data);
  }

  #planCampaign(lost: string): void {
    const survivors = this.#options.members.filter((member) => member.name !== lost);
    const rank = survivors.findIndex((member) => member.name === this.#options.name);
    if (rank === 0) this.#raft.campaign();
    else this.#campaignAtMs = this.#deps.monotonicMs() + rank * CAMPAIGN_STAGGER_MS;
  }

  #hasLeader(): boolean {
    return this.#role === 'leader' || (this.#leader !== undefined && this.#connections.has(this.#leader));
  }

  // --- frames ----------------------------------------------------------------------------------------------------------

  #take(connection: Connection, frame: Frame): void {
    const { peer } = connection;
    const member = this.#member(peer);
    // First what a node waits for: a session's shares are good whatever else the frame says.
    if (member !== undefined) for (const reply of frame.shareReplies) this.#sessions.shareReplied(member, reply);
    for (const wire of frame.raft) {
      const message = decodeRaftMessage(wire, peer, this.#options.name);
      if (message !== undefined) this.#raft.step(message);
    }
    this.#drainRaft();
    if (frame.marks !== undefined && this.#reports.merge(peer, frame.marks)) this.#wake = true;
    this.#retryEarly();
    for (const request of frame.shareRequests) this.#shareRequested(connection, request);
    for (const request of frame.rawShareRequests) {
      this.#shareReleased(connection, request.session, this.#release.releaseRaw(connection, request));
    }
    if (member !== undefined) {
      for (const batch of frame.nonceBatches)
        this.#nonces.published(connection, member, batch, this.#sessions.waitsForNonces());
    }
    for (const request of frame.nonceRequests) this.#nonces.requested(connection, request);
    for (const request of frame.forwardRequests) this.#forwarding.asked(connection, request);
    for (const reply of frame.forwardReplies) this.#forwarding.answered(connection, reply);
    for (const id of frame.forwardWithdrawn) this.#forwarding.withdrawn(connection, id);
  }

  #isConnection({ peer, connectionId }: Connection): boolean {
    return this.#connections.get(peer)?.connectionId === connectionId;
  }

  /** Puts a Raft message into its frame; votes and acknowledgements of this term carry the marks. */
  #post(message: Message): void {
    if (!this.#connections.has(message.to)) return;
    const mayWait =
      message.type === 'append' ||
      message.type === 'heartbeat' ||
      message.type === 'heartbeat-reply' ||
      (message.type === 'append-reply' && message.accepted);
    const frame = mayWait ? this.#outbox.frame(message.to) : this.#outbox.urgentFrame(message.to);
    frame.raft.push(encodeRaftMessage(message));
    const isReply = message.type === 'vote-reply' || message.type === 'append-reply';
    const { term } = this.#raft;
    if (isReply && message.term === term) frame.marks = this.#telling.report(message.to, term, frame.marks);
  }

  /**
   * Ends a step: one frame for each peer, then one batch. What a frame promises of this disk waits in `Batches`, so what
   * leaves here needs no sync; it goes first because the peer's work is the longer way.
   */
  #flush(): void {
    let batch: { readonly waiting: Waiting; readonly records: readonly CoreRecord[] } | undefined;
    for (let round = 0; ; round++) {
      if (round > 100) throw new Error('impossible: a step that does not end');
      this.#drainRaft();
      if (this.#wake) {
        this.#wake = false;
        this.#requests.advanceAll();
        continue;
      }
      const waiting = this.#waiting;
      this.#waiting = nothingWaiting();
      if (this.#records.length > 0) {
        batch = { waiting, records: this.#records };
        this.#records = [];
      } else if (!isEmpty(waiting) && !this.#batches.join(waiting)) {
        this.#setFree(waiting);
        continue;
      }
      break;
    }
    const all = this.#sendAll || this.#deps.monotonicMs() < this.#eagerUntilMs;
    const { sent, away } = this.#outbox.flush(all, (peer, bytes) => this.#deps.effects.send(peer, bytes));
    for (const peer of away) {
      // It never saw the frame: what it carried is told again from the start.
      this.#telling.forget(peer);
      this.#raft.peerUnreachable(peer);
    }
    if (batch !== undefined) this.#deps.effects.persist(this.#batches.begin(batch.waiting), batch.records);
    // With nothing to send the processor is free while the disk works: the shares need not wait for a turn of their own.
    if (!sent) this.#computeShares();
    if (this.#toCompute.length > 0 || this.#wantsIdleWork()) this.#deps.effects.wantCompute();
  }

  /** What no signature waits for is done while none is under way, unless it has piled up. */
  #wantsIdleWork(): boolean {
    if (this.#nonces.isPressing()) return true;
    return this.#requests.isEmpty() && (this.#nonces.hasWork() || this.#state.hasUnsettled());
  }

  /** Everything leaves with this step. */
  #sendAll = false;

  #setFree(waiting: Waiting): void {
    for (const mark of waiting.marks) {
      this.#marks.persisted(mark);
      this.#telling.changed(mark.chainId);
    }
    for (const ticket of waiting.raftTickets) this.#raft.persisted(ticket);
    if (waiting.lastIndex > 0n) this.#durableIndex = waiting.lastIndex;
    if (waiting.term > 0n) this.#durableTerm = waiting.term;
    for (const message of waiting.messages) this.#post(message);
    for (const pending of waiting.releases) {
      this.#shareReleased(pending.from, pending.request.session, this.#release.release(pending));
    }
    this.#drainRaft();
    this.#sessions.tryFinishAll();
  }

  // --- shares ----------------------------------------------------------------------------------------------------------

  #requestShare(member: CoreMember, request: ShareRequest, session: SigningSession): void {
    if (member.name === this.#options.name) {
      const connection = { peer: member.name, connectionId: SELF_CONNECTION };
      this.#shareRequested(connection, request, session);
    } else if (this.#connections.has(member.name)) {
      this.#outbox.urgentFrame(member.name).shareRequests.push(request);
    }
  }

  #requestRawShare(member: CoreMember, request: RawShareRequest, session: SigningSession): void {
    if (member.name === this.#options.name) {
      const connection = { peer: member.name, connectionId: SELF_CONNECTION };
      const answer = this.#release.releaseRaw(connection, request, session.parts[0]?.bound);
      this.#shareReleased(connection, request.session, answer);
    } else if (this.#connections.has(member.name)) {
      this.#outbox.urgentFrame(member.name).rawShareRequests.push(request);
    }
  }

  #shareRequested(from: Connection, request: ShareRequest, session?: SigningSession): void {
    const pending = this.#release.request(
      from,
      request,
      session?.parts.map((part) => part.bound),
    );
    if ('kind' in pending) {
      if (this.#comesEarly(from, request)) this.#early.push({ from, request });
      else this.#shareReleased(from, request.session, pending);
      return;
    }
    if (pending.moved !== undefined) {
      this.#records.push(markRecord(pending.moved));
      this.#waiting.marks.push(pending.moved);
      this.#telling.changed(pending.moved.chainId);
    }
    this.#waiting.releases.push(pending);
    // One's own share is made when its sync is done: until then the processor belongs to the peers' frames and the disk, and the
    // peers' shares are not there before.
    if (session === undefined) this.#toCompute.push(pending);
  }

  /** A new leader probes a follower's log before it streams: its first request can overtake the entry that it is for. */
  #comesEarly(from: Connection, request: ShareRequest): boolean {
    const isNext = request.term === this.#term && request.index > this.#raft.lastIndex;
    return isNext && from.peer === this.#leader && from.peer !== this.#options.name && this.#early.length < EARLY_MAX;
  }

  #retryEarly(): void {
    if (this.#early.length === 0) return;
    const early = this.#early;
    this.#early = [];
    for (const { from, request } of early) this.#shareRequested(from, request);
  }

  #shareReleased(to: Connection, session: bigint, answer: ReturnType<ShareRelease['release']>): void {
    const reply =
      answer.kind === 'shares'
        ? { session, shares: answer.shares, refused: '' }
        : { session, shares: [], refused: answer.reason };
    if (to.peer === this.#options.name) {
      this.#sessions.shareReplied(this.#self, reply);
      return;
    }
    if (this.#connections.get(to.peer)?.connectionId !== to.connectionId) return;
    if (answer.kind === 'refused' && answer.unknownNonces !== undefined) {
      this.#nonces.offer(to, { ...answer.unknownNonces, count: 2 });
    }
    const frame = this.#outbox.urgentFrame(to.peer);
    frame.shareReplies.push(reply);
    // A coordinator that asks for what the mark forbids does not know the mark. A report promises that its term is on disk: after a
    // restart in an older term this cosigner could still take an intent of that term's leader.
    const { term } = this.#raft;
    if (answer.kind === 'refused' && this.#durableTerm === term) {
      frame.marks = this.#telling.report(to.peer, term, frame.marks);
    }
  }

  #finished({ message, extension: wanted, startedMs, signature, extensionSignature: extension }: SignedVote): void {
    const hash = wanted?.hash ?? '';
    const before = this.#state.result(message.chainId, message);
    const whole = signature ?? before?.signature;
    if (whole === undefined) throw new Error('impossible: an extension signed beside no vote');
    this.#state.addVerified(message, whole, extension === undefined ? '' : hash, extension ?? new Uint8Array());
    // Whoever waits is answered before anything is written down about it.
    for (const request of [...this.#requests.all()]) {
      if (request.message.chainId === message.chainId && request.message.height === message.height)
        this.#requests.advance(request);
    }
    this.#results.push({
      signBytes: message.bytes,
      signature: whole,
      extensionHash: extension === undefined ? new Uint8Array() : hexToBytes(hash),
      extensionSignature: extension ?? new Uint8Array(),
    });
    this.#leaderless.signed();
    this.#coordinator.forget(message);
    const latencyMs = this.#deps.monotonicMs() - startedMs;
    const { chainId, step } = message;
    this.#deps.effects.event({ kind: 'signed', chainId, hrs: formatHrs(message), latencyMs, step });
  }

  /** Results follow their answers, in the batch of the next intent or within a tick. */
  #proposeResults(): void {
    if (this.#results.length === 0) return;
    const results = this.#results;
    this.#results = [];
    if (this.#role !== 'leader') return;
    for (const result of results) this.#raft.propose(encodeResult(result));
    this.#drainRaft();
  }

  // --- nonces ----------------------------------------------------------------------------------------------------------

  /** Keeps commitments ready for the sets that this cosigner would use, as leader or on the day it becomes one. */
  #keepStock(): void {
    const names = [this.#options.name, ...this.#connections.keys()];
    const candidates = this.#sessions.preferred(names).map((member) => member.identifier);
    const target = this.#stockTarget();
    for (const set of signerSets(candidates, this.#options.threshold).slice(0, SETS_READY_MAX)) {
      for (const chainId of this.#chains.keys()) this.#nonces.refill(chainId, set, target, false);
    }
  }

  #stockTarget(): number {
    const ready = this.#options.noncesReady ?? NONCES_READY;
    return this.#role === 'leader' ? ready : Math.ceil(ready / 4);
  }

  #stockOf(chainId: string): number {
    const names = [this.#options.name, ...this.#connections.keys()];
    const candidates = this.#sessions.preferred(names).map((member) => member.identifier);
    const first = signerSets(candidates, this.#options.threshold)[0];
    return first === undefined ? 0 : this.#stock.available(chainId, first);
  }

  // --- requests --------------------------------------------------------------------------------------------------------

  #accept(asked: AskedRequest): void {
    const now = this.#deps.monotonicMs();
    const { id, origin } = asked;
    let request: HeldRequest;
    try {
      const message = this.#parsed.parse(asked.signBytes);
      const extension = asked.extensionSignBytes;
      if (extension !== undefined) {
        const parsed = parseExtensionSignBytes(extension);
        const fits =
          message.step === 'precommit' &&
          message.blockId !== undefined &&
          parsed.height === message.height &&
          parsed.round === message.round &&
          parsed.chainId === message.chainId;
        if (!fits) throw new Error('an extension is signed only beside the non-nil precommit it belongs to');
      }
      const hash = extension === undefined ? '' : bytesToHex(this.#deps.sha256(extension));
      request = {
        id,
        message,
        extension: extension === undefined ? undefined : { bytes: extension, hash },
        arrivedMs: now,
        deadlineMs: now + Math.min(asked.holdMs, this.#options.deadlineMs),
        origin,
        forwardedTo: undefined,
      };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#answer(id, origin, { kind: 'denied', message });
      return;
    }
    this.#proposeResults();
    this.#requests.add(request);
  }

  /** Whether a node still waits for what a task will give. */
  #isWanted(task: SigningTask): boolean {
    const vote = this.#coordinator.voteOf(task);
    return vote === undefined ? this.#raw.isWanted(task) : this.#requests.isWanted(vote.message);
  }

  #expireRequests(now: number): void {
    for (const request of [...this.#requests.all()]) {
      if (now >= request.deadlineMs) {
        this.#requests.settle(request, { kind: 'gave-up', reason: this.#whyNot() });
      } else if (request.origin === undefined && this.#leaderless.givesUpRequest(request.arrivedMs, now)) {
        this.#requests.settle(request, { kind: 'gave-up', reason: 'no leader' });
      }
    }
  }

  #whyNot(): string {
    const seen = [this.#options.name, ...this.#connections.keys()];
    if (!this.#hasLeader()) return `no leader; connected: ${seen.join(', ')}`;
    return `no ${this.#options.threshold} cosigners signed within ${this.#options.deadlineMs} ms; connected: ${seen.join(', ')}`;
  }

  #answer(id: number, origin: HeldRequest['origin'], outcome: Outcome): void {
    if (origin === undefined) this.#deps.effects.answer(id, outcome);
    else this.#forwarding.answer(origin, outcome);
  }

  #member(name: string): CoreMember | undefined {
    return this.#options.members.find((member) => member.name === name);
  }
}

function assertOptions({ members, threshold, chains }: CoreOptions): void {
  if (threshold * 2 <= members.length || threshold > members.length) {
    throw new Error(
      `expected a threshold above half of ${members.length} cosigners and at most all, found ${threshold}`,
    );
  }
  if (new Set(chains.map((chain) => chain.chainId)).size !== chains.length) throw new Error('expected each chain once');
}

function isEmpty(waiting: Waiting): boolean {
  const { marks, raftTickets, messages, releases } = waiting;
  return marks.length + raftTickets.length + messages.length + releases.length === 0;
}
