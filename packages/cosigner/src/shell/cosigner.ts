/**
 * One cosigner from its start to its stop: the core with its store, the peers and the nodes, put together. It decides nothing
 * about signatures: what comes from peers and nodes becomes inputs of the core, and what the core wants becomes frames and
 * answers, in the order of its calls.
 */

import { type Frost, loadFrost } from '@quorumsign/frost';
import type { GrpcPeerTransport, PeerConnection } from '@quorumsign/peer';
import type { MarkRecord } from '@quorumsign/sign-state';
import { type DurableLog, openStore } from '@quorumsign/store';
import type { CosignerConfig, CosignerObserver, Logger } from './config.js';
import { CoreDriver, TICK_MS } from './core-driver.js';
import { CoreEvents } from './core-events.js';
import type { FatalReason } from './errors.js';
import { type EndpointStatus, NodeEndpoints } from './node-endpoints.js';
import { NodeRequests } from './node-requests.js';
import { createPeerTransport } from './peer-transport.js';
import { isReady } from './readiness.js';
import { chainChanges, reloadProblems } from './reload.js';
import { createVerifier } from './verifier.js';
import { warmUp } from './warm-up.js';

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
    readonly nodes: readonly EndpointStatus[];
  }[];
}

export interface CosignerDeps {
  readonly logger: Logger;
  readonly observer: CosignerObserver;
  /** Takes what Raft does, as lines of its trace. */
  readonly raftTrace?: ((line: string) => void) | undefined;
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

type Chain = CosignerConfig['chains'][number];

class CosignerShell implements Cosigner {
  readonly fatal: Promise<FatalReason>;
  readonly #frost: Frost;
  #config: CosignerConfig;
  readonly #logger: Logger;
  readonly #log: DurableLog;
  readonly #driver: CoreDriver;
  readonly #transport: GrpcPeerTransport;
  readonly #requests: NodeRequests;
  readonly #nodes: NodeEndpoints;
  readonly #die: (reason: FatalReason) => void;
  #startedMs: number | undefined;
  #stopped = false;

  constructor(config: CosignerConfig, deps: CosignerDeps, log: DurableLog, frost: Frost) {
    let die: (reason: FatalReason) => void = () => {};
    this.fatal = new Promise((resolve) => {
      die = resolve;
    });
    this.#die = die;
    this.#config = config;
    this.#frost = frost;
    this.#logger = deps.logger;
    this.#log = log;
    const events = new CoreEvents({ ...deps, nowMs: () => performance.now() });
    this.#driver = new CoreDriver(config, {
      frost,
      log,
      verify: warmVerifier(config, frost, deps.logger),
      effects: {
        send: (peer, frame) => this.#transport.send(peer, frame),
        giveUpNodes: (reason) => this.#giveUpNodes(reason),
        event: (event) => events.tell(event),
        keepSharing: () => {
          throw new Error('impossible: nobody can authorise a change of epoch here');
        },
        forgetSharing: () => {},
        dropPeers: (reason) => this.#transport.drop(reason),
      },
      raftTrace: deps.raftTrace,
      fatal: (error) => this.#fail(error),
    });
    this.#transport = createPeerTransport(config, deps.logger);
    this.#requests = new NodeRequests({
      ...deps,
      input: (run) => this.#driver.input(run),
      publicKey: (chainId) => this.#config.chains.find((chain) => chain.chainId === chainId)?.group.groupKey,
    });
    this.#nodes = new NodeEndpoints({
      logger: deps.logger,
      identityKeySeed: config.nodeIdentitySeed,
      backendOf: (chainId) => this.#requests.backendOf(chainId),
      hasPeer: () => this.#driver.status().connected.length > 0,
    });
  }

  async start(): Promise<void> {
    await this.#transport.start({
      connected: (connection) => this.#driver.input((core) => core.peerConnected(connection)),
      frame: (connection, frame) => this.#driver.input((core) => core.frameReceived(connection, frame)),
      disconnected: (connection, reason) => this.#disconnected(connection, reason),
    });
    this.#driver.startTicks();
    for (const chain of this.#config.chains) this.#setChain(chain);
    await this.#nodes.set(this.#config.chains);
    this.#startedMs = performance.now();
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#requests.refuseNew();
    const deadlineMs = performance.now() + STOP_MS_MAX;
    if (this.#leads()) this.transferLeadership();
    // Standbys of the other cosigners take over as soon as these connections are gone.
    while (performance.now() < deadlineMs && (this.#leads() || this.#requests.size > 0)) {
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
    await this.#nodes.stop();
    this.#driver.stopTicks();
    await this.#transport.stop();
    await this.#log.close();
  }

  status(): CosignerStatus {
    const status = this.#driver.status();
    const { threshold, members } = this.#config;
    const peers = this.#transport.status().filter((peer) => peer.name !== this.#config.cosigner);
    return {
      ready: !this.#stopped && isReady(status, { threshold, peers, upMs: this.#upMs() }),
      role: status.role,
      leader: status.leader,
      term: status.term,
      threshold,
      safetyMargin: 2 * threshold - members.length - 1,
      peers: peers.map(({ name, connected, rttMs, lastError }) => {
        const fenced = status.fenced.includes(name);
        return { name, connected, rttMs, lastError, fenced };
      }),
      chains: this.#config.chains.map(({ chainId, group }) => {
        const chain = status.chains.find((each) => each.chainId === chainId);
        const nodes = this.#nodes.status(chainId);
        return { chainId, publicKey: group.groupKey, mark: chain?.mark, nonces: chain?.nonces ?? 0, nodes };
      }),
    };
  }

  transferLeadership(to?: string): string | undefined {
    // Nobody asks in the middle of an input, so this one has run when `input` returns; or it never will.
    let problem: string | undefined = 'stopping for safety: nothing can be handed over';
    this.#driver.input((core) => {
      problem = core.transferLeadership(to);
    });
    return problem;
  }

  async reload(config: CosignerConfig): Promise<string[]> {
    const problems = reloadProblems(this.#config, config);
    if (problems.length > 0) {
      throw new Error(`${problems.join('; ')}: restart this cosigner to have it so; nothing was changed`);
    }
    checkChains(config, this.#frost);
    const before = this.#config;
    const changes = chainChanges(before, config);
    const isNew = ({ chainId }: Chain) => !before.chains.some((chain) => chain.chainId === chainId);
    // A new chain's nodes may ask as soon as they are met. Without nodes it does nothing.
    for (const chain of config.chains.filter(isNew)) this.#setChain(chain);
    this.#config = config;
    try {
      changes.push(...(await this.#nodes.set(config.chains)));
    } catch (error) {
      this.#config = before;
      throw error;
    }
    for (const chain of config.chains.filter((each) => !isNew(each))) this.#setChain(chain);
    this.#transport.reload(config.tls);
    return changes;
  }

  #setChain(chain: Chain): void {
    this.#driver.input((core) => core.setChain(chain, chain.floor));
  }

  /** Since the start was done. */
  #upMs(): number | undefined {
    return this.#startedMs && performance.now() - this.#startedMs;
  }

  #leads(): boolean {
    return this.#driver.status().role === 'leader';
  }

  #giveUpNodes(reason: string): void {
    this.#logger.warn({ reason }, 'giving the nodes up');
    this.#nodes.giveUp(reason);
  }

  #disconnected(connection: PeerConnection, reason: string): void {
    this.#logger.warn({ peer: connection.peer, reason }, 'peer lost');
    if (!this.#stopped) this.#driver.input((core) => core.peerDisconnected(connection));
  }

  #fail(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#logger.error({ reason, stack: error instanceof Error ? error.stack : undefined }, 'stopping for safety');
    this.#die({ exitCode: 3, reason });
  }
}

/** Native verification; it, and all that a vote passes through, has been compiled when this returns. */
function warmVerifier(config: CosignerConfig, frost: Frost, logger: Logger): ReturnType<typeof createVerifier> {
  const verify = createVerifier();
  const startedMs = performance.now();
  const { threshold, members } = config;
  const votes = warmUp(frost, { threshold, members: members.length, verify, nowMs: () => performance.now() });
  logger.debug({ votes, tookMs: Math.round(performance.now() - startedMs) }, 'warmed up');
  return verify;
}
