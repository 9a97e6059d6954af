/** Cores in memory as what nodes ask: time passes for them while they are asked. */

import { randomBytes } from 'node:crypto';
import {
  createNodeDialer,
  type NodeDialer,
  type NodeDialerOptions,
  type SignerBackend,
  systemClock,
} from '@quorumsign/privval';
import { CHAIN, type CoreCluster } from './core-cluster.js';

const logger = { info: () => {}, warn: () => {}, error: () => {} };

/** What the nodes of one cosigner are answered. */
export function backendOf(cluster: CoreCluster, name: string): SignerBackend {
  return {
    publicKey: (chainId) => (chainId === CHAIN ? cluster.group.groupKey : undefined),
    sign: async ({ signBytes, extensionSignBytes }) => cluster.ask(name, signBytes, extensionSignBytes),
    signRaw: async ({ kind, bytes }) => cluster.askRaw(name, kind, bytes),
  };
}

/** A dialer, started, over a real socket. */
export function dial(
  address: string,
  backend: SignerBackend,
  options: Partial<Pick<NodeDialerOptions, 'rawMessages' | 'secondExtension' | 'identityKeySeed'>> = {},
): NodeDialer {
  const dialer = createNodeDialer(
    { address, chainId: CHAIN, identityKeySeed: randomBytes(32), backend, ...options },
    { clock: systemClock, logger, randomBytes },
  );
  dialer.start();
  return dialer;
}
