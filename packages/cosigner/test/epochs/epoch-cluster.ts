/** Cosigners over their epochs, in memory and in one thread: everything that one of them does is done in order, and disks are quick. */

import { type Frost, type GroupPublic, loadFrost } from '@quorumsign/frost';
import { encodeVoteSignBytes } from '@quorumsign/sign-state';
import { createRaft } from 'raft-ts';
import { FIRST_EPOCH, NO_EPOCH, type Sharing } from '../../src/core/epochs/epoch-change.js';
import { EpochedCore } from '../../src/core/epochs/epoched-core.js';
import { DEFAULT_LIMITS } from '../../src/core/limits.js';
import { type CoreRecord, foldRecords, newStoreRecords } from '../../src/core/log-records.js';
import type { CoreEvent, Outcome } from '../../src/core/types.js';
import type { EpochChange } from '../../src/gen/cosigner/cosigner.js';
import { hashes } from '../../src/shell/hashes.js';
import { createVerifier } from '../../src/shell/verifier.js';
import { blockOf, prng } from '../core-cluster.js';

export const CHAIN = 'chain-1';
const frost: Frost = await loadFrost();
const verify = createVerifier();
const TICK_MS = 10;

export interface Member {
  readonly name: string;
  readonly disk: CoreRecord[];
  storeId: Uint8Array;
  sharings: Sharing[];
  core: EpochedCore | undefined;
  boot: number;
  readonly events: CoreEvent[];
  readonly forgotten: number[];
}

export class EpochCluster {
  readonly members = new Map<string, Member>();
  readonly group: GroupPublic;
  /** Frames from these to anybody are lost. */
  readonly mute = new Set<string>();
  /** What these write does not come to an end. */
  readonly stalled = new Set<string>();
  nowMs = 0;
  readonly #draw = prng(11);
  #queue: (() => void)[] = [];
  #links = new Map<string, number>();

  /** @param names - the members of the first epoch @param newcomers - in none yet */
  constructor(names: readonly string[], threshold: number, newcomers: readonly string[] = []) {
    const identifiers = names.map((_, at) => at + 1);
    const secret = frost.randomSecret(this.random);
    const { group, shares } = frost.deal({ secret, threshold, identifiers, epoch: 1, random: this.random });
    this.group = group;
    const members = names.map((name, at) => ({ name, identifier: at + 1 }));
    for (const [at, share] of shares.entries()) {
      const sharing = { epoch: FIRST_EPOCH, members, threshold, chains: [{ chainId: CHAIN, group, share }] };
      this.#add(names[at] ?? '', [], [sharing]);
    }
    for (const name of newcomers) this.#add(name, newStoreRecords('first', [], NO_EPOCH), []);
    for (const name of this.members.keys()) this.start(name);
  }

  readonly random = (length: number) => Uint8Array.from({ length }, () => this.#draw(256));

  member(name: string): Member {
    const member = this.members.get(name);
    if (member === undefined) throw new Error(`no member ${name}`);
    return member;
  }

  core(name: string): EpochedCore {
    const { core } = this.member(name);
    if (core === undefined) throw new Error(`${name} is not up`);
    return core;
  }

  start(name: string): void {
    const member = this.member(name);
    const boot = ++member.boot;
    const later = (run: (core: EpochedCore) => void) =>
      this.#queue.push(() => {
        if (member.boot === boot && member.core !== undefined) run(member.core);
      });
    const recovered = BigInt(member.disk.length);
    member.core = new EpochedCore(
      {
        cluster: 'c',
        name,
        sharings: member.sharings,
        policies: new Map([[CHAIN, { limits: DEFAULT_LIMITS, rawBytes: {} }]]),
        deadlineMs: 2500,
        tickMs: TICK_MS,
        heartbeatMs: 50,
        electionMs: 200,
      },
      {
        frost,
        createRaft,
        verify,
        ...hashes,
        store: { id: member.storeId, recovered, batches: () => BigInt(member.disk.length) },
        bootId: this.random(16),
        randomBytes: this.random,
        randomInteger: (bound) => this.#draw(Math.max(1, bound)),
        monotonicMs: () => this.nowMs,
        wallMs: () => 1_700_000_000_000 + this.nowMs,
        effects: {
          persist: (ticket, records) => {
            if (this.stalled.has(name)) return;
            later((core) => {
              member.disk.push(...records);
              core.persisted(ticket);
            });
          },
          send: (peer, frame) => {
            const link = this.#links.get(linkOf(name, peer));
            if (this.member(peer).core === undefined || link === undefined) return false;
            if (this.mute.has(name)) return true;
            this.#queue.push(() => {
              if (this.#links.get(linkOf(name, peer)) !== link) return;
              this.member(peer).core?.frameReceived({ peer: name, connectionId: `${link}` }, frame);
            });
            return true;
          },
          wantCompute: () => later((core) => core.compute()),
          giveUpNodes: () => {},
          stopForSafety: (reason) => {
            throw new Error(reason);
          },
          event: (event) => member.events.push(event),
          keepSharing: (sharing) => {
            member.sharings.push(sharing);
            later((core) => core.sharingKept(sharing.epoch.name));
          },
          forgetSharing: (epoch) => {
            member.forgotten.push(epoch.number);
            member.sharings = member.sharings.filter((each) => each.epoch.name !== epoch.name);
          },
          dropPeers: () => this.#reconnect(name),
        },
      },
      foldRecords(member.disk),
    );
    this.#reconnect(name);
  }

  /** SIGKILL, with everything that was written on the disk. */
  kill(name: string): void {
    const member = this.member(name);
    member.boot++;
    member.core = undefined;
    for (const peer of this.members.keys()) this.#disconnect(name, peer);
  }

  /** With a store in which it is in no epoch, as a newcomer's. */
  renew(name: string): void {
    this.kill(name);
    this.#add(name, newStoreRecords('first', [], NO_EPOCH), []);
    this.start(name);
  }

  run(forMs: number): void {
    for (const endMs = this.nowMs + forMs; this.nowMs < endMs; this.nowMs += TICK_MS) {
      for (const { core } of this.members.values()) core?.tick();
      for (let left = 20_000; this.#queue.length > 0; left--) {
        if (left === 0) throw new Error('a cluster that does not come to rest');
        this.#queue.shift()?.();
      }
    }
  }

  /** Until something holds, looked at after everything that is done. @throws Error after 10 s */
  until(holds: () => boolean): void {
    const endMs = this.nowMs + 10_000;
    while (!holds()) {
      const next = this.#queue.shift();
      if (next !== undefined) {
        next();
        continue;
      }
      if (this.nowMs >= endMs) throw new Error('waited for 10 s');
      this.nowMs += TICK_MS;
      for (const { core } of this.members.values()) core?.tick();
    }
  }

  /** From the epoch of a dealer that is up to these members, those that are there in their order and first. */
  change(members: readonly string[], threshold: number, dealers: readonly string[]): EpochChange {
    const { epoch, chains, ...from } = this.#sharingOf(
      dealers.find((name) => this.member(name).core !== undefined) ?? '',
    );
    const identifiers = from.members.map(({ identifier }) => identifier);
    return {
      cluster: 'c',
      epoch: epoch.number + 1,
      from: Uint8Array.from(Buffer.from(epoch.name, 'hex')),
      fromThreshold: from.threshold,
      fromMembers: from.members.map((member) => ({ ...member, address: `${member.name}:1` })),
      dealers: [...dealers],
      threshold,
      members: members.map((name, at) => ({ name, identifier: at + 1, address: `${name}:1` })),
      chains: chains.map(({ chainId, group }) => ({
        chainId,
        epoch: group.epoch,
        commitments: [...group.commitments],
        verificationShares: identifiers.map((each) => group.verificationShares.get(each) ?? new Uint8Array()),
      })),
    };
  }

  authorise(change: EpochChange, names: readonly string[]): void {
    for (const name of names) {
      const problem = this.core(name).changeEpoch(change, () => {});
      if (problem !== undefined) throw new Error(`${name}: ${problem}`);
    }
  }

  /** Asks a cosigner for a prevote. @returns its answer, once there is one */
  ask(name: string, height: bigint, block = 1): () => Outcome | undefined {
    let answer: Outcome | undefined;
    this.core(name).sign(voteOf(height, block), undefined, (outcome) => {
      answer = outcome;
    });
    return () => answer;
  }

  /** @returns the kind of the answer, after at most 3 s */
  vote(name: string, height: bigint, block = 1): string | undefined {
    const answer = this.ask(name, height, block);
    for (let waitedMs = 0; answer() === undefined && waitedMs < 3000; waitedMs += TICK_MS) this.run(TICK_MS);
    const outcome = answer();
    if (outcome?.kind === 'signed' && !verify(this.group.groupKey, voteOf(height, block), outcome.signature))
      throw new Error('a signature that does not verify');
    return outcome?.kind;
  }

  epochs(): number[] {
    return [...this.members.values()].map(({ core }) => core?.status().epoch.number ?? -1);
  }

  #sharingOf(name: string): Sharing {
    const { number } = this.core(name).status().epoch;
    const sharing = this.member(name).sharings.find(({ epoch }) => epoch.number === number);
    if (sharing === undefined) throw new Error(`${name} has no shares of epoch ${number}`);
    return sharing;
  }

  #add(name: string, disk: CoreRecord[], sharings: Sharing[]): void {
    const storeId = this.random(16);
    const boot = this.members.get(name)?.boot ?? 0;
    const empty = { events: [], forgotten: [] };
    this.members.set(name, { name, disk, storeId, sharings, core: undefined, boot, ...empty });
  }

  #reconnect(name: string): void {
    for (const peer of this.members.keys()) {
      if (peer === name) continue;
      this.#disconnect(name, peer);
      this.#queue.push(() => this.#connect(name, peer));
    }
  }

  #connect(a: string, b: string): void {
    const key = linkOf(a, b);
    if (this.#links.has(key) || this.member(a).core === undefined || this.member(b).core === undefined) return;
    const link = this.#draw(2 ** 30);
    this.#links.set(key, link);
    this.member(a).core?.peerConnected({ peer: b, connectionId: `${link}` });
    this.member(b).core?.peerConnected({ peer: a, connectionId: `${link}` });
  }

  #disconnect(a: string, b: string): void {
    const link = this.#links.get(linkOf(a, b));
    if (link === undefined) return;
    this.#links.delete(linkOf(a, b));
    this.#queue.push(() => this.member(a).core?.peerDisconnected({ peer: b, connectionId: `${link}` }));
    this.#queue.push(() => this.member(b).core?.peerDisconnected({ peer: a, connectionId: `${link}` }));
  }
}

export function voteOf(height: bigint, block = 1): Uint8Array {
  const timestamp = { seconds: 1n, nanos: 0 };
  return encodeVoteSignBytes({ type: 'prevote', height, round: 0, blockId: blockOf(block), timestamp, chainId: CHAIN });
}

function linkOf(a: string, b: string): string {
  return [a, b].sort().join('-');
}
