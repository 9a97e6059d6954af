/** What a coordinator is getting signed: one task for each set of messages, with the sessions that it has running. */

import type { BoundSession } from '@quorumsign/frost';
import type { NonceCommitment } from '../gen/cosigner/cosigner.js';
import type { CoreChain, CoreMember } from './types.js';

/** Sessions started for one task before it waits for the next event. */
export const SESSIONS_PER_TASK_MAX = 32;

/** What the kind of task decides; the running of sessions is the same for all. */
export interface TaskRules {
  /** Names of the members that can sign this now. */
  willing(): readonly string[];
  /** Whether a signature may be given out as soon as its shares are there. */
  mayFinish(): boolean;
  /** Asks one member of the set for its shares. */
  request(member: CoreMember, session: SigningSession): void;
  /** Before the first member is asked. */
  opened(session: SigningSession): void;
  /** Called once, with one verified signature for each message. */
  finished(signatures: readonly Uint8Array[]): void;
}

export interface SigningTask {
  readonly key: string;
  readonly chain: CoreChain;
  /** For logs: the height, round and step, or the kind of raw bytes. */
  readonly label: string;
  /** A signature is wanted for each, all from the same members. */
  readonly messages: readonly Uint8Array[];
  readonly rules: TaskRules;
  readonly startedMs: number;
  /** Members whose share did not verify, or who refused, in this task. */
  readonly excluded: Set<string>;
  readonly sessions: Map<bigint, SigningSession>;
  sessionsStarted: number;
  lastSessionMs: number;
  /** No signer set had nonces: the next batch that arrives starts a session. */
  waitsForNonces: boolean;
  /** Whose commitments were asked for then. */
  waitsForSet: readonly number[];
}

export interface SigningSession {
  readonly id: bigint;
  readonly signerSet: readonly number[];
  readonly startedMs: number;
  /** In the order of the task's messages; `bound` is computed when first called. */
  readonly parts: readonly { readonly bound: () => BoundSession; readonly commitments: readonly NonceCommitment[] }[];
  /** By identifier: one share for each part. */
  readonly shares: Map<number, readonly Uint8Array[]>;
}

export function newTask(
  task: Pick<SigningTask, 'key' | 'chain' | 'label' | 'messages' | 'rules' | 'startedMs'>,
): SigningTask {
  const { key, chain, label, messages, rules, startedMs } = task;
  return {
    key,
    chain,
    label,
    messages,
    rules,
    startedMs,
    excluded: new Set(),
    sessions: new Map(),
    sessionsStarted: 0,
    lastSessionMs: startedMs,
    waitsForNonces: false,
    waitsForSet: [],
  };
}
