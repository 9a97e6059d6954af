/** Histories of a cluster, in the words in which the checkers hear of them, and what the checkers make of one. */

import type { CoreRecord } from '@quorumsign/cosigner/core';
import { createCheckers } from '../src/checkers/index.js';
import { drawPlan } from '../src/draw-plan.js';
import type { Checker, Happening } from '../src/happenings.js';
import type { Plan } from '../src/plan.js';
import { signBytesOf } from '../src/votes.js';
import { hex } from '../src/watched-frost.js';
import { epochRecordOf, markRecordOf, positionOf, sealRecordOf } from './records.js';

export const plan: Plan = {
  ...drawPlan(1),
  members: ['c1', 'c2', 'c3'],
  threshold: 2,
  raft: 'sound',
  faulty: [],
  liars: [],
  change: undefined,
};
export const CHANGED: Partial<Plan> = {
  change: {
    atMs: 1,
    members: plan.members,
    threshold: 2,
    dealers: ['c1', 'c2'],
    withdrawAfterMs: undefined,
    dealersAfter: undefined,
    following: undefined,
  },
};
export const vote = (height: bigint, block: number, step: 'prevote' | 'precommit' = 'prevote') =>
  signBytesOf({ chainId: 'chain-1', height, round: 0, step, block, timeMs: 1000 });
export const A = vote(5n, 1);
export const B = vote(5n, 2);
export const LATER_A = signBytesOf({
  chainId: 'chain-1',
  height: 5n,
  round: 0,
  step: 'prevote',
  block: 1,
  timeMs: 2000,
});

/** @throws Violation of the first rule that a history breaks */
export function judge(happenings: readonly Happening[], of: Partial<Plan> = {}, verifies = true): void {
  const checkers: Checker[] = createCheckers({ ...plan, ...of }, () => verifies);
  for (const happening of happenings) for (const checker of checkers) checker.observe(happening, 0);
  for (const checker of checkers) checker.finish?.(0);
}

export const marks = (cosigner: string, message: Uint8Array): Happening => ({
  kind: 'synced',
  cosigner,
  records: [markRecordOf(message)],
});
export const shares = (cosigner: string, message: Uint8Array, to = 'c1'): Happening[] => [
  marks(cosigner, message),
  { kind: 'share-left', cosigner, to, message, nonce: 'n', epoch: 1 },
];
export const answered = (message: Uint8Array, outcome: 'signed' | 'denied', node = 'node-1'): Happening => ({
  kind: 'answered',
  node,
  cosigner: 'c1',
  message,
  extension: undefined,
  outcome:
    outcome === 'signed'
      ? {
          kind: 'signed',
          signature: new Uint8Array(64),
          timestamp: { seconds: 1n, nanos: 1 },
          extensionSignature: undefined,
        }
      : { kind: 'denied', message: 'no' },
});
/** Of every cosigner, a change that is given up, and one that begins the second epoch. */
export const GIVEN_UP = 1;
export const OTHER = 2;
export const synced = (cosigner: string, ...records: CoreRecord[]): Happening => ({
  kind: 'synced',
  cosigner,
  records,
});
export const deals = (cosigner: string, change: number): Happening => ({
  kind: 'dealt',
  cosigner,
  to: 'c2',
  change: hex(new Uint8Array(32).fill(change)),
});
export const begins = (change: number): Happening[] => [
  synced('c1', sealRecordOf(GIVEN_UP)),
  synced('c1', sealRecordOf(undefined)),
  synced('c2', epochRecordOf(change), markRecordOf(A)),
  { kind: 'share-left', cosigner: 'c2', to: 'c2', message: A, nonce: 'n', epoch: 2 },
];
export const leads = (cosigner: string, leader: string): Happening => ({
  kind: 'event',
  cosigner,
  event: { kind: 'role', role: cosigner === leader ? 'leader' : 'follower', term: 3n, leader },
});
export const starts = (cosigner: string): Happening => ({
  kind: 'recovered',
  cosigner,
  records: [],
  position: positionOf(0n),
});
