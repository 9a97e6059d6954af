/** What a simulated cosigner process is made of, and what is around it. */

import type { ChainPolicy, RaftFactory } from '@quorumsign/cosigner/core';
import type { Frost } from '@quorumsign/frost';
import type { CosignerProcess } from './cosigner-process.js';
import type { Disk } from './disk.js';
import type { EventQueue } from './event-queue.js';
import type { Tell } from './happenings.js';
import type { Home } from './home.js';
import type { Network } from './network.js';
import type { Random } from './random.js';

export interface ProcessOptions {
  readonly key: string;
  readonly name: string;
  readonly home: Home;
  readonly policies: ReadonlyMap<string, ChainPolicy>;
  readonly frost: Frost;
  readonly verify: (groupKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
  readonly createRaft: RaftFactory;
  /** Seconds of this machine for one second of the world. */
  readonly clockRate: number;
  /** Wall time at the world's zero, by this machine's clock; may jump. */
  readonly wallMs: () => number;
  /** What a frame becomes on its way out; a liar's own. */
  readonly outgoing: (peer: string, frame: Uint8Array) => readonly Uint8Array[];
}

export interface ProcessSurroundings {
  readonly queue: EventQueue;
  readonly network: Network;
  readonly disk: Disk;
  readonly random: Random;
  readonly tell: Tell;
  /** The process has ended; `silently`: with its machine. */
  ended(process: CosignerProcess, silently: boolean): void;
}
