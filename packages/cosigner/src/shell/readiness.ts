/** Whether a cosigner is ready: for nodes, and for whoever waits with the restart of the next one. */

import type { CoreStatus } from '../core/types.js';

/**
 * One that has just started is not ready before it has met all the others, or this is over. Else who restarts one after the other
 * would stop the leader while those that stay do not know each other yet, and nobody could sign.
 */
export const MEET_MS_MAX = 2000;

export interface Surroundings {
  readonly threshold: number;
  /** All the others. */
  readonly peers: readonly { readonly connected: boolean }[];
  /** Since the start was done; undefined before. */
  readonly upMs: number | undefined;
}

export function isReady(
  { hasLeader, isJoining, connected }: Pick<CoreStatus, 'hasLeader' | 'isJoining' | 'connected'>,
  { threshold, peers, upMs }: Surroundings,
): boolean {
  if (upMs === undefined || !hasLeader || isJoining || connected.length + 1 < threshold) return false;
  return upMs >= MEET_MS_MAX || peers.every((peer) => peer.connected);
}
