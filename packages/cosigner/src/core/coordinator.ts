/**
 * The leader's side of a vote or proposal: fixes the bytes of an HRS by an intent, and has them signed.
 *
 * It proposes bytes only when t cosigners have reported, in this term, a mark that allows exactly them, and proposes one
 * message for each HRS and term. A signature is given out only when this cosigner's own entry is on disk.
 */

import { equalBytes, formatHrs, hrsKey, type ParsedSignBytes } from '@quorumsign/sign-state';
import type { ShareRequest } from '../gen/cosigner/cosigner.js';
import type { MarkReports } from './mark-reports.js';
import type { Sessions } from './sessions.js';
import { newTask, type SigningSession, type SigningTask } from './signing-task.js';
import type { CoreChain, CoreDeps, CoreMember, CoreOptions } from './types.js';

export interface CoordinatorDeps {
  readonly options: CoreOptions;
  readonly deps: CoreDeps;
  readonly reports: MarkReports;
  readonly sessions: Sessions;
  term(): bigint;
  /** The intent for these bytes in the current term, appended if need be; undefined when the log takes nothing now. */
  ensureIntent(message: ParsedSignBytes): bigint | undefined;
  /** Whether this cosigner's own entry at the index is synced. */
  isDurable(index: bigint): boolean;
  /** Sends a share request, or hands it to this cosigner's own release when `member` is itself. */
  requestShare(member: CoreMember, request: ShareRequest, session: SigningSession): void;
  finished(signed: SignedVote): void;
}

export interface Extension {
  readonly bytes: Uint8Array;
  /** SHA-256 of `bytes`, hexadecimal. */
  readonly hash: string;
}

/** The bytes of one HRS in this term, and what is signed of them. */
export interface VoteTask {
  /** Never changed. */
  readonly message: ParsedSignBytes;
  /** Signed beside the vote, or alone where the vote has its result. */
  readonly extension: Extension | undefined;
  readonly wantsVote: boolean;
}

export interface SignedVote extends VoteTask {
  readonly startedMs: number;
  readonly signature: Uint8Array | undefined;
  readonly extensionSignature: Uint8Array | undefined;
}

export class Coordinator {
  readonly #c: CoordinatorDeps;
  readonly #tasks = new Map<SigningTask, VoteTask>();
  /** One message for each HRS in this term, also when its task is done. */
  readonly #proposed = new Map<string, ParsedSignBytes>();

  constructor(deps: CoordinatorDeps) {
    this.#c = deps;
  }

  /** Term or leadership changed: nothing of before is finished by this leader. */
  reset(): void {
    for (const task of [...this.#tasks.keys()]) this.#end(task);
    this.#proposed.clear();
  }

  /** The message that this leader has proposed for an HRS in its term. */
  proposedAt(message: ParsedSignBytes): ParsedSignBytes | undefined {
    return this.#proposed.get(proposedKey(message));
  }

  hasTask(message: ParsedSignBytes, extensionHash: string | undefined): boolean {
    return this.#c.sessions.has(taskKey(message, extensionHash));
  }

  /** What a task signs; undefined for a task that is not of votes. */
  voteOf(task: SigningTask): VoteTask | undefined {
    return this.#tasks.get(task);
  }

  /**
   * Starts a task. The caller has checked that t members are willing.
   *
   * @returns false when the log takes no entry now
   */
  start(chain: CoreChain, vote: VoteTask): boolean {
    const { message, extension, wantsVote } = vote;
    const before = this.#proposed.get(proposedKey(message));
    if (before !== undefined && !equalBytes(before.bytes, message.bytes)) {
      throw new Error(`impossible: two messages proposed at ${formatHrs(message)} in one term`);
    }
    let index = this.#c.ensureIntent(message);
    if (index === undefined) return false;
    this.#proposed.set(proposedKey(message), message);
    const messages: Uint8Array[] = [];
    if (wantsVote) messages.push(message.bytes);
    if (extension !== undefined) messages.push(extension.bytes);
    const startedMs = this.#c.deps.monotonicMs();
    const task = newTask({
      key: taskKey(message, wantsVote ? undefined : extension?.hash),
      chain,
      label: formatHrs(message),
      messages,
      startedMs,
      rules: {
        willing: () => this.#c.reports.willing(message),
        mayFinish: () => index !== undefined && this.#c.isDurable(index),
        opened: (session) => {
          // A task may be older than the log is now: nobody signs for an entry that is compacted.
          index = this.#c.ensureIntent(message) ?? index;
          this.#expect(message, session);
        },
        request: (member, session) => {
          if (index !== undefined) this.#c.requestShare(member, this.#requestOf(vote, index, session), session);
        },
        finished: (signatures) => {
          this.#tasks.delete(task);
          const signature = wantsVote ? signatures[0] : undefined;
          this.#c.finished({ ...vote, startedMs, signature, extensionSignature: signatures[wantsVote ? 1 : 0] });
        },
      },
    });
    this.#tasks.set(task, vote);
    this.#c.sessions.start(task);
    return true;
  }

  /** Forgets what is behind the highest result of a chain. */
  forget(message: ParsedSignBytes): void {
    for (const [key, proposed] of this.#proposed) {
      if (proposed.chainId === message.chainId && proposed.height + 2n < message.height) this.#proposed.delete(key);
    }
    for (const [task, vote] of [...this.#tasks]) {
      const sameChain = task.chain.chainId === message.chainId;
      if (sameChain && vote.message.height + 2n < message.height) this.#end(task);
    }
  }

  /** The marks that the members are about to have. */
  #expect(message: ParsedSignBytes, session: SigningSession): void {
    const { options, reports } = this.#c;
    for (const { name, identifier } of options.members) {
      if (name !== options.name && session.signerSet.includes(identifier)) reports.expect(name, message);
    }
  }

  #requestOf({ wantsVote, extension }: VoteTask, index: bigint, session: SigningSession): ShareRequest {
    const parts = session.parts.map(({ commitments }, at) => ({
      extensionSignBytes: at === 0 && wantsVote ? new Uint8Array() : (extension?.bytes ?? new Uint8Array()),
      commitments: [...commitments],
    }));
    return { session: session.id, index, term: this.#c.term(), parts };
  }

  #end(task: SigningTask): void {
    this.#tasks.delete(task);
    this.#c.sessions.end(task);
  }
}

function taskKey(message: ParsedSignBytes, extensionHash: string | undefined): string {
  return `${proposedKey(message)}|${extensionHash ?? 'vote'}`;
}

function proposedKey(message: ParsedSignBytes): string {
  return `${message.chainId}|${hrsKey(message)}`;
}
