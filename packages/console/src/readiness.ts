/** Why a cosigner is not ready, in words, from what its status shows. */

import type { ConsoleStatus } from './status.js';

/** @returns undefined when ready, or the reason with what to look at */
export function unreadyReason(status: ConsoleStatus): string | undefined {
  if (status.ready) return undefined;
  const away = status.peers.filter((peer) => !peer.connected);
  const reachable = 1 + status.peers.length - away.length;
  if (reachable < status.threshold) {
    const names = away.map(({ name, lastError }) => (lastError === undefined ? name : `${name} (${lastError})`));
    return `${reachable} of ${status.threshold} needed cosigners reachable; away: ${names.join(', ')}`;
  }
  if (status.leader === undefined) return 'no leader elected';
  return 'not ready to take requests yet';
}
