/** What can be seen of a world from outside the code under test: the checkers' and the story's only source. */

import type { CoreEvent, CoreRecord, Outcome, Position } from '@quorumsign/cosigner/core';
import type { TraceEvent } from 'raft-ts';

export type Happening =
  /** A node asks; `extension` beside a precommit. */
  | {
      readonly kind: 'asked';
      readonly node: string;
      readonly cosigner: string;
      readonly message: Uint8Array;
      readonly extension: Uint8Array | undefined;
    }
  | {
      readonly kind: 'answered';
      readonly node: string;
      readonly cosigner: string;
      readonly message: Uint8Array;
      readonly extension: Uint8Array | undefined;
      readonly outcome: Outcome;
    }
  /** A nonce pair was drawn; `nonce`: its commitment. */
  | { readonly kind: 'nonce-drawn'; readonly cosigner: string; readonly nonce: string }
  /** A cosigner is connected with a peer, anew. */
  | { readonly kind: 'connected'; readonly cosigner: string; readonly peer: string }
  /** A share was computed. `nonce`: the pair's commitment; `session`: R and the message, of which a pair may see one only. */
  | { readonly kind: 'share-made'; readonly cosigner: string; readonly nonce: string; readonly session: string }
  /** A share was sent to a peer, or went into a signature of its own maker. */
  | {
      readonly kind: 'share-left';
      readonly cosigner: string;
      readonly to: string;
      readonly message: Uint8Array;
      readonly nonce: string;
      /** Of the key share that it was made with: shares of two epochs make no signature together. */
      readonly epoch: number;
    }
  /** A dealer's contribution left for another cosigner. */
  | {
      readonly kind: 'dealt';
      readonly cosigner: string;
      readonly to: string;
      /** Its id, in hexadecimal. */
      readonly change: string;
    }
  /** From here on these records survive a loss of power. */
  | { readonly kind: 'synced'; readonly cosigner: string; readonly records: readonly CoreRecord[] }
  /** A snapshot replaced all records before it. */
  | { readonly kind: 'compacted'; readonly cosigner: string; readonly records: readonly CoreRecord[] }
  /** What a starting process made of what it read from its disk. */
  | {
      readonly kind: 'recovered';
      readonly cosigner: string;
      readonly records: readonly CoreRecord[];
      readonly position: Position;
    }
  /** The store wrote over a block that it had synced. */
  | { readonly kind: 'rewritten'; readonly cosigner: string; readonly place: string }
  /** An operator, or a disk that lied, put an older state in the place of a newer one: what was known of this disk is void. */
  | { readonly kind: 'rolled-back'; readonly cosigner: string }
  /** An operator gave a fenced cosigner a new store. */
  | { readonly kind: 'readmitted'; readonly cosigner: string }
  | { readonly kind: 'ended'; readonly cosigner: string; readonly reason: string; readonly impossible: boolean }
  | { readonly kind: 'fault'; readonly text: string }
  | { readonly kind: 'event'; readonly cosigner: string; readonly event: CoreEvent }
  /** A change in a Raft core; only of schedules that are traced. */
  | { readonly kind: 'raft'; readonly event: TraceEvent }
  /** All faults have stopped; from here on requests must be answered. */
  | { readonly kind: 'healed' }
  /** The prober begins: with whom, who are in an epoch; `isOver`: no change of epoch is under way any more. */
  | {
      readonly kind: 'probed';
      readonly epoch: number;
      readonly cosigners: readonly string[];
      readonly isOver: boolean;
    };

export type Tell = (happening: Happening) => void;

/** A rule that was broken. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly rule: string;

  constructor(rule: string, text: string) {
    super(`${rule}: ${text}`);
    this.rule = rule;
  }
}

/** Watches a world and throws {@link Violation}. */
export interface Checker {
  observe(happening: Happening, nowMs: number): void;
  /** The schedule is over. */
  finish?(nowMs: number): void;
}
