/** What is read of a core from outside: for operators, and for the store's snapshots. */

import type { RestoredCore } from './log-records.js';
import type { Parts } from './parts.js';
import type { CoreStatus } from './types.js';

export function restorableOf({ log, marks, fence, ownStore, seal }: Parts): RestoredCore {
  return {
    raft: log.restorable(),
    marks: marks.all(),
    peerStores: fence.stores(),
    admission: ownStore.admission,
    seal: seal.change,
  };
}

export function statusOf(parts: Parts, chainIds: Iterable<string>, connected: Iterable<string>): CoreStatus {
  const { log, requests, nonces, marks, stocking, fence, ownStore } = parts;
  return {
    role: log.role,
    term: log.term,
    leader: log.leader,
    connected: [...connected],
    fenced: fence.fenced(),
    isJoining: ownStore.isJoining,
    position: ownStore.position(),
    hasLeader: log.hasLeader,
    held: requests.size,
    nonces: nonces.pairs.size(),
    chains: [...chainIds].map((chainId) => ({
      chainId,
      mark: marks.durable(chainId),
      nonces: stocking.available(chainId),
    })),
  };
}
