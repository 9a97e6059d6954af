/**
 * Drives the core: puts it together with what it may use of this machine, runs its inputs one at a time, writes what it
 * persists and calls for its curve work. Frames, answers and nodes are left to the caller.
 *
 * A failed write and an impossible state of the core are both fatal: nothing leaves a process whose memory and disk may differ.
 */

import { randomBytes, randomInt } from 'node:crypto';
import type { Frost } from '@quorumsign/frost';
import type { DurableLog } from '@quorumsign/store';
import { createRaft, formatTraceEvent } from 'raft-ts';
import { FIRST_EPOCH } from '../core/epochs/epoch-change.js';
import { EpochedCore } from '../core/epochs/epoched-core.js';
import type { EpochEffects, EpochedStatus } from '../core/epochs/epoched-types.js';
import { Inputs } from '../core/inputs.js';
import { type CoreRecord, foldRecords } from '../core/log-records.js';
import type { CoreDeps } from '../core/types.js';
import type { CosignerConfig } from './config.js';
import { hashes } from './hashes.js';

/** Between two ticks of the core. */
export const TICK_MS = 10;

export interface CoreDriverDeps {
  readonly frost: Frost;
  readonly log: DurableLog;
  readonly verify: CoreDeps['verify'];
  readonly effects: Omit<EpochEffects, 'persist' | 'wantCompute' | 'stopForSafety'>;
  readonly raftTrace: ((line: string) => void) | undefined;
  /** Told once; no input runs after it. */
  fatal(error: unknown): void;
}

export class CoreDriver {
  readonly #log: DurableLog;
  readonly #core: EpochedCore;
  readonly #inputs: Inputs;
  readonly #fatal: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #computeAsked = false;
  #snapshotUnderWay = false;
  #failed = false;

  constructor(config: CosignerConfig, { frost, log, verify, effects, raftTrace, fatal }: CoreDriverDeps) {
    this.#log = log;
    this.#fatal = fatal;
    this.#inputs = new Inputs((error) => this.#fail(error));
    const { members, threshold, chains } = config;
    this.#core = new EpochedCore(
      {
        cluster: config.cluster,
        name: config.cosigner,
        sharings: [{ epoch: FIRST_EPOCH, members, threshold, chains }],
        policies: new Map(chains.map(({ chainId, limits, rawBytes }) => [chainId, { limits, rawBytes }])),
        deadlineMs: config.deadlineMs,
        tickMs: TICK_MS,
        heartbeatMs: config.heartbeatMs,
        electionMs: config.electionMs,
      },
      {
        frost,
        createRaft: raftTrace === undefined ? createRaft : tracedRaft(raftTrace),
        verify,
        ...hashes,
        store: {
          id: Buffer.from(log.recovered.position.storeId, 'hex'),
          recovered: log.recovered.position.batches,
          batches: () => log.position().batches,
        },
        bootId: randomBytes(16),
        randomBytes: (length) => randomBytes(length),
        randomInteger: (bound) => (bound <= 1 ? 0 : randomInt(bound)),
        monotonicMs: () => performance.now(),
        wallMs: () => Date.now(),
        effects: {
          ...effects,
          persist: (ticket, records) => this.#persist(ticket, records),
          wantCompute: () => this.#wantCompute(),
          stopForSafety: (reason) => this.#fail(new Error(reason)),
        },
      },
      foldRecords(log.recovered.records),
    );
  }

  /** Runs an input now, or, where an effect calls this in the middle of one, after it. Never after a fatal error. */
  input(run: (core: EpochedCore) => void): void {
    this.#inputs.run(() => run(this.#core));
  }

  status(): EpochedStatus {
    return this.#core.status();
  }

  startTicks(): void {
    this.#timer = setInterval(() => this.input((core) => core.tick()), TICK_MS);
  }

  stopTicks(): void {
    clearInterval(this.#timer);
  }

  #persist(ticket: bigint, records: readonly CoreRecord[]): void {
    this.#log.append(records).then(
      () => this.input((core) => core.persisted(ticket)),
      (error: unknown) => this.#fail(error),
    );
    if (this.#snapshotUnderWay || !this.#log.snapshotDue()) return;
    this.#snapshotUnderWay = true;
    this.#log.snapshot(this.#core.dump()).then(
      () => {
        this.#snapshotUnderWay = false;
      },
      (error: unknown) => this.#fail(error),
    );
  }

  /** After what was sent has left: the curve work then overlaps with the peers' and with the disk. */
  #wantCompute(): void {
    if (this.#computeAsked) return;
    this.#computeAsked = true;
    // Two turns: HTTP/2 writes its frames in the first.
    setImmediate(() =>
      setImmediate(() => {
        this.#computeAsked = false;
        this.input((core) => core.compute());
      }),
    );
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#inputs.end();
    this.stopTicks();
    this.#fatal(error);
  }
}

function tracedRaft(take: (line: string) => void): CoreDeps['createRaft'] {
  return (options, restored) => createRaft({ ...options, trace: (event) => take(formatTraceEvent(event)) }, restored);
}
