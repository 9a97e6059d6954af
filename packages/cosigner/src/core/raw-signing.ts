/**
 * Signatures over bytes without height, round and step: any cosigner coordinates those that its own nodes ask for.
 *
 * Nothing is replicated and nothing is written: two such signatures contradict nothing (`raw-bytes.ts` in `sign-state` is the
 * rule, asked here and again by each cosigner that gives a share). The same bytes asked again get the same signature for as
 * long as it is remembered, so that several sentries are told one thing.
 */

import { checkRawBytes, type RawBytesKind } from '@quorumsign/sign-state';
import type { RawShareRequest } from '../gen/cosigner/cosigner.js';
import { bytesToHex } from './bytes.js';
import type { Sessions } from './sessions.js';
import { newTask, type SigningSession, type SigningTask } from './signing-task.js';
import type { CoreChain, CoreDeps, CoreMember, CoreOptions, RawOutcome, RawRequest } from './types.js';

/** Raw requests held at once. */
export const RAW_REQUESTS_MAX = 256;
/** Signatures remembered, for all chains together. */
const REMEMBERED_MAX = 1024;

export interface RawSigningDeps {
  readonly options: CoreOptions;
  readonly deps: CoreDeps;
  readonly sessions: Sessions;
  chain(chainId: string): CoreChain | undefined;
  connected(): readonly string[];
  requestShare(member: CoreMember, request: RawShareRequest, session: SigningSession): void;
}

interface HeldRaw {
  readonly task: SigningTask;
  readonly deadlineMs: number;
  answer(outcome: RawOutcome): void;
}

export class RawSigning {
  readonly #r: RawSigningDeps;
  readonly #held = new Map<number, HeldRaw>();
  readonly #signed = new Map<string, Uint8Array>();
  readonly #tasks = new Map<string, SigningTask>();

  constructor(deps: RawSigningDeps) {
    this.#r = deps;
  }

  sign(id: number, request: RawRequest, answer: (outcome: RawOutcome) => void): void {
    const { options, deps } = this.#r;
    const { chainId, kind } = request;
    const chain = this.#r.chain(chainId);
    const reason =
      chain === undefined
        ? `this signer has no key for chain ${chainId}`
        : checkRawBytes(kind, request.bytes, { chainId, policy: chain.rawBytes });
    if (chain === undefined || reason !== undefined) {
      answer({ kind: 'denied', message: reason ?? '' });
      return;
    }
    // A copy: the caller may use its buffer again.
    const bytes = request.bytes.slice();
    const key = `raw|${chainId}|${kind}|${bytesToHex(deps.sha256(bytes))}`;
    const signed = this.#signed.get(key);
    if (signed !== undefined) {
      answer({ kind: 'signed', signature: signed });
      return;
    }
    if (this.#held.size >= RAW_REQUESTS_MAX) {
      answer({ kind: 'gave-up', reason: `more than ${RAW_REQUESTS_MAX} raw requests are waiting` });
      return;
    }
    const running = this.#tasks.get(key);
    const task = running ?? this.#newTask(key, chain, kind, bytes);
    this.#held.set(id, { task, deadlineMs: deps.monotonicMs() + options.deadlineMs, answer });
    if (running !== undefined) return;
    this.#tasks.set(key, task);
    this.#r.sessions.start(task);
  }

  /** The node has gone. @returns false for an id that is not of a raw request */
  withdraw(id: number): boolean {
    const held = this.#held.get(id);
    if (held === undefined) return false;
    this.#held.delete(id);
    if (!this.isWanted(held.task)) this.#end(held.task);
    return true;
  }

  isWanted(task: SigningTask): boolean {
    for (const held of this.#held.values()) if (held.task === task) return true;
    return false;
  }

  expire(nowMs: number): void {
    for (const [id, { task, deadlineMs }] of [...this.#held]) {
      if (nowMs < deadlineMs) continue;
      const { threshold, deadlineMs: limitMs } = this.#r.options;
      const seen = this.#r.connected().join(', ');
      this.#settle(id, {
        kind: 'gave-up',
        reason: `no ${threshold} cosigners signed raw bytes within ${limitMs} ms; connected: ${seen}`,
      });
      if (!this.isWanted(task)) this.#end(task);
    }
  }

  #newTask(key: string, chain: CoreChain, kind: RawBytesKind, bytes: Uint8Array): SigningTask {
    const { deps, options } = this.#r;
    const task = newTask({
      key,
      chain,
      label: `raw bytes (${kind})`,
      messages: [bytes],
      startedMs: deps.monotonicMs(),
      rules: {
        willing: () => [options.name, ...this.#r.connected()],
        mayFinish: () => true,
        opened: () => {},
        request: (member, session) => {
          const [part] = session.parts;
          const { chainId } = chain;
          const commitments = [...(part?.commitments ?? [])];
          this.#r.requestShare(member, { session: session.id, chainId, kind, rawBytes: bytes, commitments }, session);
        },
        finished: ([signature]) => {
          if (signature === undefined) throw new Error('impossible: a finished task without a signature');
          this.#finished(task, signature);
        },
      },
    });
    return task;
  }

  #finished(task: SigningTask, signature: Uint8Array): void {
    this.#tasks.delete(task.key);
    this.#signed.set(task.key, signature);
    for (const oldest of this.#signed.keys()) {
      if (this.#signed.size <= REMEMBERED_MAX) break;
      this.#signed.delete(oldest);
    }
    for (const [id, held] of [...this.#held]) if (held.task === task) this.#settle(id, { kind: 'signed', signature });
  }

  #settle(id: number, outcome: RawOutcome): void {
    const held = this.#held.get(id);
    this.#held.delete(id);
    held?.answer(outcome);
  }

  #end(task: SigningTask): void {
    this.#tasks.delete(task.key);
    this.#r.sessions.end(task);
  }
}
