/**
 * Where this cosigner meets its nodes: dialers and servers, one for each entry of the configuration. A new configuration starts
 * what is new and stops what is gone; what stands in both goes on undisturbed.
 */

import { randomBytes } from 'node:crypto';
import {
  createNodeDialer,
  createNodeServer,
  type NodeDialer,
  type NodeServer,
  type SignerBackend,
  systemClock,
} from '@quorumsign/privval';
import type { CosignerConfig, Logger, NodeEndpoint } from './config.js';
import { NodeSpread } from './node-spread.js';

type Chain = CosignerConfig['chains'][number];

export interface NodeEndpointsDeps {
  readonly logger: Logger;
  /** 32 bytes: this cosigner's identity towards nodes. */
  readonly identityKeySeed: Uint8Array;
  backendOf(chainId: string): SignerBackend;
  /** Whether any other cosigner is connected, and could take a node over. */
  hasPeer(): boolean;
}

export interface EndpointStatus {
  readonly address: string;
  /** A dialled node: it uses this connection. A node that dials: at least one is connected. */
  readonly connected: boolean;
  /** How often a dialled node's connection failed or was lost, by cause, or a node that dials was not let in; and the last time. */
  readonly failures: Readonly<Record<string, number>>;
  readonly lastFailure: { readonly cause: string; readonly error: string; readonly ageMs: number } | undefined;
}

/** The one cause of a node that dials: its certificate, no certificate, plain text, limits. The error says which. */
const NOT_ADMITTED = 'not-admitted';
const SPREAD_EVERY_MS = 1000;

interface Running {
  readonly chain: Chain;
  readonly entry: NodeEndpoint;
  readonly node:
    | { readonly kind: 'dial'; readonly dialer: NodeDialer }
    | { readonly kind: 'listen'; readonly server: NodeServer };
}

export class NodeEndpoints {
  readonly #deps: NodeEndpointsDeps;
  /** By everything that its behaviour depends on. */
  readonly #running = new Map<string, Running>();
  readonly #spread = new NodeSpread();
  #cancelSpread: (() => void) | undefined;

  constructor(deps: NodeEndpointsDeps) {
    this.#deps = deps;
  }

  /**
   * Brings what runs to what the chains say, or leaves it as it was.
   *
   * @returns what was started and stopped, in words
   * @throws PrivvalError when a server cannot start; then what ran before runs again
   */
  async set(chains: readonly Chain[]): Promise<string[]> {
    const wanted = new Map(chains.flatMap((chain) => chain.nodes.map((node) => [keyOf(chain, node), { chain, node }])));
    if (this.#cancelSpread === undefined) this.#spreadLater();
    // What goes goes first: its port may be wanted again.
    const left = [...this.#running].filter(([key]) => !wanted.has(key));
    const added = [...wanted].filter(([key]) => !this.#running.has(key));
    const changes: string[] = [];
    for (const [key, running] of left) {
      changes.push(`node ${addressOf(running)} of ${running.chain.chainId} left`);
      await this.#stop(key);
    }
    try {
      for (const [key, { chain, node }] of added) {
        await this.#start(key, chain, node);
        changes.push(`node ${node.kind === 'dial' ? node.address : node.listen} of ${chain.chainId} added`);
      }
    } catch (error) {
      for (const [key] of added) await this.#stop(key);
      for (const [key, { chain, entry }] of left) await this.#startAgain(key, chain, entry);
      throw error;
    }
    return changes;
  }

  /** Nodes that have asked since they were last given up go to the other cosigners. */
  giveUp(reason: string): void {
    for (const { node } of this.#running.values()) {
      if (node.kind === 'listen') node.server.giveUp(reason);
      else if (node.dialer.status().requests > 0) node.dialer.giveUp(reason);
    }
  }

  status(chainId: string): EndpointStatus[] {
    return [...this.#running.values()].filter(({ chain }) => chain.chainId === chainId).map(statusOf);
  }

  async stop(): Promise<void> {
    this.#cancelSpread?.();
    this.#cancelSpread = undefined;
    const running = [...this.#running.values()];
    this.#running.clear();
    await Promise.all(running.map(stop));
  }

  #spreadLater(): void {
    this.#cancelSpread = systemClock.setTimer(SPREAD_EVERY_MS, () => {
      this.#spreadNodes();
      this.#spreadLater();
    });
  }

  #spreadNodes(): void {
    const now = { nowMs: systemClock.nowMs(), hasPeer: this.#deps.hasPeer() };
    const running = [...this.#running.values()];
    for (const chainId of new Set(running.map(({ chain }) => chain.chainId))) {
      const nodes = running
        .filter(({ chain }) => chain.chainId === chainId)
        .flatMap(({ node }) => (node.kind === 'dial' ? [node.dialer] : []))
        .map((dialer) => ({ dialer, inUseForMs: dialer.status().inUseForMs, pending: dialer.pending() }));
      const given = this.#spread.toGiveUp(chainId, nodes, now);
      given?.dialer.giveUp('this cosigner served all nodes of the chain', 'info');
    }
  }

  async #stop(key: string): Promise<void> {
    const running = this.#running.get(key);
    this.#running.delete(key);
    if (running !== undefined) await stop(running);
  }

  async #start(key: string, chain: Chain, entry: NodeEndpoint): Promise<void> {
    this.#running.set(key, { chain, entry, node: await this.#meet(chain, entry) });
  }

  async #startAgain(key: string, chain: Chain, entry: NodeEndpoint): Promise<void> {
    await this.#start(key, chain, entry).catch((error: Error) => {
      this.#deps.logger.error({ chain: chain.chainId, error: error.message }, 'a node is lost: restart this cosigner');
    });
  }

  async #meet(chain: Chain, node: NodeEndpoint): Promise<Running['node']> {
    const { chainId, signExtensions, rawBytes } = chain;
    const { logger, identityKeySeed } = this.#deps;
    const backend = this.#deps.backendOf(chainId);
    if (node.kind === 'listen') {
      const { listen, tls } = node;
      const server = createNodeServer(
        { listen, tls, chainId, backend, signExtensions },
        { clock: systemClock, logger, date: () => new Date() },
      );
      await server.start();
      return { kind: 'listen', server };
    }
    const dialer = createNodeDialer(
      {
        address: node.address,
        chainId,
        identityKeySeed,
        signExtensions,
        backend,
        rawMessages: rawBytes.celestia === undefined ? 'sign-bytes' : 'celestia',
        secondExtension: rawBytes['second-extension'] !== undefined,
      },
      { clock: systemClock, logger, randomBytes: (length) => randomBytes(length) },
    );
    dialer.start();
    return { kind: 'dial', dialer };
  }
}

function keyOf({ chainId, signExtensions, rawBytes }: Chain, node: NodeEndpoint): string {
  return JSON.stringify([chainId, signExtensions, rawBytes, node]);
}

function addressOf({ node }: Running): string {
  return node.kind === 'listen' ? node.server.status().address : node.dialer.status().address;
}

function statusOf({ node }: Running): EndpointStatus {
  if (node.kind === 'dial') {
    const { address, inUseForMs, failures, lastFailure } = node.dialer.status();
    return { address, connected: inUseForMs !== undefined, failures, lastFailure };
  }
  const { address, connections, refused, lastRefusal } = node.server.status();
  const lastFailure = lastRefusal && {
    cause: NOT_ADMITTED,
    error: lastRefusal.reason,
    ageMs: lastRefusal.ageMs,
  };
  return { address, connected: connections > 0, failures: { [NOT_ADMITTED]: refused }, lastFailure };
}

async function stop({ node }: Running): Promise<void> {
  if (node.kind === 'dial') await node.dialer.stop();
  else await node.server.stop();
}
