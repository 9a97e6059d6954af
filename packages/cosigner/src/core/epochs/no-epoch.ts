/** A cosigner that is in no epoch: what it shows, and what is said to the operator of one that cannot be in its own. */

import type { Admission } from '../../gen/cosigner/cosigner.js';
import { storeName } from '../own-store.js';
import type { CoreDeps, CoreStatus } from '../types.js';
import type { Epoch, Sharing } from './epoch-change.js';

export function statusOfNone(
  { store, bootId: boot, hmacSha256 }: Pick<CoreDeps, 'store' | 'bootId' | 'hmacSha256'>,
  admission: Admission,
  held: number,
): CoreStatus {
  return {
    role: 'follower',
    term: 0n,
    leader: undefined,
    connected: [],
    fenced: [],
    isJoining: true,
    position: {
      store: storeName(store.id, hmacSha256),
      boot,
      recovered: store.recovered,
      batches: store.batches(),
      proof: new Uint8Array(),
      admission,
    },
    hasLeader: false,
    held,
    nonces: 0,
    chains: [],
  };
}

export function noShares({ number, name }: Epoch, have: readonly Sharing[]): string {
  const found = have.map(({ epoch }) => epoch.number).join(', ') || 'none';
  return (
    `NO_SHARES: this store is of epoch ${number}${name === '' ? '' : ` (${name})`}, and of that the home has no shares; found those of: ${found}. ` +
    'Put the share files of that epoch back; an older one is over, and nothing is signed with it any more'
  );
}
