/** One machine: a disk, a clock, and the process on it, which a supervisor starts again whenever it ends. */

import { type Epoch, FIRST_EPOCH, newStoreRecords } from '@quorumsign/cosigner/core';
import { compareHrs, type MarkRecord } from '@quorumsign/sign-state';
import type { CosignerProcess } from './cosigner-process.js';
import type { Disk } from './disk.js';
import type { EventQueue } from './event-queue.js';
import type { Home } from './home.js';
import type { Network } from './network.js';

/** Until a process that ended by itself is started again, ms. */
const SUPERVISED_MS = 300;
/** Until an operator has given a fenced cosigner a new store, ms. */
const READMITTED_MS = 400;

export interface MachineSurroundings {
  readonly queue: EventQueue;
  readonly network: Network;
  /** A new process of this machine's cosigner on a disk. */
  newProcess(
    machine: Machine,
    on: { readonly disk: Disk; readonly home: Home },
    ended: (process: CosignerProcess, silently: boolean) => void,
  ): CosignerProcess;
  newDisk(name: string): Disk;
  /** For a chain, what no cosigner and no node knows a higher height than. */
  floors(): readonly MarkRecord[];
}

export class Machine {
  readonly name: string;
  readonly disk: Disk;
  readonly home: Home;
  readonly clockRate: number;
  wallOffsetMs = 1_700_000_000_000;
  process: CosignerProcess | undefined;
  readonly #world: MachineSurroundings;
  #clone: CosignerProcess | undefined;
  #image: unknown;
  #downMs = SUPERVISED_MS;

  constructor(name: string, { disk, home }: { disk: Disk; home: Home }, clockRate: number, world: MachineSurroundings) {
    this.name = name;
    this.disk = disk;
    this.home = home;
    this.clockRate = clockRate;
    this.#world = world;
  }

  start(): void {
    if (this.process?.isUp) return;
    this.process = this.#world.newProcess(this, this, (process, silently) => {
      this.#world.network.remove(process, silently);
      const downMs = this.#downMs;
      this.#downMs = SUPERVISED_MS;
      if (process.isFenced) this.#world.queue.after(READMITTED_MS, () => this.#readmit(process));
      else this.#world.queue.after(downMs, () => this.start());
    });
  }

  kill(cause: 'killed' | 'without power', { afterEffects, forMs }: { afterEffects: number; forMs: number }): void {
    if (!this.process?.isUp) return;
    this.#downMs = forMs;
    this.process.kill(cause, afterEffects);
  }

  pauseFor(forMs: number): void {
    const { process } = this;
    process?.pause(true);
    this.#world.queue.after(forMs, () => process?.pause(false));
  }

  keepImage(): void {
    this.#image = this.disk.image();
  }

  /** An operator puts an old disk in. */
  restoreImage(forMs: number): void {
    if (this.#image === undefined) return;
    this.kill('killed', { afterEffects: 0, forMs });
    this.disk.restore(this.#image);
  }

  /** A second process with this identity, on a copy of the disk, for a while. */
  cloneFor(forMs: number): void {
    const image = this.disk.image();
    if (image === undefined || this.#clone !== undefined) return;
    const disk = this.#world.newDisk(`${this.name} (clone)`);
    disk.restore(image);
    this.#clone = this.#world.newProcess(this, { disk, home: this.home.copy() }, (process, silently) =>
      this.#world.network.remove(process, silently),
    );
    this.#world.queue.after(forMs, () => this.endClone());
  }

  endClone(): void {
    this.#clone?.kill('killed', 0);
    this.#clone = undefined;
  }

  /** As an operator does it: `members readmit`, with a floor at which nobody has signed above. */
  #readmit(fenced: CosignerProcess): void {
    if (this.process !== fenced) return;
    const marks = new Map(fenced.marks.map((mark) => [mark.chainId, mark]));
    for (const floor of this.#world.floors()) {
      const mark = marks.get(floor.chainId);
      if (mark === undefined || compareHrs(floor, mark) > 0) marks.set(floor.chainId, floor);
    }
    const epoch: Epoch = fenced.epoch ?? FIRST_EPOCH;
    this.disk.renew(newStoreRecords('readmitted', [...marks.values()], epoch));
    this.start();
  }

  /** All faults of this machine end. */
  heal(): void {
    Object.assign(this.disk.health, { slowMs: 0, failsNext: false, full: false, lies: false });
    this.endClone();
    this.process?.spare();
    this.process?.pause(false);
    if (this.process?.isFenced !== true) this.start();
  }
}
