/** The connections with the other cosigners, from the configuration. */

import { randomBytes } from 'node:crypto';
import { createGrpcTransport, type GrpcPeerTransport } from '@quorumsign/peer';
import type { CosignerConfig, Logger } from './config.js';

export function createPeerTransport(config: CosignerConfig, logger: Logger): GrpcPeerTransport {
  return createGrpcTransport(
    {
      cluster: config.cluster,
      name: config.cosigner,
      bootId: randomBytes(16).toString('hex'),
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
      logger,
    },
  );
}

function timer(ms: number, fire: () => void): () => void {
  const handle = setTimeout(fire, ms);
  return () => clearTimeout(handle);
}
