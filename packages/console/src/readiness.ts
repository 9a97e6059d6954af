/** Why a cosigner is not ready, in words, from what its status shows. */

import type { ConsoleStatus } from './status.js';

/** @returns undefined when ready, or the reason with what to look at */
export function unreadyReason(status: ConsoleStatus): string | undefined {
  if (status.ready) return undefined;
  const away = status.peers.filter((peer) => !peer.connected);
  const names = away
    .map(({ name, lastError }) => (lastError === undefined ? name : `${name} (${lastError})`))
    .join(', ');
  const reachable = 1 + status.peers.length - away.length;
  if (reachable < status.threshold) {
    return `${reachable} of ${status.threshold} needed cosigners reachable; away: ${names}`;
  }
  if (status.leader === undefined) return 'no leader elected';
  return `not ready to take requests yet${names === '' ? '' : `; after a start it waits 2 s for who is away: ${names}`}`;
}
