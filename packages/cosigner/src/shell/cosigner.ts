/**
 * The shell: performs the core's effects and feeds it what happens. It decides nothing about signatures.
 *
 * The store's sync, the peers' frames and the nodes' requests become inputs of the core; its effects become writes, frames
 * and answers, in the order of the calls. A failed write ends the process: what memory believes is no longer on the disk.
 */

import { randomBytes, randomInt } from 'node:crypto';
import { type Frost, loadFrost } from '@quorumsign/frost';
import { createGrpcTransport, type GrpcPeerTransport, type PeerConnection } from '@quorumsign/peer';
import type { RawSignOutcome, RawSignRequest, SignerBackend, SignOutcome, SignRequest } from '@quorumsign/privval';
import { type MarkRecord, parseSignBytes } from '@quorumsign/sign-state';
import { type DurableLog, openStore } from '@quorumsign/store';
import { createRaft } from 'raft-ts';
import { CosignerCore } from '../core/core.js';
import { type CoreRecord, foldRecords } from '../core/log-records.js';
import type { CoreEvent, Outcome, RawOutcome } from '../core/types.js';
import type { CosignerConfig, CosignerObserver, Logger } from './config.js';
import type { FatalReason } from './errors.js';
import { hashes } from './hashes.js';
import { NodeEndpoints } from './node-endpoints.js';
import { PendingRequests } from './pending-requests.js';
import { reloadProblems } from './reload.js';
import { createVerifier } from './verifier.js';
import { warmUp } from './warm-up.js';

const TICK_MS = 10;
/** For the hand-over of leadership and for requests under way, at a stop. */
const STOP_MS_MAX = 1500;

export interface Cosigner {
  /** Resolves when it can take requests. */
  start(): Promise<void>;
  /** Hands leadership over, drains, closes. */
  stop(): Promise<void>;
  status(): CosignerStatus;
  /** @returns undefined when the hand-over has begun, else why not */
  transferLeadership(to?: string): string | undefined;
  /**
   * Takes over what can change while running: chains and their limits, floors and policies, nodes, certificates.
   *
   * @returns what changed, in words
   * @throws Error naming what needs a restart (then nothing was changed); PrivvalError for a server that cannot start
   */
  reload(config: CosignerConfig): Promise<string[]>;
  /** Resolves when the process must end. */
  readonly fatal: Promise<FatalReason>;
}

export interface CosignerStatus {
  readonly ready: boolean;
  readonly role: string;
  readonly leader: string | undefined;
  readonly term: bigint;
  readonly threshold: number;
  /** 2t − n − 1: how many cosigners may lie, be cloned or rolled back without a double signature. */
  readonly safetyMargin: number;
  readonly peers: readonly {
    readonly name: string;
    readonly connected: boolean;
    readonly rttMs: number | undefined;
    readonly lastError?: string | undefined;
    /** Connected, and refused because it came back on an older disk. */
    readonly fenced: boolean;
  }[];
  readonly chains: readonly {
    readonly chainId: string;
    readonly publicKey: Uint8Array;
    readonly mark: MarkRecord | undefined;
    readonly nonces: number;
    readonly nodes: readonly { readonly address: string; readonly connected: boolean }[];
  }[];
}

export interface CosignerDeps {
  readonly logger: Logger;
  readonly observer: CosignerObserver;
}

/** Opens the store (its lock, its recovery) and puts a cosigner together. @throws StoreError, FrostError */
export async function createCosigner(config: CosignerConfig, deps: CosignerDeps): Promise<Cosigner> {
  const frost = await loadFrost();
  checkChains(config, frost);
  const log = await openStore(config.storeDirectory, { cluster: config.cluster, cosigner: config.cosigner });
  if (log.recovered.tornTail !== undefined)
    deps.logger.warn({ tornTail: log.recovered.tornTail }, 'store: cut an unfinished write');
  return new CosignerShell(config, deps, log, frost);
}

/** @throws FrostError; Error for a share of another threshold */
function checkChains({ chains, threshold }: CosignerConfig, frost: Frost): void {
  for (const { group, share } of chains) {
    frost.checkGroup(group);
    frost.checkShare(share, group);
    if (group.threshold !== threshold) {
      throw new Error(`expected shares of threshold ${threshold}, found ${group.threshold}`);
    }
  }
}

class CosignerShell implements Cosigner {
  readonly fatal: Promise<FatalReason>;
  readonly #frost: Frost;
  #config: CosignerConfig;
  readonly #deps: CosignerDeps;
  readonly #log: DurableLog;
  readonly #core: CosignerCore;
  readonly #transport: GrpcPeerTransport;
  readonly #nodes: NodeEndpoints;
  readonly #votes = new PendingRequests<Outcome>();
  readonly #raw = new PendingRequests<RawOutcome>();
  readonly #die: (reason: FatalReason) => void;
  #timer: NodeJS.Timeout | undefined;
  #snapshotUnderWay = false;
  #computeAsked = false;
  #started = false;
  #failed = false;
  #stopped = false;
  #running = false;
  readonly #inputs: (() => void)[] = [];

  constructor(config: CosignerConfig, deps: CosignerDeps, log: DurableLog, frost: Frost) {
    let die: (reason: FatalReason) => void = () => {};
    this.fatal = new Promise((resolve) => {
      die = resolve;
    });
    this.#die = die;
    this.#config = config;
    this.#frost = frost;
    this.#deps = deps;
    this.#log = log;
    const verify = createVerifier();
    const bootId = randomBytes(16);
    const startedMs = performance.now();
    const votes = warmUp(frost, {
      threshold: config.threshold,
      members: config.members.length,
      verify,
      nowMs: () => performance.now(),
    });
    deps.logger.debug({ votes, tookMs: Math.round(performance.now() - startedMs) }, 'warmed up');
    this.#core = new CosignerCore(
      {
        name: config.cosigner,
        members: config.members,
        threshold: config.threshold,
        chains: config.chains,
        deadlineMs: config.deadlineMs,
        tickMs: TICK_MS,
        heartbeatMs: config.heartbeatMs,
        electionMs: config.electionMs,
      },
      {
        frost,
        createRaft,
        verify,
        ...hashes,
        store: {
          id: Buffer.from(log.recovered.position.storeId, 'hex'),
          recovered: log.recovered.position.batches,
          batches: () => log.position().batches,
        },
        bootId,
        randomBytes: (length) => randomBytes(length),
        randomInteger: (bound) => (bound <= 1 ? 0 : randomInt(bound)),
        monotonicMs: () => performance.now(),
        wallMs: () => Date.now(),
        effects: {
          persist: (ticket, records) => this.#persist(ticket, records),
          send: (peer, frame) => this.#transport.send(peer, frame),
          answer: (id, outcome) => this.#votes.answer(id, outcome),
          answerRaw: (id, outcome) => this.#raw.answer(id, outcome),
          wantCompute: () => this.#wantCompute(),
          giveUpNodes: (reason) => this.#giveUpNodes(reason),
          stopForSafety: (reason) => this.#fail(new Error(reason)),
          event: (event) => this.#event(event),
        },
      },
      foldRecords(log.recovered.records),
    );
    this.#transport = createGrpcTransport(
      {
        cluster: config.cluster,
        name: config.cosigner,
        bootId: bootId.toString('hex'),
        members: config.members.map(({ name, address }) => ({ name, address })),
        listen: config.peerListen,
        tls: config.tls,
        // A hung leader is found by Raft's own timeout; a dead link by this.
        silenceMs: Math.max(1000, config.electionMs * 3),
      },
      {
        clock: { now: () => performance.now(), setTimer: (ms, fire) => timer(ms, fire) },
        date: () => new Date(),
        random: (length) => randomBytes(length),
        logger: deps.logger,
      },
    );
    this.#nodes = new NodeEndpoints({
      logger: deps.logger,
      identityKeySeed: config.nodeIdentitySeed,
      backendOf: (chainId) => this.#backendOf(chainId),
    });
  }

  async start(): Promise<void> {
    await this.#transport.start({
      connected: (connection) => this.#guard(() => this.#core.peerConnected(connection)),
      frame: (connection, frame) => this.#guard(() => this.#core.frameReceived(connection, frame)),
      disconnected: (connection, reason) => this.#disconnected(connection, reason),
    });
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    for (const chain of this.#config.chains) this.#guard(() => this.#core.setChain(chain, chain.floor));
    await this.#nodes.set(this.#config.chains);
    this.#started = true;
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    const deadlineMs = performance.now() + STOP_MS_MAX;
    if (this.#core.status().role === 'leader') this.#core.transferLeadership();
    // Standbys of the other cosigners take over as soon as these connections are gone.
    while (
      performance.now() < deadlineMs &&
      (this.#core.status().role === 'leader' || this.#votes.size + this.#raw.size > 0)
    ) {
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
    await this.#nodes.stop();
    clearInterval(this.#timer);
    await this.#transport.stop();
    await this.#log.close();
  }

  status(): CosignerStatus {
    const status = this.#core.status();
    const { threshold, members } = this.#config;
    return {
      ready: this.#started && !this.#stopped && status.hasLeader && status.connected.length + 1 >= threshold,
      role: status.role,
      leader: status.leader,
      term: status.term,
      threshold,
      safetyMargin: 2 * threshold - members.length - 1,
      peers: this.#transport
        .status()
        .filter((peer) => peer.name !== this.#config.cosigner)
        .map(({ name, connected, rttMs, lastError }) => ({
          name,
          connected,
          rttMs,
          lastError,
          fenced: status.fenced.includes(name),
        })),
      chains: this.#config.chains.map(({ chainId, group }) => {
        const chain = status.chains.find((each) => each.chainId === chainId);
        const nodes = this.#nodes.status(chainId);
        return { chainId, publicKey: group.groupKey, mark: chain?.mark, nonces: chain?.nonces ?? 0, nodes };
      }),
    };
  }

  transferLeadership(to?: string): string | undefined {
    return this.#core.transferLeadership(to);
  }

  async reload(config: CosignerConfig): Promise<string[]> {
    const problems = reloadProblems(this.#config, config);
    if (problems.length > 0) {
      throw new Error(`${problems.join('; ')}: restart this cosigner to have it so; nothing was changed`);
    }
    checkChains(config, this.#frost);
    const changes: string[] = [];
    for (const chain of config.chains) {
      if (!this.#config.chains.some(({ chainId }) => chainId === chain.chainId))
        changes.push(`chain ${chain.chainId} added`);
      this.#guard(() => this.#core.setChain(chain, chain.floor));
    }
    this.#config = config;
    this.#transport.reload(config.tls);
    changes.push(...(await this.#nodes.set(config.chains)));
    this.#deps.logger.info({ changes }, 'configuration reloaded');
    return changes;
  }

  #backendOf(chainId: string): SignerBackend {
    return {
      publicKey: (asked) =>
        asked === chainId ? this.#config.chains.find((chain) => chain.chainId === chainId)?.group.groupKey : undefined,
      sign: (request, signal) => this.#sign(request, signal),
      signRaw: (request, signal) => this.#signRaw(request, signal),
    };
  }

  #sign(request: SignRequest, signal: AbortSignal): Promise<SignOutcome> {
    const begin = () => this.#core.sign(request.signBytes, request.extensionSignBytes);
    return this.#ask(this.#votes, begin, signal, (outcome, sinceMs) => this.#observe(request, sinceMs, outcome));
  }

  #signRaw(request: RawSignRequest, signal: AbortSignal): Promise<RawSignOutcome> {
    const { chainId } = request;
    return this.#ask(
      this.#raw,
      () => this.#core.signRaw(request),
      signal,
      (outcome, sinceMs) => {
        if (outcome.kind === 'signed') this.#signedAfter(chainId, request.kind, sinceMs);
        else this.#notSigned(chainId, sinceMs, outcome);
      },
    );
  }

  #ask<Answer extends Outcome | RawOutcome>(
    pending: PendingRequests<Answer>,
    begin: () => number,
    signal: AbortSignal,
    observe: (outcome: Answer, sinceMs: number) => void,
  ): Promise<Answer | { kind: 'gave-up'; reason: string }> {
    return new Promise((resolve) => {
      if (signal.aborted || this.#stopped) {
        resolve({ kind: 'gave-up', reason: 'stopping' });
        return;
      }
      const sinceMs = performance.now();
      const withdraw = (id: number) => this.#guard(() => this.#core.withdraw(id));
      this.#guard(() =>
        pending.ask({ begin, withdraw }, signal, (outcome) => {
          resolve(outcome);
          // The node's answer leaves first.
          setImmediate(() => observe(outcome, sinceMs));
        }),
      );
    });
  }

  #observe({ chainId, signBytes }: SignRequest, sinceMs: number, outcome: Outcome): void {
    if (outcome.kind === 'signed') this.#signedAfter(chainId, parseSignBytes(signBytes).step, sinceMs);
    else this.#notSigned(chainId, sinceMs, outcome);
  }

  #signedAfter(chainId: string, step: string, sinceMs: number): void {
    this.#deps.observer.signed({ chainId, step, latencyMs: performance.now() - sinceMs });
  }

  #notSigned(chainId: string, sinceMs: number, outcome: Exclude<Outcome, { kind: 'signed' }>): void {
    const { observer, logger } = this.#deps;
    if (outcome.kind === 'denied') {
      observer.denied({ chainId });
      logger.warn({ chainId, reason: outcome.message }, 'denied');
    } else {
      observer.failed({ chainId });
      logger.error({ chainId, reason: outcome.reason, waitedMs: Math.round(performance.now() - sinceMs) }, 'gave up');
    }
  }

  #persist(ticket: bigint, records: readonly CoreRecord[]): void {
    this.#log.append(records).then(
      () => this.#guard(() => this.#core.persisted(ticket)),
      (error: unknown) => this.#fail(error),
    );
    if (this.#snapshotUnderWay || !this.#log.snapshotDue()) return;
    this.#snapshotUnderWay = true;
    this.#log.snapshot(this.#core.dump()).then(
      () => {
        this.#snapshotUnderWay = false;
      },
      (error: unknown) => this.#fail(error),
    );
  }

  /** After what was sent has left: the curve work then overlaps with the peers' and with the disk. */
  #wantCompute(): void {
    if (this.#computeAsked) return;
    this.#computeAsked = true;
    // Two turns: HTTP/2 writes its frames in the first.
    setImmediate(() =>
      setImmediate(() => {
        this.#computeAsked = false;
        this.#guard(() => this.#core.compute());
      }),
    );
  }

  #giveUpNodes(reason: string): void {
    this.#deps.logger.warn({ reason }, 'giving the nodes up');
    this.#nodes.giveUp(reason);
  }

  #disconnected(connection: PeerConnection, reason: string): void {
    this.#deps.logger.warn({ peer: connection.peer, reason }, 'peer lost');
    if (!this.#stopped) this.#guard(() => this.#core.peerDisconnected(connection));
  }

  #tick(): void {
    this.#guard(() => this.#core.tick());
  }

  #event(event: CoreEvent): void {
    const { logger, observer } = this.#deps;
    switch (event.kind) {
      case 'role':
        observer.roleChanged(event);
        logger.info({ role: event.role, term: String(event.term), leader: event.leader }, 'role');
        return;
      case 'bad-share':
        observer.badShare(event);
        logger.error({ chainId: event.chainId, signing: event.label, culprits: event.culprits }, 'bad share');
        return;
      case 'hedged':
        observer.hedged(event);
        return;
      case 'share-refused':
        logger.info({ peer: event.peer, signing: event.label, reason: event.reason }, 'share refused');
        return;
      case 'fenced':
        logger.error({ peer: event.peer, reason: event.reason }, 'peer refused: it came back on an older disk');
        return;
      case 'bad-frame':
        logger.error({ peer: event.peer, reason: event.reason }, 'bad frame');
        return;
      case 'signed':
        logger.debug({ chainId: event.chainId, hrs: event.hrs, latencyMs: event.latencyMs }, 'signed');
        return;
    }
  }

  /** Runs an input of the core. What it throws is an impossible state: the process ends before it can sign again. */
  #guard(input: () => void): void {
    if (this.#running) {
      // An effect that had an event of its own at once: the core is in the middle of a step, and the event comes after it.
      this.#inputs.push(input);
      return;
    }
    this.#running = true;
    for (let next: (() => void) | undefined = input; next !== undefined; next = this.#inputs.shift()) {
      if (this.#failed) break; // Nothing leaves a process whose memory and disk may differ.
      try {
        next();
      } catch (error) {
        this.#fail(error);
      }
    }
    this.#running = false;
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    clearInterval(this.#timer);
    const reason = error instanceof Error ? error.message : String(error);
    this.#deps.logger.error({ reason, stack: error instanceof Error ? error.stack : undefined }, 'stopping for safety');
    this.#die({ exitCode: 3, reason });
  }
}

function timer(ms: number, fire: () => void): () => void {
  const handle = setTimeout(fire, ms);
  return () => clearTimeout(handle);
}
