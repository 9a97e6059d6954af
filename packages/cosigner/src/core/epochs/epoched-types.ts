/** What goes into the cosigner over its epochs and what comes out, beyond what a core of one epoch has (`../types.ts`). */

import type { RawBytesPolicy } from '@quorumsign/sign-state';
import type { EpochChange } from '../../gen/cosigner/cosigner.js';
import type { ChainLimits } from '../limits.js';
import type { CoreDeps, CoreOptions, CoreStatus, Effects } from '../types.js';
import type { Epoch, Sharing } from './epoch-change.js';

/** What the shell performs beyond the effects of a core. */
export interface EpochEffects extends Effects {
  /** Put the shares of an epoch on disk beside the others, then call `sharingKept`. */
  keepSharing(sharing: Sharing, change: EpochChange): void;
  /** The shares of an epoch are needed no more: destroy them. */
  forgetSharing(epoch: Epoch): void;
  /** Close all connections with peers; they are made anew. */
  dropPeers(reason: string): void;
}

export interface EpochedOptions extends Omit<CoreOptions, 'epoch' | 'members' | 'threshold' | 'chains'> {
  readonly cluster: string;
  /** What this cosigner has shares of: the epoch that its store is of, and others. */
  readonly sharings: readonly Sharing[];
  /** What is signed of a chain beyond its key; chains without an entry are not signed for. */
  readonly policies: ReadonlyMap<string, ChainPolicy>;
}

export interface ChainPolicy {
  readonly limits: ChainLimits;
  readonly rawBytes: RawBytesPolicy;
}

export interface EpochedDeps extends Omit<CoreDeps, 'effects'> {
  readonly effects: EpochEffects;
}

export interface EpochedStatus extends CoreStatus {
  readonly epoch: Epoch;
  readonly sealed: boolean;
  /** Under way. */
  readonly change:
    | { readonly epoch: number; readonly id: string; readonly withdrawn: boolean; readonly begun: readonly string[] }
    | undefined;
}
