/**
 * The leader's side of a signature: fixes the bytes of an HRS by an intent, gathers t shares, aggregates, verifies.
 *
 * It proposes bytes only when t cosigners have reported, in this term, a mark that allows exactly them, and proposes one
 * message for each HRS and term. A result counts only when the aggregate verifies natively and this cosigner's own entry
 * is on disk. Bad shares name their culprit, who is left out of the next session; a slow set is hedged with another one.
 */

import type { BoundSession } from '@quorumsign/frost';
import { equalBytes, formatHrs, hrsKey, type ParsedSignBytes } from '@quorumsign/sign-state';
import type { ShareReply, ShareRequest } from '../gen/cosigner/cosigner.js';
import type { CommitmentStock, StockedCommitment } from './commitment-stock.js';
import type { MarkReports } from './mark-reports.js';
import { signerSets } from './signer-sets.js';
import {
  type Extension,
  SESSIONS_PER_TASK_MAX,
  type SigningSessionState,
  type SigningTask,
  taskKey,
} from './signing-task.js';
import type { CoreChain, CoreDeps, CoreMember, CoreOptions } from './types.js';

/** A session slower than this many times the usual is hedged, within the bounds. */
const HEDGE_FACTOR = 4;
const HEDGE_MS_MIN = 25;
const HEDGE_MS_MAX = 250;

export interface CoordinatorDeps {
  readonly options: CoreOptions;
  readonly deps: CoreDeps;
  readonly reports: MarkReports;
  readonly stock: CommitmentStock;
  term(): bigint;
  isConnected(member: string): boolean;
  /** The intent for these bytes in the current term, appended if need be; undefined when the log takes nothing now. */
  ensureIntent(message: ParsedSignBytes): bigint | undefined;
  /** Whether this cosigner's own entry at the index is synced. */
  isDurable(index: bigint): boolean;
  /** Sends a share request, or hands it to this cosigner's own release when `member` is itself. */
  requestShare(member: CoreMember, request: ShareRequest, session: SigningSessionState): void;
  /** Has `member` (or this cosigner itself) publish commitments for a set. */
  refill(chainId: string, signerSet: readonly number[], urgent: boolean): void;
  finished(task: SigningTask, signature: Uint8Array | undefined, extensionSignature: Uint8Array | undefined): void;
}

export class Coordinator {
  readonly #c: CoordinatorDeps;
  readonly #tasks = new Map<string, SigningTask>();
  readonly #taskOfSession = new Map<bigint, SigningTask>();
  /** One message for each HRS in this term, also when its task is done. */
  readonly #proposed = new Map<string, ParsedSignBytes>();
  readonly #replyMs = new Map<string, number>();
  #nextSession = 1n;

  constructor(deps: CoordinatorDeps) {
    this.#c = deps;
  }

  /** Term or leadership changed: nothing of before is finished by this leader. */
  reset(): void {
    this.#tasks.clear();
    this.#taskOfSession.clear();
    this.#proposed.clear();
  }

  /** The message that this leader has proposed for an HRS in its term. */
  proposedAt(message: ParsedSignBytes): ParsedSignBytes | undefined {
    return this.#proposed.get(proposedKey(message));
  }

  hasTask(message: ParsedSignBytes, extensionHash: string | undefined): boolean {
    return this.#tasks.has(taskKey(message, extensionHash));
  }

  /**
   * Starts a task. The caller has checked that t members are willing.
   *
   * @returns false when the log takes no entry now
   */
  start(chain: CoreChain, message: ParsedSignBytes, wantsVote: boolean, extension: Extension | undefined): boolean {
    const before = this.#proposed.get(proposedKey(message));
    if (before !== undefined && !equalBytes(before.bytes, message.bytes)) {
      throw new Error(`impossible: two messages proposed at ${formatHrs(message)} in one term`);
    }
    const index = this.#c.ensureIntent(message);
    if (index === undefined) return false;
    this.#proposed.set(proposedKey(message), message);
    const key = taskKey(message, wantsVote ? undefined : extension?.hash);
    const now = this.#c.deps.monotonicMs();
    const task: SigningTask = {
      key,
      chain,
      message,
      extension,
      wantsVote,
      index,
      startedMs: now,
      excluded: new Set(),
      sessions: new Map(),
      sessionsStarted: 0,
      lastSessionMs: now,
      waitsForNonces: false,
    };
    this.#tasks.set(key, task);
    this.#startSession(task);
    return true;
  }

  /** A share arrived, or its refusal. */
  shareReplied(member: CoreMember, reply: ShareReply): void {
    const task = this.#taskOfSession.get(reply.session);
    const session = task?.sessions.get(reply.session);
    if (task === undefined || session === undefined || !session.signerSet.includes(member.identifier)) return;
    if (reply.refused !== '') {
      this.#refused(task, session, member, reply.refused);
      return;
    }
    if (reply.shares.length !== session.parts.length || reply.shares.some((share) => share.length !== 32)) {
      this.#bad(task, session, [member.name]);
      return;
    }
    const elapsed = this.#c.deps.monotonicMs() - session.startedMs;
    this.#replyMs.set(member.name, 0.8 * (this.#replyMs.get(member.name) ?? elapsed) + 0.2 * elapsed);
    session.shares.set(member.identifier, reply.shares);
    this.#tryFinish(task, session);
  }

  /** Own entries up to some index became durable. */
  durable(): void {
    for (const task of [...this.#tasks.values()]) {
      for (const session of [...task.sessions.values()]) this.#tryFinish(task, session);
    }
  }

  /** Whether some task has no commitments left. */
  waitsForNonces(): boolean {
    return [...this.#tasks.values()].some((task) => task.waitsForNonces);
  }

  /** A batch of commitments arrived for a chain. */
  nonces(chainId: string): void {
    for (const task of [...this.#tasks.values()]) {
      if (task.waitsForNonces && task.chain.chainId === chainId) this.#startSession(task);
    }
  }

  peerLost(member: CoreMember): void {
    this.#c.stock.drop(member.identifier);
    for (const task of [...this.#tasks.values()]) {
      for (const session of [...task.sessions.values()]) {
        if (session.signerSet.includes(member.identifier)) this.#drop(task, session);
      }
      if (task.sessions.size === 0) this.#startSession(task);
    }
  }

  /** Hedges what is slow, and tries again what has nothing running. `isWanted`: someone still waits for the task. */
  tick(isWanted: (task: SigningTask) => boolean): void {
    const now = this.#c.deps.monotonicMs();
    for (const task of [...this.#tasks.values()]) {
      if (!isWanted(task)) continue;
      const usual = Math.max(0, ...[...task.sessions.values()].flatMap((each) => this.#usualMs(each)));
      const patienceMs = Math.min(HEDGE_MS_MAX, Math.max(HEDGE_MS_MIN, HEDGE_FACTOR * usual));
      if (now - task.lastSessionMs < (task.sessions.size === 0 ? HEDGE_MS_MIN : patienceMs)) continue;
      if (task.sessions.size === 0) task.excluded.clear();
      else this.#c.deps.effects.event({ kind: 'hedged', chainId: task.chain.chainId, hrs: formatHrs(task.message) });
      this.#startSession(task);
    }
  }

  /** Forgets what is behind the highest result of a chain. */
  forget(message: ParsedSignBytes): void {
    for (const [key, proposed] of this.#proposed) {
      if (proposed.chainId === message.chainId && proposed.height + 2n < message.height) this.#proposed.delete(key);
    }
    for (const task of [...this.#tasks.values()]) {
      if (task.chain.chainId === message.chainId && task.message.height + 2n < message.height) this.#end(task);
    }
  }

  /** Candidates for a signer set, the preferred first: itself, then the quickest. */
  preferred(names: readonly string[]): CoreMember[] {
    const { members, name } = this.#c.options;
    const rank = (member: CoreMember) => (member.name === name ? -1 : (this.#replyMs.get(member.name) ?? 0));
    return members
      .filter((member) => names.includes(member.name) && (member.name === name || this.#c.isConnected(member.name)))
      .sort((a, b) => rank(a) - rank(b) || a.identifier - b.identifier);
  }

  #startSession(task: SigningTask): void {
    const { stock, reports, options, deps } = this.#c;
    if (task.sessionsStarted >= SESSIONS_PER_TASK_MAX && deps.monotonicMs() - task.lastSessionMs < HEDGE_MS_MAX) return;
    const willing = reports.willing(task.message).filter((name) => !task.excluded.has(name));
    const candidates = this.preferred(willing).map((member) => member.identifier);
    const running = new Set([...task.sessions.values()].map((session) => session.signerSet.join()));
    const all = signerSets(candidates, options.threshold);
    const sets = all.filter((set) => !running.has(set.join()));
    const best = sets[0];
    task.lastSessionMs = deps.monotonicMs();
    if (best === undefined) return;
    const { chainId } = task.chain;
    const partsCount = (task.wantsVote ? 1 : 0) + (task.extension === undefined ? 0 : 1);
    const ready = sets.find((set) => stock.available(chainId, set) >= partsCount);
    task.waitsForNonces = ready === undefined;
    if (ready === undefined) {
      this.#c.refill(chainId, best, true);
      // This cosigner's own commitments are there at once; where the peers' are too, go on without waiting.
      if (stock.available(chainId, best) < partsCount) return;
      task.waitsForNonces = false;
    }
    this.#openSession(task, ready ?? best);
  }

  #openSession(task: SigningTask, signerSet: readonly number[]): void {
    const { deps, options, stock, reports } = this.#c;
    const messages: Uint8Array[] = [];
    if (task.wantsVote) messages.push(task.message.bytes);
    if (task.extension !== undefined) messages.push(task.extension.bytes);
    const taken = messages.map(() => stock.take(task.chain.chainId, signerSet));
    const complete = taken.filter((each): each is Map<number, StockedCommitment> => each !== undefined);
    if (complete.length !== messages.length) return;
    const id = this.#nextSession++;
    const parts = messages.map((message, at) => {
      const commitments = [...(complete[at] ?? [])].map(([identifier, { points }]) => ({
        identifier,
        commitment: points,
      }));
      return { message, bound: lazily(() => deps.frost.openSession(task.chain.group, commitments).bind(message)) };
    });
    const session: SigningSessionState = { id, signerSet, startedMs: deps.monotonicMs(), parts, shares: new Map() };
    task.sessions.set(id, session);
    task.sessionsStarted++;
    this.#taskOfSession.set(id, task);
    const request: ShareRequest = {
      session: id,
      index: task.index,
      term: this.#c.term(),
      parts: messages.map((_, at) => ({
        extensionSignBytes: at === 0 && task.wantsVote ? new Uint8Array() : (task.extension?.bytes ?? new Uint8Array()),
        commitments: [...(complete[at] ?? [])].map(([identifier, { number, bytes }]) => ({
          identifier,
          number,
          commitment: bytes,
        })),
      })),
    };
    this.#c.refill(task.chain.chainId, signerSet, false);
    for (const member of options.members) {
      if (!signerSet.includes(member.identifier)) continue;
      if (member.name !== options.name) reports.expect(member.name, task.message);
      this.#c.requestShare(member, request, session);
    }
  }

  #refused(task: SigningTask, session: SigningSessionState, member: CoreMember, reason: string): void {
    this.#drop(task, session);
    if (reason === 'unknown nonce') {
      this.#c.stock.drop(member.identifier, task.chain.chainId, session.signerSet);
    } else {
      task.excluded.add(member.name);
      this.#c.deps.effects.event({ kind: 'share-refused', peer: member.name, hrs: formatHrs(task.message), reason });
    }
    if (task.sessions.size === 0) this.#startSession(task);
  }

  #bad(task: SigningTask, session: SigningSessionState, culprits: readonly string[]): void {
    this.#drop(task, session);
    for (const culprit of culprits) task.excluded.add(culprit);
    const { chainId } = task.chain;
    this.#c.deps.effects.event({ kind: 'bad-share', chainId, hrs: formatHrs(task.message), culprits });
    if (task.sessions.size === 0) this.#startSession(task);
  }

  #tryFinish(task: SigningTask, session: SigningSessionState): void {
    if (session.shares.size < session.signerSet.length || !this.#c.isDurable(task.index)) return;
    const signatures: Uint8Array[] = [];
    for (const [at, { bound: bind, message }] of session.parts.entries()) {
      const bound = bind();
      const shares = new Map(
        [...session.shares].map(([identifier, each]) => [identifier, each[at] ?? new Uint8Array()]),
      );
      const signature = this.#aggregate(bound, shares, task, message);
      if (signature === undefined) {
        const names = bound
          .culprits(shares)
          .map((id) => this.#c.options.members.find((each) => each.identifier === id)?.name);
        this.#bad(
          task,
          session,
          names.filter((name): name is string => name !== undefined),
        );
        return;
      }
      signatures.push(signature);
    }
    this.#end(task);
    this.#c.finished(task, task.wantsVote ? signatures[0] : undefined, signatures[task.wantsVote ? 1 : 0]);
  }

  #aggregate(
    bound: BoundSession,
    shares: ReadonlyMap<number, Uint8Array>,
    task: SigningTask,
    message: Uint8Array,
  ): Uint8Array | undefined {
    try {
      const signature = bound.aggregate(shares);
      return this.#c.deps.verify(task.chain.group.groupKey, message, signature) ? signature : undefined;
    } catch {
      return undefined; // A share that is no scalar; `culprits` names its sender.
    }
  }

  #usualMs(session: SigningSessionState): number[] {
    return this.#c.options.members
      .filter((member) => session.signerSet.includes(member.identifier) && !session.shares.has(member.identifier))
      .map((member) => this.#replyMs.get(member.name) ?? 0);
  }

  #drop(task: SigningTask, session: SigningSessionState): void {
    task.sessions.delete(session.id);
    this.#taskOfSession.delete(session.id);
  }

  #end(task: SigningTask): void {
    for (const session of [...task.sessions.values()]) this.#drop(task, session);
    this.#tasks.delete(task.key);
  }
}

function proposedKey(message: ParsedSignBytes): string {
  return `${message.chainId}|${hrsKey(message)}`;
}

/** Computed when first needed: the request to the peers goes out before the curve work. */
function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
