/**
 * The cosigner as a pure state machine: events in, effects out; no clock, disk, network or chance of its own.
 *
 * Inputs are the public methods. Each runs to its end without waiting and closes with `Step.end`: the log's news and
 * moved marks become one batch, and everything for one peer becomes one frame. What a message, share or answer promises
 * is durable before it leaves: it waits in `Batches` until the shell says so.
 */

import { equalBytes, type MarkRecord } from '@quorumsign/sign-state';
import type { Result } from '../gen/cosigner/cosigner.js';
import { readRequest } from './asked-request.js';
import { assertOptions } from './core-options.js';
import { restorableOf, statusOf } from './core-views.js';
import type { RestoredCore } from './log-records.js';
import { createParts, type Parts } from './parts.js';
import { PeerFrames } from './peer-frames.js';
import type { SigningTask } from './signing-task.js';
import { Step } from './step.js';
import type {
  AskedRequest,
  Connection,
  CoreChain,
  CoreDeps,
  CoreOptions,
  CoreStatus,
  Outcome,
  RawOutcome,
  RawRequest,
} from './types.js';

const NONCES_EXPIRE_MS = 600_000;
/** How often peers are told of this store's position where nothing else is told. */
const TELL_TICKS = 10;

export class CosignerCore {
  readonly #options: CoreOptions;
  readonly #deps: CoreDeps;
  readonly #chains: Map<string, CoreChain>;
  readonly #connections = new Map<string, Connection>();
  readonly #parts: Parts;
  readonly #frames: PeerFrames;
  readonly #step: Step;
  #ticks = 0;
  #nextId = 1;

  /** @param results - signatures that are known from the epoch before; each is verified before it counts */
  constructor(options: CoreOptions, deps: CoreDeps, restored: RestoredCore, results: readonly Result[] = []) {
    assertOptions(options);
    this.#options = options;
    this.#deps = deps;
    this.#chains = new Map(options.chains.map((chain) => [chain.chainId, chain]));
    this.#parts = createParts(options, deps, restored, {
      chains: this.#chains,
      connections: this.#connections,
      post: (message) => this.#frames.post(message),
      roleChanged: (newTerm) => this.#roleChanged(newTerm),
      admitted: (connection, isReplaced) => this.#admitted(connection, isReplaced),
      accept: (asked) => this.#accept({ ...asked, id: this.#nextId++ }),
    });
    this.#frames = new PeerFrames({
      options,
      effects: deps.effects,
      parts: this.#parts,
      isConnected: (peer) => this.#connections.has(peer),
      isConnection: (connection) => this.#isConnection(connection),
      marksTold: () => this.#step.wake(),
      isElsewhere: (connection) => this.#lose(connection),
    });
    this.#step = new Step(this.#parts, this.#frames, deps);
    for (const result of results) this.#parts.state.claim(result);
  }

  /**
   * A node of this cosigner asks.
   *
   * @param answer - takes the one answer, perhaps before this returns
   * @param holdMs - until it is given up
   * @returns the request's id, to withdraw it by
   */
  sign(
    signBytes: Uint8Array,
    extensionSignBytes: Uint8Array | undefined,
    answer: (outcome: Outcome) => void,
    holdMs: number = this.#options.deadlineMs,
  ): number {
    const id = this.#nextId++;
    this.#accept({ id, signBytes, extensionSignBytes, holdMs, origin: undefined, answer });
    this.#step.end();
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
    if (floor !== undefined) this.#parts.raise(floor);
    this.#parts.stocking.keep();
    this.#step.end();
  }

  /** Raw bytes, asked by a node of this cosigner; as {@link sign}. */
  signRaw(request: RawRequest, answer: (outcome: RawOutcome) => void): number {
    const id = this.#nextId++;
    this.#parts.raw.sign(id, request, answer);
    this.#step.end();
    return id;
  }

  /** The node has gone. */
  withdraw(id: number): void {
    const { raw, requests, forwarding } = this.#parts;
    raw.withdraw(id);
    const request = requests.remove(id);
    if (request !== undefined) forwarding.withdraw(request);
    this.#step.end();
  }

  /** Call every `options.tickMs`. */
  tick(): void {
    const { fence, desk, log, results, requests, raw, leaderless, sessions, stocking, nonces } = this.#parts;
    const now = this.#deps.monotonicMs();
    this.#ticks++;
    log.tick(now);
    fence.tick(this.#connections.keys(), this.#ticks % TELL_TICKS === 0);
    desk.retryEarly();
    results.propose();
    requests.expire(now, ({ arrivedMs }) => leaderless.givesUpRequest(arrivedMs, now));
    raw.expire(now);
    if (leaderless.observe(log.hasLeader, now)) {
      this.#deps.effects.giveUpNodes('no leader for a second: nodes go to cosigners that may have one');
    }
    sessions.tick((task) => this.#isWanted(task));
    if (this.#ticks % 5 === 0) {
      requests.advanceAll();
      stocking.keep();
      log.compact();
    }
    if (this.#ticks % 1000 === 0) nonces.pairs.expire(now - NONCES_EXPIRE_MS);
    this.#step.end(true);
  }

  peerConnected(connection: Connection): void {
    this.#parts.fence.connected(connection);
    this.#step.end();
  }

  peerDisconnected(connection: Connection): void {
    this.#lose(connection);
    this.#step.end();
  }

  #lose(connection: Connection): void {
    const { peer } = connection;
    const { fence, outbox, release, nonces, requests, log, sessions } = this.#parts;
    const wasOutside = fence.isOutside(connection);
    if (!wasOutside && !this.#isConnection(connection)) return;
    fence.disconnected(connection);
    outbox.drop(peer);
    if (wasOutside) return;
    this.#connections.delete(peer);
    release.connectionLost(peer);
    nonces.connectionLost(peer);
    requests.removeOrigin(peer);
    log.peerLost(peer);
    const member = this.#options.members.find(({ name }) => name === peer);
    if (member !== undefined) sessions.peerLost(member);
  }

  frameReceived(connection: Connection, bytes: Uint8Array): void {
    this.#frames.take(connection, bytes);
    this.#step.end();
  }

  /** Batches up to `ticket` are on disk. */
  persisted(ticket: bigint): void {
    this.#step.persisted(ticket);
    this.#step.end();
  }

  /** The work asked for by `effects.wantCompute`: what waits for an answer to leave, and shares; of what nothing waits for, one piece. */
  compute(): void {
    this.#frames.takeRest();
    const { desk, nonces } = this.#parts;
    if (desk.hasWork) desk.compute();
    else if (!desk.isBusy || nonces.isPressing()) nonces.workOnce();
    this.#step.end();
  }

  /** Hands leadership to `to`, or to the follower that is furthest. @returns undefined when begun, else why not */
  transferLeadership(to?: string): string | undefined {
    this.#parts.results.propose();
    const problem = this.#parts.log.transferLeadership(to);
    this.#step.end();
    return problem;
  }

  /** No share of this epoch leaves after this call, unless `unseal` is called. @param durable - called when the seal is on disk */
  seal(change: string, durable: () => void): void {
    this.#parts.seal.close(change, durable);
    this.#step.end();
  }

  unseal(durable: () => void): void {
    this.#parts.seal.open(durable);
    this.#step.end();
  }

  /** The change for which this epoch is sealed, SHA-256 in hexadecimal; empty: it is not. */
  get sealedFor(): string {
    return this.#parts.seal.change;
  }

  /** This cosigner's marks, those under way to the disk too. */
  marks(): readonly MarkRecord[] {
    return this.#parts.marks.all();
  }

  /** Signatures of the last heights that this cosigner knows of or was told of. */
  results(): Result[] {
    return this.#parts.state.results();
  }

  /** The whole durable state as it is in memory now. */
  restorable(): RestoredCore {
    return restorableOf(this.#parts);
  }

  status(): CoreStatus {
    return statusOf(this.#parts, this.#chains.keys(), this.#connections.keys());
  }

  /** The fence lets a peer in: from here on it is connected for everything else. */
  #admitted(connection: Connection, isReplaced: boolean): void {
    const { telling, log, stocking, requests } = this.#parts;
    const { peer } = connection;
    this.#connections.set(peer, connection);
    telling.forget(peer);
    if (isReplaced) log.peerReplaced(peer);
    log.peerReachable(peer);
    this.#step.hurry();
    stocking.keep();
    requests.advanceAll();
  }

  #roleChanged(newTerm: boolean): void {
    const { log, reports, coordinator } = this.#parts;
    const { role, term, leader } = log;
    reports.begin(term);
    if (newTerm) coordinator.reset();
    this.#step.hurry();
    this.#deps.effects.event({ kind: 'role', role, term, leader });
    this.#step.wake();
  }

  #isConnection({ peer, connectionId }: Connection): boolean {
    return this.#connections.get(peer)?.connectionId === connectionId;
  }

  #accept(asked: AskedRequest): void {
    const { parse, results, requests } = this.#parts;
    const request = readRequest(asked, {
      parse,
      sha256: (bytes) => this.#deps.sha256(bytes),
      nowMs: this.#deps.monotonicMs(),
      holdMsMax: this.#options.deadlineMs,
    });
    if (request instanceof Error) {
      asked.answer({ kind: 'denied', message: request.message });
      return;
    }
    results.propose();
    requests.add(request);
  }

  /** Whether a node still waits for what a task will give. */
  #isWanted(task: SigningTask): boolean {
    const { coordinator, raw, requests } = this.#parts;
    const vote = coordinator.voteOf(task);
    return vote === undefined ? raw.isWanted(task) : requests.isWanted(vote.message);
  }
}
