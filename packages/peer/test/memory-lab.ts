/** The same lab as `grpc-lab.ts`, over the in-memory network and a clock driven by hand. */

import { type MemoryPeerTransport, type MemoryTransportOptions, memoryNetwork } from '../src/index.js';
import { countingRandom, ManualClock, silentLogger } from './manual-clock.js';
import { Recorder } from './recorder.js';

const NAMES = ['alpha', 'beta', 'gamma'];

export class MemoryLab {
  readonly clock = new ManualClock();
  readonly random = countingRandom();
  readonly network = memoryNetwork({ clock: this.clock, random: this.random, logger: silentLogger });
  readonly #running = new Set<MemoryPeerTransport>();

  async start(name: string, change: Partial<MemoryTransportOptions> & { listen?: string } = {}) {
    const members = NAMES.map((each) => ({ name: each, address: 'memory:1' }));
    const bootId = Buffer.from(this.random(16)).toString('hex');
    const transport = this.network.transport({ cluster: 'lab', name, bootId, members, ...change });
    const events = new Recorder(this.clock.now.bind(this.clock));
    this.#running.add(transport);
    await transport.start(events);
    return {
      transport,
      events,
      lastError: (peer: string) => transport.status().find((status) => status.name === peer)?.lastError,
    };
  }

  settle<T>(promise: Promise<T>): Promise<T> {
    return this.clock.settle(promise);
  }

  turn(): Promise<void> {
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    await this.settle(Promise.all([...this.#running].map((transport) => transport.stop())));
    this.#running.clear();
  }
}
