/**
 * The cosigner over its epochs: for each a core of its own over the same store, and the ceremony by which the keys pass to the next.
 *
 * A core knows one sharing of the keys, one set of members and one log. When the next epoch begins here, its epoch and its marks go to disk in
 * one batch, the core is left and another is made, the connections begin anew, and what nodes wait for is asked again. A
 * cosigner that is in no epoch yet has no core.
 */

import { equalBytes, type MarkRecord } from '@quorumsign/sign-state';
import type { EpochChange, Result } from '../../gen/cosigner/cosigner.js';
import { CosignerCore } from '../core.js';
import {
  atEpoch,
  type CoreRecord,
  changeRecord,
  dumpRecords,
  epochRecord,
  markRecord,
  type RestoredStore,
} from '../log-records.js';
import { storeName } from '../own-store.js';
import type { Connection, CoreChain, Effects, Outcome, RawOutcome, RawRequest } from '../types.js';
import { Ceremony } from './ceremony.js';
import { decodeCeremony, encodeCeremony, isCeremony } from './ceremony-frames.js';
import { ChainPolicies } from './chain-policies.js';
import type { Epoch, Sharing } from './epoch-change.js';
import type { EpochedDeps, EpochedOptions, EpochedStatus } from './epoched-types.js';
import { noShares, statusOfNone } from './no-epoch.js';
import { PendingAsks } from './pending-asks.js';
import { isStray, Sharings } from './sharings.js';
import { Writes } from './writes.js';

const NO_LEADER = 'the key passes to its next epoch';

export class EpochedCore {
  readonly #options: EpochedOptions;
  readonly #deps: EpochedDeps;
  readonly #sharings: Sharings;
  readonly #policies: ChainPolicies;
  readonly #connections = new Map<string, Connection>();
  readonly #asks = new PendingAsks();
  readonly #ceremony: Ceremony;
  readonly #storeName: Uint8Array;
  readonly #writes: Writes;
  /** What stands on disk, while no core knows better. */
  #restored: RestoredStore;
  #epoch: Epoch;
  #core: CosignerCore | undefined;

  /** @throws Error where the store is of an epoch that there are no shares of */
  constructor(options: EpochedOptions, deps: EpochedDeps, restored: RestoredStore) {
    this.#options = options;
    this.#deps = deps;
    this.#restored = restored;
    this.#epoch = restored.epoch;
    this.#policies = new ChainPolicies(options.policies);
    this.#writes = new Writes(deps.effects);
    this.#storeName = storeName(deps.store.id, deps.hmacSha256);
    this.#sharings = new Sharings(options.sharings, (epoch) => deps.effects.forgetSharing(epoch));
    if (this.#epoch.number > 0) {
      if (this.#sharing === undefined) throw new Error(noShares(this.#epoch, options.sharings));
      this.#core = this.#newCore(this.#sharing, []);
    }
    this.#asks.use(this.#core);
    this.#ceremony = this.#newCeremony(restored);
    this.#sharings.forget(isStray(restored, deps.sha256));
  }

  /** As {@link CosignerCore.sign}, over epochs. */
  sign(signBytes: Uint8Array, extensionSignBytes: Uint8Array | undefined, answer: (outcome: Outcome) => void): number {
    const deadlineMs = this.#deps.monotonicMs() + this.#options.deadlineMs;
    const leftMs = () => Math.max(0, deadlineMs - this.#deps.monotonicMs());
    return this.#asks.add<Outcome>({
      deadlineMs,
      begin: (core, settle) => core.sign(signBytes, extensionSignBytes, settle, leftMs()),
      answer,
    });
  }

  /** As {@link CosignerCore.signRaw}, over epochs. */
  signRaw(request: RawRequest, answer: (outcome: RawOutcome) => void): number {
    const deadlineMs = this.#deps.monotonicMs() + this.#options.deadlineMs;
    return this.#asks.add<RawOutcome>({ deadlineMs, begin: (core, settle) => core.signRaw(request, settle), answer });
  }

  /** The node has gone. */
  withdraw(id: number): void {
    this.#asks.withdraw(id);
  }

  /**
   * Adds a chain while running, or changes the limits and policies of one; its key and share stay what they are.
   *
   * @param floor - as of {@link CosignerCore.setChain}
   * @throws Error for a chain that is there with another key, or a new one while the keys pass to their next epoch
   */
  setChain(chain: CoreChain, floor?: MarkRecord): void {
    const { chainId } = chain;
    const sharing = this.#sharing;
    const known = sharing?.chains.find((each) => each.chainId === chainId);
    if (sharing !== undefined && known === undefined) {
      if (this.#ceremony.named !== undefined)
        throw new Error(`expected no change of epoch under way, found one; add ${chainId} when it is complete`);
      this.#sharings.keep({ ...sharing, chains: [...sharing.chains, chain] });
    }
    if (known !== undefined && !equalBytes(known.group.groupKey, chain.group.groupKey))
      throw new Error(
        `expected chain ${chainId} with the key it has, found another; its key changes only by a restart`,
      );
    this.#policies.set(chain, floor);
    this.#core?.setChain({ ...chain, ...known }, floor);
  }

  /** Call every `options.tickMs`. */
  tick(): void {
    this.#core?.tick();
    this.#asks.expire(this.#deps.monotonicMs(), NO_LEADER);
    this.#ceremony.tick();
  }

  peerConnected(connection: Connection): void {
    this.#connections.set(connection.peer, connection);
    if (this.#isMember(connection.peer)) this.#core?.peerConnected(connection);
    this.#ceremony.connected(connection.peer);
  }

  peerDisconnected(connection: Connection): void {
    const { peer } = connection;
    if (this.#connections.get(peer)?.connectionId !== connection.connectionId) return;
    this.#connections.delete(peer);
    this.#ceremony.disconnected(peer);
    this.#core?.peerDisconnected(connection);
  }

  frameReceived(connection: Connection, bytes: Uint8Array): void {
    if (!isCeremony(bytes)) this.#core?.frameReceived(connection, bytes);
    else if (this.#connections.get(connection.peer)?.connectionId === connection.connectionId)
      this.#ceremonyFrame(connection.peer, bytes);
  }

  /** Batches up to `ticket` are on disk. */
  persisted(ticket: bigint): void {
    this.#writes.persisted(ticket);
  }

  /** The work asked for by `effects.wantCompute`. */
  compute(): void {
    this.#core?.compute();
  }

  /** Hands leadership to `to`, or to the follower that is furthest. @returns undefined when begun, else why not */
  transferLeadership(to?: string): string | undefined {
    return this.#core === undefined ? NO_LEADER : this.#core.transferLeadership(to);
  }

  /**
   * An operator wants the keys to pass to their next epoch: authorised on this cosigner, by what the shell has verified.
   *
   * @param durable - called when that is on disk, which an operator is to wait for
   * @returns undefined when it is under way here, else why not
   */
  changeEpoch(change: EpochChange, durable: () => void): string | undefined {
    return this.#ceremony.authorise(change, durable);
  }

  /**
   * An operator wants this cosigner out of the change that is under way, for good.
   *
   * @param durable - called when that is on disk
   * @returns undefined when it is, else why not
   */
  withdrawFromChange(durable: () => void): string | undefined {
    return this.#ceremony.withdraw(durable);
  }

  /** The shares of `effects.keepSharing` are on disk. */
  sharingKept(epochName: string): void {
    this.#ceremony.kept(epochName);
  }

  /** The whole durable state, for a snapshot of the store, as it is in memory now. */
  dump(): CoreRecord[] {
    return dumpRecords({
      ...(this.#core?.restorable() ?? this.#restored),
      epoch: this.#restored.epoch,
      change: this.#ceremony.record,
    });
  }

  status(): EpochedStatus {
    const { named, isDurablyWithdrawn, begun } = this.#ceremony;
    return {
      ...(this.#core?.status() ?? statusOfNone(this.#deps, this.#restored.admission, this.#asks.size)),
      epoch: this.#epoch,
      sealed: this.#sealedFor() !== '',
      change: named && { epoch: named.change.epoch, id: named.id, withdrawn: isDurablyWithdrawn, begun },
    };
  }

  get #sharing(): Sharing | undefined {
    return this.#epoch.number === 0 ? undefined : this.#sharings.named(this.#epoch.name);
  }

  #isMember(peer: string): boolean {
    return this.#sharing?.members.some(({ name }) => name === peer) === true;
  }

  #sealedFor(): string {
    return this.#core?.sealedFor ?? this.#restored.seal;
  }

  #newCore(sharing: Sharing, results: readonly Result[]): CosignerCore {
    const { members, threshold, epoch } = sharing;
    const { cluster: _, sharings: __, policies: ___, ...options } = this.#options;
    const chains = this.#policies.chainsOf(sharing);
    const persist: Effects['persist'] = (ticket, records) =>
      this.#writes.write(records, () => {
        if (this.#core === core) core.persisted(ticket);
      });
    const core = new CosignerCore(
      { ...options, epoch, members, threshold, chains },
      { ...this.#deps, effects: { ...this.#deps.effects, persist } },
      this.#restored,
      results,
    );
    return core;
  }

  #newCeremony(restored: RestoredStore): Ceremony {
    const { effects, frost, sha256, verify, wallMs } = this.#deps;
    const { name, cluster } = this.#options;
    return new Ceremony(
      {
        name,
        cluster,
        frost,
        sha256,
        verify,
        wallMs,
        sharing: () => this.#sharing,
        sharingNamed: (epochName) => this.#sharings.named(epochName),
        marks: () => this.#core?.marks() ?? this.#restored.marks,
        results: () => this.#core?.results() ?? [],
        storeName: () => (this.#core?.status().isJoining === true ? undefined : this.#storeName),
        sealedFor: () => this.#sealedFor(),
        seal: (change, durable) => this.#core?.seal(change, durable),
        unseal: (durable) => this.#core?.unseal(durable),
        write: (change, durable) => this.#writes.write([changeRecord(change)], durable),
        isConnected: (peer) => this.#connections.has(peer),
        send: (peer, message) => effects.send(peer, encodeCeremony(message)),
        keepSharing: (sharing, change) => {
          this.#sharings.keep(sharing);
          effects.keepSharing(sharing, change);
        },
        begin: (sharing, marks, results) => this.#begin(sharing, marks, results),
        // Never those of the epoch at hand: a cosigner that is out of the next one keeps them for its operator to destroy.
        forgetEnded: () => this.#sharings.forget((epoch) => epoch.name !== this.#epoch.name),
        discardSharing: (epochName) => this.#sharings.forget((epoch) => epoch.name === epochName),
        event: (event) => effects.event(event),
      },
      restored.change,
    );
  }

  /** Left is the core of the epoch before, at once: what it would still have written counts no more. */
  #begin(sharing: Sharing, carried: readonly MarkRecord[], results: readonly Result[]): void {
    const before = { ...(this.#core?.restorable() ?? this.#restored), change: this.#ceremony.record };
    this.#restored = atEpoch(sharing.epoch, before, carried);
    this.#core = undefined;
    this.#asks.use(undefined);
    this.#writes.write([epochRecord(sharing.epoch), ...carried.map(markRecord)], () => this.#begun(sharing, results));
  }

  /** Epoch and marks are on disk. */
  #begun(sharing: Sharing, results: readonly Result[]): void {
    const { effects } = this.#deps;
    this.#epoch = sharing.epoch;
    this.#core = this.#newCore(sharing, results);
    for (const chain of this.#policies.chainsOf(sharing))
      this.#core.setChain(chain, this.#policies.floor(chain.chainId));
    this.#asks.use(this.#core);
    for (const peer of [...this.#connections.keys()]) this.#ceremony.disconnected(peer);
    this.#connections.clear();
    effects.event({ kind: 'epoch', what: 'begun', epoch: sharing.epoch.number });
    effects.dropPeers(`epoch ${sharing.epoch.number} has begun here`);
    this.#ceremony.advance();
  }

  /** What cannot be read or believed is dropped. */
  #ceremonyFrame(peer: string, bytes: Uint8Array): void {
    try {
      const ceremony = decodeCeremony(bytes);
      if (ceremony !== undefined) this.#ceremony.take(peer, ceremony);
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('impossible')) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      this.#deps.effects.event({ kind: 'bad-contribution', peer, reason });
    }
  }
}
