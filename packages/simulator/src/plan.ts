/** What a schedule is made of: plain data, so that it can be printed, shortened and run again. */

import type { Lie } from './liar.js';

export type Fault = { readonly atMs: number } & (
  | { readonly kind: 'kill'; readonly name: string; readonly afterEffects: number; readonly forMs: number }
  | { readonly kind: 'power-loss'; readonly name: string; readonly afterEffects: number; readonly forMs: number }
  | { readonly kind: 'pause'; readonly name: string; readonly forMs: number }
  | {
      readonly kind: 'cut';
      readonly from: string;
      readonly to: string;
      readonly oneWay: boolean;
      readonly forMs: number;
    }
  | { readonly kind: 'isolate'; readonly name: string; readonly forMs: number }
  | { readonly kind: 'slow-network'; readonly name: string; readonly byMs: number; readonly forMs: number }
  | { readonly kind: 'slow-disk'; readonly name: string; readonly byMs: number; readonly forMs: number }
  | { readonly kind: 'disk-fails'; readonly name: string }
  | { readonly kind: 'disk-full'; readonly name: string; readonly forMs: number }
  | { readonly kind: 'clock-jump'; readonly name: string; readonly byMs: number }
  | { readonly kind: 'transfer' }
  /** Only of cosigners in `faulty`. */
  | { readonly kind: 'disk-lies'; readonly name: string }
  | { readonly kind: 'rot'; readonly name: string }
  | { readonly kind: 'keep-image'; readonly name: string }
  | { readonly kind: 'restore-image'; readonly name: string; readonly forMs: number }
  | { readonly kind: 'clone'; readonly name: string; readonly forMs: number }
);

export interface NodePlan {
  readonly name: string;
  readonly chainId: string;
  /** Cosigner that it is connected with first. */
  readonly home: string;
  /** How often its block is another than the other nodes', 0 to 1. */
  readonly contrary: number;
  readonly extensions: boolean;
  /** Milliseconds it waits for an answer before it asks again elsewhere. */
  readonly patienceMs: number;
  /** How often it goes on to another message instead of asking again, 0 to 1. */
  readonly fickle: number;
}

export interface Resharing {
  /** Who are not members of the epoch before are new. */
  readonly members: readonly string[];
  readonly threshold: number;
  readonly dealers: readonly string[];
}

/** A change of epoch, authorised on every cosigner that has a part in it. */
export interface ChangePlan extends Resharing {
  readonly atMs: number;
  /** So much later the operators withdraw, on each cosigner that still may; undefined: never. */
  readonly withdrawAfterMs: number | undefined;
  /** Who deals in another change to the same members, which they authorise then where this one can never begin; undefined: there is none. */
  readonly dealersAfter: readonly string[] | undefined;
  /** The change after it, from the epoch that it begins, as soon as every member is in that; undefined: there is none. */
  readonly following: Resharing | undefined;
}

export interface Plan {
  readonly seed: number;
  readonly members: readonly string[];
  readonly threshold: number;
  readonly chains: readonly string[];
  /** Faults and votes for so long; then everything is healed, and every request must be answered. */
  readonly durationMs: number;
  readonly disk: 'records' | 'store';
  readonly curve: 'fast' | 'ed25519';
  readonly raft: 'sound' | 'broken';
  /** Whether Raft's own events are checked too; only of sound Raft among honest cosigners. */
  readonly isTraced: boolean;
  readonly network: { readonly latencyMs: number; readonly jitterMs: number; readonly datagrams: boolean };
  readonly clockRates: readonly number[];
  readonly blockMs: number;
  readonly nodes: readonly NodePlan[];
  readonly liars: readonly { readonly name: string; readonly lies: readonly Lie[] }[];
  /** Cosigners that lie, are cloned or come back on an older disk: never more than the safety margin. */
  readonly faulty: readonly string[];
  readonly faults: readonly Fault[];
  readonly change: ChangePlan | undefined;
}

/** Of so many seeds one: a rush takes longer than a schedule. */
const RUSHED_SEEDS = 16;

/** Whether the prober ends with a rush, which is quick where networks and disks were: then waiting is the cosigners' own fault. */
export function endsInRush(plan: Plan): boolean {
  const { seed, raft, network, disk, faulty, change } = plan;
  if (seed % RUSHED_SEEDS !== 0 || change !== undefined || raft === 'broken' || faulty.length > 0 || disk === 'store')
    return false;
  // A disk that was slow has writes to finish when it is well again, and votes wait behind them.
  const isQuick = struckBy(plan, 'slow-disk').size === 0;
  return isQuick && network.latencyMs <= 1 && network.jitterMs <= 2 && !network.datagrams;
}

/** Cosigners that a kind of fault happens to. */
export function struckBy({ faults }: Plan, kind: Fault['kind']): ReadonlySet<string> {
  return new Set(faults.flatMap((fault) => (fault.kind === kind && 'name' in fault ? fault.name : [])));
}
