/**
 * One schedule: a cluster of real cosigner cores with nodes, under a plan, watched by the checkers after everything that happens.
 *
 * Single-threaded and without a clock or chance of its own: the same plan gives the same steps. Where the store's own format is in
 * play its promises are awaited between events, in virtual time.
 */

import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import {
  type CoreChain,
  DEFAULT_LIMITS,
  FIRST_EPOCH,
  NO_EPOCH,
  newStoreRecords,
  type RaftFactory,
} from '@quorumsign/cosigner/core';
import { type Frost, loadFrost, type SigningShare } from '@quorumsign/frost';
import { floorMark, type MarkRecord } from '@quorumsign/sign-state';
import { createRaft, type TraceEvent } from 'raft-ts';
import { brokenRaft } from './broken-raft.js';
import { createCheckers } from './checkers/index.js';
import { CosignerProcess } from './cosigner-process.js';
import type { Disk } from './disk.js';
import { cosignersOf, firstSharing } from './epochs.js';
import { EventQueue } from './event-queue.js';
import { fastFrost, verifyFast } from './fast-frost.js';
import { strike } from './faults.js';
import { type Checker, type Happening, Violation } from './happenings.js';
import { Home } from './home.js';
import { Liar } from './liar.js';
import { Machine } from './machine.js';
import { Network } from './network.js';
import { SimulatedNode } from './node.js';
import { Operators } from './operators.js';
import type { Plan } from './plan.js';
import { Prober } from './prober.js';
import { Random } from './random.js';
import { RecordDisk } from './record-disk.js';
import { ShareLog } from './share-log.js';
import { StoreDisk } from './store-disk.js';
import { watchedFrost } from './watched-frost.js';

const EVENTS_MAX = 2_000_000;

export interface Report {
  readonly violation: { readonly rule: string; readonly text: string; readonly atMs: number } | undefined;
  readonly events: number;
  readonly simulatedMs: number;
  readonly signed: number;
  readonly denied: number;
  readonly shares: number;
}

/** Sees everything that happens, with its time. */
export type Watch = (happening: Happening, atMs: number) => void;

let curve: Frost | undefined;

/** Runs a plan to its end, or to the first violation. */
export async function runPlan(plan: Plan, watch: Watch = () => {}): Promise<Report> {
  if (plan.curve === 'fast') return new World(plan, fastFrost(), watch).run();
  curve ??= await loadFrost();
  return new World(plan, curve, watch).run();
}

class World {
  readonly #plan: Plan;
  readonly #frost: Frost;
  readonly #watch: Watch;
  readonly #random: Random;
  readonly #queue = new EventQueue();
  readonly #network: Network;
  readonly #machines: Machine[];
  readonly #nodes: SimulatedNode[];
  readonly #chains: readonly {
    readonly chainId: string;
    readonly group: CoreChain['group'];
    readonly shares: SigningShare[];
  }[];
  readonly #liars: ReadonlyMap<string, Liar>;
  readonly #checkers: readonly Checker[];
  readonly #shareLog: ShareLog;
  readonly #prober: Prober;
  readonly #verify: (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
  readonly #counts = { signed: 0, denied: 0, shares: 0 };
  #violation: Report['violation'];
  #boots = 0;

  constructor(plan: Plan, frost: Frost, watch: Watch) {
    this.#plan = plan;
    this.#frost = frost;
    this.#watch = watch;
    this.#verify = plan.curve === 'fast' ? verifyFast : nativeVerifier();
    this.#random = new Random(plan.seed).fork('world');
    this.#network = new Network(this.#queue, this.#random.fork('network'), plan.network);
    const dealer = this.#random.fork('dealer');
    const random = (length: number) => dealer.bytes(length);
    const identifiers = plan.members.map((_, at) => at + 1);
    this.#chains = plan.chains.map((chainId) => {
      const secret = frost.randomSecret(random);
      return { chainId, ...frost.deal({ secret, threshold: plan.threshold, identifiers, epoch: 1, random }) };
    });
    this.#shareLog = new ShareLog(this.#tell);
    this.#checkers = createCheckers(plan, (chainId, message, signature) => {
      const key = this.#chains.find((chain) => chain.chainId === chainId)?.group.groupKey;
      return key !== undefined && this.#verify(key, message, signature);
    });
    this.#liars = new Map(
      plan.liars.map(({ name, lies }) => [name, new Liar(lies, plan.chains, this.#random.fork(`liar ${name}`))]),
    );
    const cosigners = cosignersOf(plan);
    this.#machines = cosigners.map((name, at) => this.#newMachine(name, at));
    const process = (name: string) => this.#machine(name).process;
    const surroundings = { queue: this.#queue, tell: this.#tell, members: cosigners, process };
    this.#nodes = plan.nodes.map(
      (each) =>
        new SimulatedNode(each, {
          ...surroundings,
          random: this.#random.fork(each.name),
          height: () => this.#height(),
        }),
    );
    const handOver = () => this.#strike({ atMs: this.#queue.nowMs, kind: 'transfer' });
    const operators = new Operators(plan, firstSharing(plan, 0, FIRST_EPOCH, this.#chains), {
      ...surroundings,
      random: this.#random.fork('operators'),
      sharing: (name, epoch) => this.#machine(name).home.sharingOf(epoch),
    });
    this.#prober = new Prober(plan, { ...surroundings, operators, height: () => this.#height(), handOver });
    for (const machine of this.#machines) machine.start();
    for (const fault of plan.faults) this.#queue.at(fault.atMs, () => this.#strike(fault));
    this.#queue.at(plan.durationMs, () => this.#heal());
  }

  async run(): Promise<Report> {
    let events = 0;
    while (this.#violation === undefined && !this.#prober.isDone && events < EVENTS_MAX) {
      const next = this.#queue.next(Number.POSITIVE_INFINITY);
      if (next === undefined) break;
      events++;
      next();
      if (this.#plan.disk === 'store') await promisesSettled();
    }
    this.#check((checker, nowMs) => checker.finish?.(nowMs));
    return { violation: this.#violation, events, simulatedMs: this.#queue.nowMs, ...this.#counts };
  }

  readonly #tell = (happening: Happening): void => {
    this.#watch(happening, this.#queue.nowMs);
    if (happening.kind === 'answered' && happening.outcome.kind === 'signed') this.#counts.signed++;
    if (happening.kind === 'answered' && happening.outcome.kind === 'denied') this.#counts.denied++;
    if (happening.kind === 'share-left') this.#counts.shares++;
    this.#prober.observe(happening);
    this.#check((checker, nowMs) => checker.observe(happening, nowMs));
  };

  /** Up to the first violation. */
  #check(look: (checker: Checker, nowMs: number) => void): void {
    if (this.#violation !== undefined) return;
    try {
      for (const checker of this.#checkers) look(checker, this.#queue.nowMs);
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.#violation = { rule: error.rule, text: error.message, atMs: this.#queue.nowMs };
    }
  }

  #machine(name: string): Machine {
    const found = this.#machines.find((each) => each.name === name);
    if (found === undefined) throw new Error(`no cosigner ${name}`);
    return found;
  }

  #strike(fault: Plan['faults'][number]): void {
    this.#tell({ kind: 'fault', text: describe(fault) });
    strike(fault, {
      queue: this.#queue,
      network: this.#network,
      machines: this.#machines,
      machine: (name) => this.#machine(name),
    });
  }

  #heal(): void {
    for (const node of this.#nodes) node.stop();
    for (const liar of this.#liars.values()) liar.isLying = false;
    for (const machine of this.#machines) machine.heal();
    this.#network.heal();
    this.#tell({ kind: 'healed' });
    this.#prober.begin();
  }

  /** The chains' height now, as the other validators see it. */
  #height(): bigint {
    return BigInt(1 + Math.floor(this.#queue.nowMs / this.#plan.blockMs));
  }

  #floors(): MarkRecord[] {
    const marks = this.#machines.flatMap(({ process }) => process?.marks ?? []);
    return this.#plan.chains.map((chainId) => {
      const heights = marks.filter((mark) => mark.chainId === chainId).map(({ height }) => height);
      const highest = heights.reduce((a, b) => (a > b ? a : b), this.#height());
      return floorMark(highest, chainId, this.#queue.nowMs);
    });
  }

  #newDisk(name: string): Disk {
    const random = this.#random.fork(`disk ${name}`);
    return this.#plan.disk === 'store'
      ? new StoreDisk(name, this.#queue, random, this.#tell)
      : new RecordDisk(name, this.#queue, random, this.#tell);
  }

  /** Of a member of the first epoch, or of one that is in none yet. */
  #newMachine(name: string, at: number): Machine {
    const { members, clockRates } = this.#plan;
    const disk = this.#newDisk(name);
    const isMember = members.includes(name);
    if (!isMember) disk.begin(newStoreRecords('first', [], NO_EPOCH));
    const home = new Home(isMember ? [firstSharing(this.#plan, at, FIRST_EPOCH, this.#chains)] : []);
    return new Machine(name, { disk, home }, clockRates[at] ?? 1, {
      queue: this.#queue,
      network: this.#network,
      newProcess: (machine, on, ended) => this.#newProcess(machine, on, ended),
      newDisk: (each) => this.#newDisk(each),
      floors: () => this.#floors(),
    });
  }

  #newProcess(
    machine: Machine,
    { disk, home }: { readonly disk: Disk; readonly home: Home },
    ended: (process: CosignerProcess, silently: boolean) => void,
  ): CosignerProcess {
    const { name, clockRate } = machine;
    const key = `${name}#${++this.#boots}`;
    const random = this.#random.fork(`process ${key}`);
    const liar = this.#liars.get(name);
    const shares = this.#shareLog.of(name);
    return new CosignerProcess(
      {
        key,
        name,
        home,
        policies: new Map(this.#chains.map(({ chainId }) => [chainId, { limits: DEFAULT_LIMITS, rawBytes: {} }])),
        frost: watchedFrost(this.#frost, shares),
        verify: this.#verify,
        createRaft: this.#raftFactory(random),
        clockRate,
        wallMs: () => this.#queue.nowMs * clockRate + machine.wallOffsetMs,
        outgoing: (peer, frame) => {
          shares.sent(peer, frame);
          return liar === undefined ? [frame] : liar.outgoing(frame);
        },
      },
      {
        queue: this.#queue,
        network: this.#network,
        disk,
        random,
        tell: this.#tell,
        ended,
      },
    );
  }

  #raftFactory(random: Random): RaftFactory {
    if (this.#plan.raft === 'broken') return brokenRaft(random.fork('broken raft'));
    if (!this.#plan.isTraced) return createRaft;
    const trace = (event: TraceEvent) => this.#tell({ kind: 'raft', event });
    return (options, restored) => createRaft({ ...options, trace }, restored);
  }
}

function describe({ atMs: _, ...fault }: Plan['faults'][number]): string {
  return Object.entries(fault)
    .map(([key, value]) => (key === 'kind' ? value : `${key} ${typeof value === 'number' ? Math.round(value) : value}`))
    .join(', ');
}

/** All promises that are due have run. */
function promisesSettled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** node:crypto's Ed25519, independent of the arithmetic under test. */
function nativeVerifier() {
  const keys = new Map<string, KeyObject>();
  return (groupKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
    const hex = Buffer.from(groupKey).toString('hex');
    let key = keys.get(hex);
    if (key === undefined) {
      const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), groupKey]);
      key = createPublicKey({ key: der, format: 'der', type: 'spki' });
      keys.set(hex, key);
    }
    return verify(null, message, key, signature);
  };
}
