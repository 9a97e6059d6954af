/**
 * Runs the signing sessions of tasks: picks a signer set with nonces, gathers its shares, aggregates, verifies natively.
 *
 * A signature counts only when it verifies and its task may finish. Bad shares name their culprit, who is left out of the
 * next session; a slow set is hedged with another one; a session that fails never sees its nonces again.
 */

import type { BoundSession } from '@quorumsign/frost';
import type { ShareReply } from '../gen/cosigner/cosigner.js';
import type { CommitmentStock } from './commitment-stock.js';
import { Ranking } from './ranking.js';
import { signerSets } from './signer-sets.js';
import { SESSIONS_PER_TASK_MAX, type SigningSession, type SigningTask } from './signing-task.js';
import type { CoreDeps, CoreMember, CoreOptions } from './types.js';

/** A session slower than this many times the usual is hedged, within the bounds. */
const HEDGE_FACTOR = 4;
const HEDGE_MS_MIN = 25;
const HEDGE_MS_MAX = 250;

export interface SessionsDeps {
  readonly options: CoreOptions;
  readonly deps: CoreDeps;
  readonly stock: CommitmentStock;
  isConnected(member: string): boolean;
  /** Has the members (this cosigner included) publish commitments for a set. */
  refill(chainId: string, signerSet: readonly number[], urgent: boolean): void;
}

export class Sessions {
  readonly #s: SessionsDeps;
  readonly #tasks = new Map<string, SigningTask>();
  readonly #taskOfSession = new Map<bigint, SigningTask>();
  readonly #ranking: Ranking;
  #nextSession = 1n;

  constructor(deps: SessionsDeps) {
    this.#s = deps;
    this.#ranking = new Ranking(deps.options.name);
  }

  has(key: string): boolean {
    return this.#tasks.has(key);
  }

  start(task: SigningTask): void {
    this.#tasks.set(task.key, task);
    this.#startSession(task);
  }

  /** Drops a task and what it has running; without effect on one that has ended. */
  end(task: SigningTask): void {
    for (const session of [...task.sessions.values()]) this.#drop(task, session);
    this.#tasks.delete(task.key);
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
    this.#ranking.replied(member.name, this.#s.deps.monotonicMs() - session.startedMs);
    session.shares.set(member.identifier, reply.shares);
    this.#tryFinish(task, session);
  }

  /** Tasks that waited for something of their own may be able to finish now. */
  tryFinishAll(): void {
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
    this.#s.stock.drop(member.identifier);
    this.#ranking.forget(member.name); // What comes back is another process, or another way.
    for (const task of [...this.#tasks.values()]) {
      for (const session of [...task.sessions.values()]) {
        if (session.signerSet.includes(member.identifier)) this.#drop(task, session);
      }
      if (task.sessions.size === 0) this.#startSession(task);
    }
  }

  /** Hedges what is slow, and tries again what has nothing running. `isWanted`: someone still waits for the task. */
  tick(isWanted: (task: SigningTask) => boolean): void {
    const now = this.#s.deps.monotonicMs();
    for (const task of [...this.#tasks.values()]) {
      if (!isWanted(task)) continue;
      if (now - task.lastSessionMs < this.#patienceMs(task)) continue;
      if (task.sessions.size === 0) {
        task.excluded.clear();
        this.#blameForNonces(task, now);
      } else this.#hedge(task, now);
      this.#startSession(task);
    }
  }

  /** Who keeps a signature waiting for its commitments comes last as well. */
  #blameForNonces(task: SigningTask, now: number): void {
    const { options, stock } = this.#s;
    const lacking = task.waitsForNonces ? stock.lacking(task.chain.chainId, task.waitsForSet) : [];
    for (const { name } of options.members.filter(({ identifier }) => lacking.includes(identifier))) {
      if (name === options.name) continue;
      // A task that nobody wanted for long says nothing of anybody.
      this.#ranking.waitedFor(name, Math.min(HEDGE_MS_MAX, now - task.lastSessionMs));
    }
  }

  /** Who is silent comes last in the sets from now on, until it answers quicker or its connection is made anew. */
  #hedge(task: SigningTask, now: number): void {
    this.#s.deps.effects.event({ kind: 'hedged', chainId: task.chain.chainId, label: task.label });
    for (const session of task.sessions.values()) {
      for (const name of this.#silent(session)) this.#ranking.tookAtLeast(name, now - session.startedMs);
    }
  }

  /** Candidates for a signer set, the preferred first: itself, then the quickest. */
  preferred(names: readonly string[]): CoreMember[] {
    const { members, name } = this.#s.options;
    const isThere = (member: CoreMember) => member.name === name || this.#s.isConnected(member.name);
    return this.#ranking.sorted(members.filter((member) => names.includes(member.name) && isThere(member)));
  }

  #startSession(task: SigningTask): void {
    const { stock, options, deps } = this.#s;
    if (task.sessionsStarted >= SESSIONS_PER_TASK_MAX && deps.monotonicMs() - task.lastSessionMs < HEDGE_MS_MAX) return;
    const willing = task.rules.willing().filter((name) => !task.excluded.has(name));
    const candidates = this.preferred(willing).map((member) => member.identifier);
    const running = [...task.sessions.values()].map((session) => session.signerSet.join());
    const all = signerSets(candidates, options.threshold);
    const sets = running.length === 0 ? all : all.filter((set) => !running.includes(set.join()));
    const best = sets[0];
    task.lastSessionMs = deps.monotonicMs();
    if (best === undefined) {
      // Nobody is left to ask. Who refused may have had a reason that is gone; a lie costs one more session.
      task.excluded.clear();
      return;
    }
    const { chainId } = task.chain;
    const { length } = task.messages;
    const ready = sets.find((set) => stock.available(chainId, set) >= length);
    task.waitsForNonces = ready === undefined;
    if (ready === undefined) {
      task.waitsForSet = best;
      this.#s.refill(chainId, best, true);
      // This cosigner's own commitments are there at once; where the peers' are too, go on without waiting.
      if (stock.available(chainId, best) < length) return;
      task.waitsForNonces = false;
    }
    this.#openSession(task, ready ?? best);
  }

  #openSession(task: SigningTask, signerSet: readonly number[]): void {
    const { deps, options, stock } = this.#s;
    const { chainId, group } = task.chain;
    const parts: SigningSession['parts'][number][] = [];
    for (const message of task.messages) {
      const taken = stock.take(chainId, signerSet);
      if (taken === undefined) return;
      const list = [...taken];
      const points = list.map(([identifier, { points }]) => ({ identifier, commitment: points }));
      parts.push({
        bound: lazily(() => deps.frost.openSession(group, points).bind(message)),
        commitments: list.map(([identifier, { number, bytes }]) => ({ identifier, number, commitment: bytes })),
      });
    }
    const id = this.#nextSession++;
    const session: SigningSession = { id, signerSet, startedMs: deps.monotonicMs(), parts, shares: new Map() };
    task.sessions.set(id, session);
    task.sessionsStarted++;
    this.#taskOfSession.set(id, task);
    this.#s.refill(chainId, signerSet, false);
    task.rules.opened(session);
    for (const member of options.members) {
      if (signerSet.includes(member.identifier)) task.rules.request(member, session);
    }
  }

  #refused(task: SigningTask, session: SigningSession, member: CoreMember, reason: string): void {
    this.#drop(task, session);
    if (reason === 'unknown nonce') {
      this.#s.stock.drop(member.identifier, task.chain.chainId, session.signerSet);
      this.#ranking.tookAtLeast(member.name, HEDGE_MS_MIN);
    } else {
      task.excluded.add(member.name);
      this.#s.deps.effects.event({ kind: 'share-refused', peer: member.name, label: task.label, reason });
    }
    if (task.sessions.size === 0) this.#startSession(task);
  }

  #bad(task: SigningTask, session: SigningSession, culprits: readonly string[]): void {
    this.#drop(task, session);
    for (const culprit of culprits) task.excluded.add(culprit);
    const { chainId } = task.chain;
    this.#s.deps.effects.event({ kind: 'bad-share', chainId, label: task.label, culprits });
    if (task.sessions.size === 0) this.#startSession(task);
  }

  #tryFinish(task: SigningTask, session: SigningSession): void {
    // Another session may have ended the task since this one was looked up.
    if (task.sessions.get(session.id) !== session) return;
    if (session.shares.size < session.signerSet.length || !task.rules.mayFinish()) return;
    const signatures: Uint8Array[] = [];
    for (const [at, { bound: bind }] of session.parts.entries()) {
      const bound = bind();
      const shares = new Map(
        [...session.shares].map(([identifier, each]) => [identifier, each[at] ?? new Uint8Array()]),
      );
      const signature = this.#aggregate(bound, shares, task, task.messages[at] ?? new Uint8Array());
      if (signature === undefined) {
        const culprits = new Set(bound.culprits(shares));
        const named = this.#s.options.members.filter(({ identifier }) => culprits.has(identifier));
        this.#bad(
          task,
          session,
          named.map(({ name }) => name),
        );
        return;
      }
      signatures.push(signature);
    }
    this.end(task);
    task.rules.finished(signatures);
  }

  #aggregate(
    bound: BoundSession,
    shares: ReadonlyMap<number, Uint8Array>,
    task: SigningTask,
    message: Uint8Array,
  ): Uint8Array | undefined {
    try {
      const signature = bound.aggregate(shares);
      return this.#s.deps.verify(task.chain.group.groupKey, message, signature) ? signature : undefined;
    } catch {
      return undefined; // A share that is no scalar; `culprits` names its sender.
    }
  }

  /** From one session of a task to the next. */
  #patienceMs(task: SigningTask): number {
    if (task.sessions.size === 0) return HEDGE_MS_MIN;
    const silent = [...task.sessions.values()].flatMap((each) => this.#silent(each));
    // All that is missing is this cosigner's own: others cannot give it.
    if (silent.length === 0) return HEDGE_MS_MAX;
    const usualMs = Math.max(...silent.map((name) => this.#ranking.usualMs(name)));
    return Math.min(HEDGE_MS_MAX, Math.max(HEDGE_MS_MIN, HEDGE_FACTOR * usualMs));
  }

  /** Whose shares of a session are missing; not this cosigner, whose own waits for its disk and says nothing of the others. */
  #silent(session: SigningSession): string[] {
    const { members, name: own } = this.#s.options;
    return members
      .filter(({ identifier }) => session.signerSet.includes(identifier) && !session.shares.has(identifier))
      .map(({ name }) => name)
      .filter((name) => name !== own);
  }

  #drop(task: SigningTask, session: SigningSession): void {
    task.sessions.delete(session.id);
    this.#taskOfSession.delete(session.id);
  }
}

/** Computed when first needed: the request to the peers goes out before the curve work. */
function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
