/**
 * A whole cluster in memory, at start, with a key of its own making: JavaScript and WebAssembly are compiled before the first
 * vote, and a follower has led before the day it must. Nothing of the cosigner's own is used: no share, disk, or network.
 */

import { randomBytes } from 'node:crypto';
import type { Frost } from '@quorumsign/frost';
import { encodeVoteSignBytes } from '@quorumsign/sign-state';
import { createRaft } from 'raft-ts';
import { CosignerCore } from '../core/core.js';
import { FIRST_EPOCH } from '../core/epochs/epoch-change.js';
import { DEFAULT_LIMITS } from '../core/limits.js';
import { foldRecords } from '../core/log-records.js';
import type { CoreDeps } from '../core/types.js';
import { hashes } from './hashes.js';

const CHAIN = 'warm-up';
const VOTES = 400;
/** A slow machine starts all the same, less warm. */
const WARM_UP_MS_MAX = 2000;
const TICK_MS = 10;
const ELECTION_MS = 300;
const STEPS_PER_VOTE_MAX = 10_000;

export interface WarmUpOptions {
  readonly threshold: number;
  readonly members: number;
  readonly verify: CoreDeps['verify'];
  /** Milliseconds, for the bound alone: the cluster has a clock of its own. */
  readonly nowMs: () => number;
}

/** @returns how many votes were signed */
export function warmUp(frost: Frost, options: WarmUpOptions): number {
  const cluster = new WarmUpCluster(frost, options);
  const endMs = options.nowMs() + WARM_UP_MS_MAX;
  let signed = 0;
  while (signed < VOTES && options.nowMs() < endMs && cluster.sign(BigInt(signed + 1))) signed++;
  cluster.destroy();
  return signed;
}

class WarmUpCluster {
  readonly #names: string[];
  readonly #cores = new Map<string, CosignerCore>();
  readonly #queue: (() => void)[] = [];
  readonly #destroy: () => void;
  #nowMs = 0;

  constructor(frost: Frost, { threshold, members, verify }: WarmUpOptions) {
    const identifiers = Array.from({ length: members }, (_, at) => at + 1);
    this.#names = identifiers.map(String);
    const secret = frost.randomSecret(random);
    const { group, shares } = frost.deal({ secret, threshold, identifiers, epoch: 1, random });
    secret.fill(0);
    this.#destroy = () => {
      for (const share of shares) share.destroy();
    };
    for (const share of shares) {
      const name = String(share.identifier);
      const later = (run: (core: CosignerCore) => void) => this.#later(name, run);
      const core = new CosignerCore(
        {
          name,
          epoch: FIRST_EPOCH,
          members: identifiers.map((identifier) => ({ name: String(identifier), identifier })),
          threshold,
          chains: [{ chainId: CHAIN, group, share, limits: DEFAULT_LIMITS, rawBytes: {} }],
          deadlineMs: 60_000,
          tickMs: TICK_MS,
          heartbeatMs: 50,
          electionMs: ELECTION_MS,
        },
        {
          frost,
          createRaft,
          verify,
          ...hashes,
          store: { id: random(16), recovered: 0n, batches: () => 0n },
          bootId: random(16),
          randomBytes: random,
          randomInteger: (bound) => share.identifier % Math.max(1, bound),
          monotonicMs: () => this.#nowMs,
          wallMs: () => this.#nowMs,
          effects: {
            persist: (ticket) => later((each) => each.persisted(ticket)),
            send: (peer, frame) => {
              this.#later(peer, (each) => each.frameReceived({ peer: name, connectionId: linkOf(name, peer) }, frame));
              return true;
            },
            wantCompute: () => later((each) => each.compute()),
            giveUpNodes: () => {},
            stopForSafety: () => {},
            event: () => {},
          },
        },
        foldRecords([]),
      );
      this.#cores.set(name, core);
    }
    for (const name of this.#names) {
      for (const peer of this.#names) {
        if (peer === name) continue;
        this.#later(name, (core) => core.peerConnected({ peer, connectionId: linkOf(name, peer) }));
      }
    }
  }

  /** One vote, asked of each cosigner in turn. @returns false when it was not answered within the bound */
  sign(height: bigint): boolean {
    const name = this.#names[Number(height) % this.#names.length] ?? '';
    const hash = new Uint8Array(32).fill(Number(height & 0xffn));
    const blockId = { hash, partSetTotal: 1, partSetHash: hash };
    const timestamp = { seconds: height, nanos: 1 };
    const vote = encodeVoteSignBytes({ type: 'prevote', height, round: 0, blockId, timestamp, chainId: CHAIN });
    let isAnswered = false;
    this.#cores.get(name)?.sign(vote, undefined, () => {
      isAnswered = true;
    });
    for (let step = 0; step < STEPS_PER_VOTE_MAX && !isAnswered; step++) this.#step();
    return isAnswered;
  }

  destroy(): void {
    // What was prepared of the others' nonces lies in the memory of the arithmetic, which all share.
    for (const [name, core] of this.#cores) {
      for (const peer of this.#names) {
        if (peer !== name) core.peerDisconnected({ peer, connectionId: linkOf(name, peer) });
      }
    }
    this.#destroy();
  }

  #later(name: string, run: (core: CosignerCore) => void): void {
    const core = () => this.#cores.get(name);
    this.#queue.push(() => {
      const found = core();
      if (found !== undefined) run(found);
    });
  }

  /** What is due, or else time goes on. */
  #step(): void {
    const next = this.#queue.shift();
    if (next !== undefined) {
      next();
      return;
    }
    this.#nowMs += TICK_MS;
    for (const core of this.#cores.values()) core.tick();
  }
}

function random(length: number): Uint8Array {
  return randomBytes(length);
}

function linkOf(a: string, b: string): string {
  return a < b ? `${a}-${b}` : `${b}-${a}`;
}
