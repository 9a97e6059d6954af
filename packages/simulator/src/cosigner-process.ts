/**
 * One cosigner process: a real core, driven as the shell drives it, that can die between any two effects, be stopped for a while,
 * and run on a clock of its own.
 *
 * Like the shell (`cosigner/src/shell/core-driver.ts`) it runs one input at a time, asks for a snapshot when one is due, and ends for
 * good when a write fails or the core finds an impossible state.
 */

import { createHash, createHmac } from 'node:crypto';
import {
  type Connection,
  type CoreRecord,
  type Epoch,
  EpochedCore,
  type EpochedStatus,
  FRAME_BYTES_MAX,
  foldRecords,
  Inputs,
  type Outcome,
  type Sharing,
} from '@quorumsign/cosigner/core';
import type { MarkRecord } from '@quorumsign/sign-state';
import type { OpenDisk } from './disk.js';
import { CLUSTER } from './epochs.js';
import type { Endpoint } from './network.js';
import type { ProcessOptions, ProcessSurroundings } from './process-options.js';

export const TICK_MS = 20;
const HEARTBEAT_MS = 60;
const ELECTION_MS = 200;
export const DEADLINE_MS = 2500;

export class CosignerProcess implements Endpoint {
  readonly key: string;
  readonly name: string;
  isUp = true;
  /** It ended because its store is older than it was. */
  isFenced = false;
  readonly #options: ProcessOptions;
  readonly #world: ProcessSurroundings;
  #core: EpochedCore | undefined;
  #isPaused = false;
  readonly #inputs = new Inputs((error) => this.#fail(error));
  #computeAsked = false;
  #snapshotUnderWay = false;
  /** Effects until the process is killed between two of them. */
  #effectsLeft: number | undefined;
  #killed: 'killed' | 'without power' | undefined;

  constructor(options: ProcessOptions, world: ProcessSurroundings) {
    this.key = options.key;
    this.name = options.name;
    this.#options = options;
    this.#world = world;
    world.disk.open((opened) => {
      if (!this.isUp) return;
      if (opened instanceof Error) this.#end(opened.message, false);
      else this.#start(opened);
    });
  }

  get isReady(): boolean {
    return this.isUp && !this.#isPaused && this.#core !== undefined;
  }

  /** It takes part, leads or is connected with who does, and is with so many peers. */
  isSettled(peers: number): boolean {
    const status = this.#core?.status();
    return status?.hasLeader === true && !status.isJoining && status.connected.length >= peers;
  }

  /** The epoch that its store is of. */
  get epoch(): Epoch | undefined {
    return this.#core?.status().epoch;
  }

  /** Its marks, by chain. */
  get marks(): readonly MarkRecord[] {
    return this.#core?.status().chains.flatMap(({ mark }) => mark ?? []) ?? [];
  }

  get role(): string | undefined {
    return this.#core?.status().role;
  }

  /** A node asks. @returns the withdrawal */
  sign(message: Uint8Array, extension: Uint8Array | undefined, answered: (outcome: Outcome) => void): () => void {
    let id: number | undefined;
    let [isWithdrawn, isAnswered] = [false, false];
    this.#input((core) => {
      if (isWithdrawn) return;
      id = core.sign(message, extension, (outcome) =>
        this.#effect(() => {
          isAnswered = true;
          answered(outcome);
        }),
      );
    });
    return () => {
      isWithdrawn = true;
      this.#input((core) => {
        if (id !== undefined && !isAnswered) core.withdraw(id);
      });
    };
  }

  /** Which epoch it is in, and what it knows of a change to the next. */
  get epochs(): EpochedStatus | undefined {
    return this.isReady ? this.#core?.status() : undefined;
  }

  /** Its operator acts, with what tells when that is on disk. @param done - then, or with what is wrong */
  operate(act: (core: EpochedCore, durable: () => void) => string | undefined, done: (problem?: string) => void): void {
    this.#input((core) => {
      const problem = act(core, () => done());
      if (problem !== undefined) done(problem);
    });
  }

  transferLeadership(to?: string): void {
    this.#input((core) => core.transferLeadership(to));
  }

  connected(connection: Connection): void {
    this.#input((core) => {
      this.#world.tell({ kind: 'connected', cosigner: this.name, peer: connection.peer });
      core.peerConnected(connection);
    });
  }

  disconnected(connection: Connection): void {
    this.#input((core) => core.peerDisconnected(connection));
  }

  frame(connection: Connection, bytes: Uint8Array): void {
    this.#input((core) => core.frameReceived(connection, bytes));
  }

  /**
   * SIGKILL, or the machine's power.
   *
   * @param afterEffects - so many effects later, in the middle of whatever it does then
   */
  kill(cause: 'killed' | 'without power', afterEffects: number): void {
    this.#killed = cause;
    if (afterEffects === 0) this.#end(cause, false);
    else this.#effectsLeft = afterEffects;
  }

  /** A death that was ordered and has not come is called off. */
  spare(): void {
    this.#effectsLeft = undefined;
  }

  /** SIGSTOP and SIGCONT. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (isPaused) this.#inputs.pause();
    else this.#inputs.resume();
  }

  #start(disk: OpenDisk): void {
    const { tell, queue, random, network } = this.#world;
    const { name, home, policies, frost, verify, clockRate, createRaft } = this.#options;
    try {
      this.#core = new EpochedCore(
        {
          cluster: CLUSTER,
          name,
          sharings: home.load(),
          policies,
          deadlineMs: DEADLINE_MS,
          tickMs: TICK_MS,
          heartbeatMs: HEARTBEAT_MS,
          electionMs: ELECTION_MS,
          compactAfterEntries: 40,
          noncesReady: 4,
        },
        {
          frost,
          verify,
          createRaft,
          sha256: (bytes) => createHash('sha256').update(bytes).digest(),
          hmacSha256: (key, bytes) => createHmac('sha256', key).update(bytes).digest(),
          store: disk.position,
          bootId: random.bytes(16),
          randomBytes: (length) => random.bytes(length),
          randomInteger: (bound) => random.below(bound),
          monotonicMs: () => queue.nowMs * clockRate,
          wallMs: this.#options.wallMs,
          effects: {
            persist: (ticket, records) => this.#effect(() => this.#persist(disk, ticket, records)),
            send: (peer, frame) => this.#effect(() => this.#send(peer, frame)) ?? false,
            wantCompute: () => this.#wantCompute(),
            giveUpNodes: () => {},
            stopForSafety: (reason) => {
              this.isFenced = true;
              this.#end(reason, false);
            },
            keepSharing: (sharing) => this.#effect(() => this.#keepSharing(sharing)),
            forgetSharing: (epoch) => this.#effect(() => home.forget(epoch)),
            dropPeers: () => this.#effect(() => network.reset(this)),
            event: (event) => tell({ kind: 'event', cosigner: name, event }),
          },
        },
        foldRecords(disk.records),
      );
      const { position } = this.#core.status();
      tell({ kind: 'recovered', cosigner: name, records: this.#core.dump(), position });
    } catch (error) {
      this.#fail(error);
      return;
    }
    const tick = () => {
      if (!this.isUp) return;
      if (!this.#isPaused) this.#input((core) => core.tick());
      queue.after(TICK_MS / clockRate, tick);
    };
    queue.after(random.between(0, TICK_MS), tick);
    network.add(this);
    // As the shell does at its start: chains are handed over anew, floors with them.
    for (const chain of home.chainsOf(this.#core.status().epoch)) {
      const policy = policies.get(chain.chainId);
      if (policy !== undefined) this.#input((core) => core.setChain({ ...chain, ...policy }));
    }
  }

  #keepSharing(sharing: Sharing): void {
    const { queue, random } = this.#world;
    queue.after(random.between(0.3, 3), () => {
      if (!this.isUp) return;
      this.#options.home.keep(sharing);
      this.#input((core) => core.sharingKept(sharing.epoch.name));
    });
  }

  /** Performs one effect, unless the process is dead, or dies here. */
  #effect<T>(perform: () => T): T | undefined {
    if (!this.isUp) return undefined;
    if (this.#effectsLeft !== undefined && --this.#effectsLeft < 0) {
      this.#end(`${this.#killed} between two effects`, false);
      return undefined;
    }
    return perform();
  }

  #send(peer: string, frame: Uint8Array): boolean {
    // The transport takes no more.
    if (frame.length > FRAME_BYTES_MAX) throw new Error(`impossible: a frame of ${frame.length} bytes`);
    const frames = this.#options.outgoing(peer, frame);
    return frames.map((each) => this.#world.network.send(this, peer, each)).every((sent) => sent);
  }

  #persist(disk: OpenDisk, ticket: bigint, records: readonly CoreRecord[]): void {
    disk.append(records, (error) => {
      if (error === undefined) this.#input((core) => core.persisted(ticket));
      else this.#storeFailed(error);
    });
    if (this.#core === undefined || this.#snapshotUnderWay || !disk.snapshotDue()) return;
    this.#snapshotUnderWay = true;
    disk.snapshot(this.#core.dump(), (error) => {
      this.#snapshotUnderWay = false;
      if (error !== undefined) this.#storeFailed(error);
    });
  }

  #storeFailed(error: Error): void {
    this.#end(`the store failed: ${error.message}`, false);
  }

  #wantCompute(): void {
    if (this.#computeAsked) return;
    this.#computeAsked = true;
    this.#world.queue.after(this.#world.random.between(0.05, 0.4), () => {
      this.#computeAsked = false;
      this.#input((core) => core.compute());
    });
  }

  #input(input: (core: EpochedCore) => void): void {
    this.#inputs.run(() => {
      if (this.#core !== undefined) input(this.#core);
    });
  }

  #fail(error: unknown): void {
    this.#end(error instanceof Error ? (error.stack ?? error.message) : String(error), true);
  }

  #end(reason: string, impossible: boolean): void {
    if (!this.isUp) return;
    this.isUp = false;
    this.#inputs.end();
    const hasPower = this.#killed !== 'without power';
    if (hasPower) this.#world.disk.kill();
    else this.#world.disk.losePower();
    this.#world.tell({ kind: 'ended', cosigner: this.name, reason, impossible });
    this.#world.ended(this, !hasPower);
  }
}
