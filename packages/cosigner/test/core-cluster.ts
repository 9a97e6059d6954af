/**
 * Cosigner cores under one seed: a virtual clock, a network with delay, loss of connections and partitions, disks whose
 * unsynced writes are lost by a crash. The curve is the real one.
 */

import { createPublicKey, verify } from 'node:crypto';
import { type Frost, type GroupPublic, loadFrost, type SigningShare } from '@quorumsign/frost';
import {
  encodeProposalSignBytes,
  encodeVoteSignBytes,
  parseSignBytes,
  type RawBytesKind,
  type RawBytesPolicy,
} from '@quorumsign/sign-state';
import { createRaft } from 'raft-ts';
import { CosignerCore } from '../src/core/core.js';
import { FIRST_EPOCH } from '../src/core/epochs/epoch-change.js';
import { DEFAULT_LIMITS } from '../src/core/limits.js';
import { type CoreRecord, dumpRecords, foldRecords, NO_CHANGE } from '../src/core/log-records.js';
import { FRAME_BYTES_MAX } from '../src/core/outbox.js';
import type { CoreChain, CoreEvent, Outcome, RawOutcome } from '../src/core/types.js';
import { EntryData, Frame } from '../src/gen/cosigner/cosigner.js';
import { hashes } from '../src/shell/hashes.js';

export const CHAIN = 'chain-1';
const TICK_MS = 10;

/** Mulberry32. */
export function prng(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}

interface Member {
  readonly name: string;
  readonly identifier: number;
  core: CosignerCore | undefined;
  /** Grows at every start, so that what was under way for the one before is void. */
  boot: number;
  disk: CoreRecord[];
  /** Names the disk; an operator's new disk has another one. */
  storeId: Uint8Array;
  /** Synced to the disk. */
  batches: bigint;
  /** Why the core said that its process has to end. */
  stopped: string | undefined;
  events: CoreEvent[];
}

/** What a node has asked for. */
export interface Asked<Answer> {
  /** Undefined until it is answered. */
  outcome: Answer | undefined;
  withdraw(): void;
}

export interface ClusterOptions {
  readonly seed: number;
  readonly members?: number;
  readonly threshold?: number;
  /** Delay of a frame and of a sync, drawn up to this; default 3. */
  readonly delayMs?: number;
}

let loaded: Frost | undefined;

export class CoreCluster {
  nowMs = 1000;
  readonly members: Member[] = [];
  readonly group: GroupPublic;
  readonly names: string[];
  readonly random: (bound: number) => number;
  /** Pairs that cannot talk. */
  readonly cut = new Set<string>();
  /** Disks that take this much longer, ms. */
  readonly slowDisks = new Map<string, number>();
  /** What each signs of raw bytes, from its next start on. */
  readonly rawBytes = new Map<string, RawBytesPolicy>();
  /** Every cosigner's configuration of the one chain that it starts with, by name. */
  readonly chains = new Map<string, CoreChain>();
  /** Changes a share on its way; for lying cosigners. */
  tamper: ((from: string, to: string, frame: Frame) => void) | undefined;
  /** Every share that left, by HRS: which bytes, from whom. */
  readonly released = new Map<string, Map<string, Set<string>>>();
  #queue: { readonly atMs: number; readonly order: number; readonly run: () => void }[] = [];
  #order = 0;
  #links = new Map<string, string>();
  #link = 0;
  readonly #frost: Frost;
  readonly #shares: SigningShare[];
  readonly #threshold: number;
  readonly #delayMs: number;

  static async create(options: ClusterOptions): Promise<CoreCluster> {
    loaded ??= await loadFrost();
    return new CoreCluster(options, loaded);
  }

  private constructor({ seed, members = 3, threshold = 2, delayMs = 3 }: ClusterOptions, frost: Frost) {
    this.random = prng(seed);
    this.#frost = frost;
    this.#threshold = threshold;
    this.#delayMs = delayMs;
    const identifiers = Array.from({ length: members }, (_, at) => at + 1);
    const { group, shares } = frost.deal({
      secret: frost.randomSecret((length) => this.bytes(length)),
      threshold,
      identifiers,
      epoch: 1,
      random: (length) => this.bytes(length),
    });
    this.group = group;
    this.#shares = shares;
    this.names = identifiers.map((identifier) => `c${identifier}`);
    for (const identifier of identifiers) {
      const name = `c${identifier}`;
      this.members.push({
        name,
        identifier,
        core: undefined,
        boot: 0,
        disk: [],
        storeId: this.bytes(16),
        batches: 0n,
        stopped: undefined,
        events: [],
      });
    }
    for (const name of this.names) this.start(name);
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.random(256));
  }

  member(name: string): Member {
    const found = this.members.find((each) => each.name === name);
    if (found === undefined) throw new Error(`no member ${name}`);
    return found;
  }

  core(name: string): CosignerCore {
    const { core } = this.member(name);
    if (core === undefined) throw new Error(`${name} is down`);
    return core;
  }

  leader(): string | undefined {
    return this.members.find((each) => each.core?.status().role === 'leader' && each.core.status().hasLeader)?.name;
  }

  start(name: string): void {
    const member = this.member(name);
    const boot = ++member.boot;
    const share = this.#shares[member.identifier - 1];
    if (share === undefined) throw new Error('no share');
    const here =
      <T extends unknown[]>(run: (...args: T) => void) =>
      (...args: T) => {
        if (member.boot === boot && member.core !== undefined) run(...args);
      };
    const chain = {
      chainId: CHAIN,
      group: this.group,
      share,
      limits: DEFAULT_LIMITS,
      rawBytes: this.rawBytes.get(name) ?? {},
    };
    this.chains.set(name, chain);
    let lastSyncMs = 0;
    member.core = new CosignerCore(
      {
        name,
        epoch: FIRST_EPOCH,
        members: this.members.map(({ name: each, identifier }) => ({ name: each, identifier })),
        threshold: this.#threshold,
        chains: [chain],
        deadlineMs: 2500,
        tickMs: TICK_MS,
        heartbeatMs: 50,
        electionMs: 300,
        compactAfterEntries: 24,
      },
      {
        frost: this.#frost,
        createRaft,
        verify: (key, message, signature) => verifyNatively(key, message, signature),
        ...hashes,
        store: { id: member.storeId, recovered: member.batches, batches: () => member.batches },
        bootId: this.bytes(16),
        randomBytes: (length) => this.bytes(length),
        randomInteger: (bound) => this.random(bound),
        monotonicMs: () => this.nowMs,
        wallMs: () => 1_700_000_000_000 + this.nowMs,
        effects: {
          persist: (ticket, records) => {
            lastSyncMs = Math.max(
              lastSyncMs,
              this.nowMs + 1 + this.random(this.#delayMs) + (this.slowDisks.get(name) ?? 0),
            );
            // Now and then the store takes a snapshot: the state as it is in memory at this very moment.
            const dump = this.random(10) === 0 && member.core !== undefined ? dumpOf(member.core) : undefined;
            this.#at(
              lastSyncMs,
              here(() => {
                member.disk.push(...records);
                member.batches++;
                foldRecords(member.disk);
                if (dump !== undefined) member.disk = dump;
                member.core?.persisted(ticket);
              }),
            );
          },
          send: (peer, bytes) => this.#send(member, peer, bytes),
          wantCompute: () =>
            this.#at(
              this.nowMs,
              here(() => member.core?.compute()),
            ),
          giveUpNodes: () => {},
          stopForSafety: (reason) => {
            member.stopped = reason;
          },
          event: (event) => member.events.push(event),
        },
      },
      foldRecords(member.disk),
    );
    const tick = here(() => {
      member.core?.tick();
      this.#at(this.nowMs + TICK_MS, tick);
    });
    this.#at(this.nowMs + this.random(TICK_MS), tick);
    for (const other of this.members) if (other !== member) this.#connect(name, other.name);
  }

  /** SIGKILL: memory and unsynced writes are gone, sockets are reset. */
  kill(name: string): void {
    const member = this.member(name);
    member.core = undefined;
    member.boot++;
    for (const other of this.members) if (other !== member) this.#disconnect(name, other.name);
  }

  partition(a: string, b: string): void {
    this.cut.add(pair(a, b));
    this.#disconnect(a, b);
  }

  heal(): void {
    this.cut.clear();
    for (const a of this.members) for (const b of this.members) if (a.name < b.name) this.#connect(a.name, b.name);
  }

  /** Runs for a time, or until the condition holds; the condition is asked after every event. */
  run(forMs: number, until?: () => boolean): boolean {
    const endMs = this.nowMs + forMs;
    for (let steps = 0; steps < 2_000_000; steps++) {
      if (until?.() === true) return true;
      const next = this.#queue[0];
      if (next === undefined || next.atMs > endMs) break;
      this.#pop();
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.run();
    }
    this.nowMs = endMs;
    return until?.() === true;
  }

  vote(options: {
    height: bigint;
    type?: 'prevote' | 'precommit';
    round?: number;
    block?: number;
    seconds?: bigint;
    chainId?: string;
  }): Uint8Array {
    const { height, type = 'prevote', round = 0, block = 1, seconds = 1n, chainId = CHAIN } = options;
    return encodeVoteSignBytes({
      type,
      height,
      round,
      blockId: block === 0 ? undefined : blockOf(block),
      timestamp: { seconds, nanos: 5 },
      chainId,
    });
  }

  proposal(height: bigint, block = 1, seconds = 1n): Uint8Array {
    const timestamp = { seconds, nanos: 5 };
    return encodeProposalSignBytes({
      height,
      round: 0,
      polRound: -1,
      blockId: blockOf(block),
      timestamp,
      chainId: CHAIN,
    });
  }

  /** Asks, and waits for nothing. */
  begin(name: string, signBytes: Uint8Array, extension?: Uint8Array): Asked<Outcome> {
    return this.#begin(name, (core, answer) => core.sign(signBytes, extension, answer));
  }

  /** Asks for raw bytes, and waits for nothing. */
  beginRaw(name: string, kind: RawBytesKind, bytes: Uint8Array): Asked<RawOutcome> {
    return this.#begin(name, (core, answer) => core.signRaw({ chainId: CHAIN, kind, bytes }, answer));
  }

  /** Asks and runs until the answer. */
  ask(name: string, signBytes: Uint8Array, extension?: Uint8Array, withinMs = 3000): Outcome {
    return this.#answered(this.begin(name, signBytes, extension), withinMs);
  }

  /** Asks for raw bytes and runs until the answer. */
  askRaw(name: string, kind: RawBytesKind, bytes: Uint8Array, withinMs = 3000): RawOutcome {
    return this.#answered(this.beginRaw(name, kind, bytes), withinMs);
  }

  #begin<Answer>(
    name: string,
    begin: (core: CosignerCore, answer: (outcome: Answer) => void) => number,
  ): Asked<Answer> {
    const core = this.core(name);
    const asked: Asked<Answer> = { outcome: undefined, withdraw: () => core.withdraw(id) };
    const id = begin(core, (outcome) => {
      if (asked.outcome !== undefined) throw new Error('expected one answer, found a second');
      asked.outcome = outcome;
    });
    return asked;
  }

  #answered<Answer>(asked: Asked<Answer>, withinMs: number): Answer {
    this.run(withinMs, () => asked.outcome !== undefined);
    if (asked.outcome === undefined) throw new Error(`no answer within ${withinMs} ms`);
    return asked.outcome;
  }

  /** Stops and starts all, so that a changed configuration counts. */
  restartAll(): void {
    for (const name of this.names) this.kill(name);
    this.run(10);
    for (const name of this.names) this.start(name);
  }

  verifies(signBytes: Uint8Array, signature: Uint8Array): boolean {
    return verifyNatively(this.group.groupKey, signBytes, signature);
  }

  /** The safety rule over released shares: never two messages at one HRS with t shares each. */
  assertNoDoubleSign(): void {
    for (const [hrs, byMessage] of this.released) {
      const full = [...byMessage].filter(([, by]) => by.size >= this.#threshold);
      if (full.length > 1) throw new Error(`two messages with ${this.#threshold} shares at ${hrs}`);
      const seen = new Set<string>();
      for (const [, by] of byMessage) {
        for (const name of by) {
          if (seen.has(name)) throw new Error(`${name} released shares of two messages at ${hrs}`);
          seen.add(name);
        }
      }
    }
  }

  #send(from: Member, to: string, bytes: Uint8Array): boolean {
    // As the transport does.
    if (bytes.length > FRAME_BYTES_MAX) throw new Error(`a frame of ${bytes.length} bytes`);
    const link = this.#links.get(pair(from.name, to));
    const target = this.member(to);
    if (link === undefined || target.core === undefined) return false;
    let frame = bytes;
    const decoded = Frame.decode(bytes);
    this.#watch(from, to, decoded);
    if (this.tamper !== undefined) {
      this.tamper(from.name, to, decoded);
      frame = Frame.encode(decoded).finish();
    }
    const key = `${from.name}>${to}`;
    const atMs = Math.max(this.#lastArrival.get(key) ?? 0, this.nowMs + 0.2 + this.random(this.#delayMs * 100) / 100);
    this.#lastArrival.set(key, atMs);
    this.#at(atMs, () => {
      if (this.#links.get(pair(from.name, to)) !== link) return;
      target.core?.frameReceived({ peer: from.name, connectionId: link }, frame);
    });
    return true;
  }

  readonly #lastArrival = new Map<string, number>();
  readonly #rawSessions = new Set<string>();
  /** By coordinator and session, then by index and term: which chain a session is for. */
  readonly #entryOfSession = new Map<string, string>();
  readonly #chainOfEntry = new Map<string, string>();

  /** Notes every share that leaves, but for those of raw bytes, which have no mark. */
  #watch(from: Member, to: string, frame: Frame): void {
    for (const { index, term, data } of frame.raft.flatMap((message) => message.entries)) {
      const kind = EntryData.decode(data).kind;
      if (kind?.$case === 'intent') this.#chainOfEntry.set(`${index}/${term}`, parse(kind.intent.signBytes).chainId);
    }
    for (const { session, index, term } of frame.shareRequests) {
      this.#entryOfSession.set(`${from.name}:${session}`, `${index}/${term}`);
    }
    for (const request of frame.rawShareRequests) this.#rawSessions.add(`${from.name}:${request.session}`);
    for (const reply of frame.shareReplies) {
      if (reply.shares.length === 0 || this.#rawSessions.has(`${to}:${reply.session}`)) continue;
      const chainId = this.#chainOfEntry.get(this.#entryOfSession.get(`${to}:${reply.session}`) ?? '');
      if (chainId === undefined) throw new Error('a share left for no entry');
      const mark = from.core?.status().chains.find((each) => each.chainId === chainId)?.mark;
      const message = mark?.signBytes;
      if (message === undefined) throw new Error('a share left without a mark on disk');
      const onDisk = foldRecords(from.disk).marks.find((each) => each.chainId === chainId)?.signBytes;
      if (onDisk === undefined || Buffer.compare(onDisk.bytes, message.bytes) !== 0) {
        throw new Error('a share left before its mark was on disk');
      }
      const hrs = `${chainId}/${message.height}/${message.round}/${message.step}`;
      const byMessage = this.released.get(hrs) ?? new Map<string, Set<string>>();
      const hex = Buffer.from(message.bytes).toString('hex');
      byMessage.set(hex, (byMessage.get(hex) ?? new Set()).add(from.name));
      this.released.set(hrs, byMessage);
    }
  }

  #connect(a: string, b: string): void {
    if (this.member(a).core === undefined || this.member(b).core === undefined) return;
    if (this.cut.has(pair(a, b)) || this.#links.has(pair(a, b))) return;
    const link = `link-${++this.#link}`;
    this.#links.set(pair(a, b), link);
    this.#at(this.nowMs + 1, () => {
      if (this.#links.get(pair(a, b)) !== link) return;
      this.member(a).core?.peerConnected({ peer: b, connectionId: link });
      this.member(b).core?.peerConnected({ peer: a, connectionId: link });
    });
  }

  #disconnect(a: string, b: string): void {
    const link = this.#links.get(pair(a, b));
    if (link === undefined) return;
    this.#links.delete(pair(a, b));
    for (const [name, peer] of [
      [a, b],
      [b, a],
    ] as const) {
      this.#at(this.nowMs + 1, () => this.member(name).core?.peerDisconnected({ peer, connectionId: link }));
    }
  }

  #at(atMs: number, run: () => void): void {
    const entry = { atMs, order: this.#order++, run };
    let low = 0;
    let high = this.#queue.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#queue[middle];
      if (other !== undefined && (other.atMs < atMs || (other.atMs === atMs && other.order < entry.order)))
        low = middle + 1;
      else high = middle;
    }
    this.#queue.splice(low, 0, entry);
  }

  #pop(): void {
    this.#queue.shift();
  }
}

export function blockOf(block: number) {
  return { hash: new Uint8Array(32).fill(block), partSetTotal: 1, partSetHash: new Uint8Array(32).fill(block) };
}

function pair(a: string, b: string): string {
  return a < b ? `${a}-${b}` : `${b}-${a}`;
}

const keys = new Map<string, ReturnType<typeof createPublicKey>>();

function verifyNatively(groupKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const hex = Buffer.from(groupKey).toString('hex');
  let key = keys.get(hex);
  if (key === undefined) {
    key = createPublicKey({ key: Buffer.from(`302a300506032b6570032100${hex}`, 'hex'), format: 'der', type: 'spki' });
    keys.set(hex, key);
  }
  return verify(null, message, key, signature);
}

export function parse(bytes: Uint8Array) {
  return parseSignBytes(bytes);
}

/** The whole durable state of a core, as the store would keep it. */
function dumpOf(core: CosignerCore): CoreRecord[] {
  return dumpRecords({ ...core.restorable(), epoch: FIRST_EPOCH, change: NO_CHANGE });
}
