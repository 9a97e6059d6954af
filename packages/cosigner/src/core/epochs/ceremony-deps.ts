/** What a ceremony is given of the cosigner around it. */

import type { Frost } from '@quorumsign/frost';
import type { MarkRecord } from '@quorumsign/sign-state';
import type { Ceremony as CeremonyMessage, ChangeRecord, EpochChange, Result } from '../../gen/cosigner/cosigner.js';
import type { CoreDeps, CoreEvent } from '../types.js';
import type { Sharing } from './epoch-change.js';

export interface CeremonyDeps {
  readonly name: string;
  readonly cluster: string;
  readonly frost: Frost;
  sha256(bytes: Uint8Array): Uint8Array;
  verify: CoreDeps['verify'];
  wallMs(): number;
  /** The epoch at hand; undefined: none yet. */
  sharing(): Sharing | undefined;
  /** An epoch of this name, where this cosigner has shares of it. */
  sharingNamed(epochName: string): Sharing | undefined;
  marks(): readonly MarkRecord[];
  results(): readonly Result[];
  /** Names this cosigner's store; undefined while it takes no part. */
  storeName(): Uint8Array | undefined;
  /** The change for which the epoch at hand is sealed; empty: it is not. */
  sealedFor(): string;
  seal(change: string, durable: () => void): void;
  unseal(durable: () => void): void;
  write(record: ChangeRecord, durable: () => void): void;
  isConnected(peer: string): boolean;
  send(peer: string, message: CeremonyMessage): void;
  /** Puts the shares on disk, then calls `kept`. */
  keepSharing(sharing: Sharing, change: EpochChange): void;
  /** The epoch begins, with these marks. */
  begin(sharing: Sharing, marks: readonly MarkRecord[], results: readonly Result[]): void;
  /** Nobody needs the shares of the epoch before any more. */
  forgetEnded(): void;
  /** Shares of an epoch that never begins here. */
  discardSharing(epochName: string): void;
  event(event: CoreEvent): void;
}
