/** What the leader is getting signed: one task for each HRS (and for each later extension), with the sessions it has running. */

import type { BoundSession } from '@quorumsign/frost';
import { hrsKey, type ParsedSignBytes } from '@quorumsign/sign-state';
import type { CoreChain } from './types.js';

/** Sessions started for one task before it waits for the next event. */
export const SESSIONS_PER_TASK_MAX = 32;

export interface Extension {
  readonly bytes: Uint8Array;
  /** SHA-256 of `bytes`, hexadecimal. */
  readonly hash: string;
}

export interface SigningTask {
  readonly key: string;
  readonly chain: CoreChain;
  /** The bytes of this HRS in this term; never changed. */
  readonly message: ParsedSignBytes;
  /** Signed beside the vote, or alone where the vote has its result. */
  readonly extension: Extension | undefined;
  readonly wantsVote: boolean;
  /** The intent's entry in the current term. */
  readonly index: bigint;
  readonly startedMs: number;
  /** Members whose share did not verify, or who refused, in this task. */
  readonly excluded: Set<string>;
  readonly sessions: Map<bigint, SigningSessionState>;
  sessionsStarted: number;
  lastSessionMs: number;
  /** No signer set had nonces: the next batch that arrives starts a session. */
  waitsForNonces: boolean;
}

export interface SigningSessionState {
  readonly id: bigint;
  readonly signerSet: readonly number[];
  readonly startedMs: number;
  /** The vote first, where it is wanted; then the extension. */
  readonly parts: readonly { readonly bound: () => BoundSession; readonly message: Uint8Array }[];
  /** By identifier: one share for each part. */
  readonly shares: Map<number, readonly Uint8Array[]>;
}

export function taskKey(message: ParsedSignBytes, extensionHash: string | undefined): string {
  return `${message.chainId}|${hrsKey(message)}|${extensionHash ?? 'vote'}`;
}
