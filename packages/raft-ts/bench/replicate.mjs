/**
 * Proposals to commits per second: three members in one process, messages handed over as they are, every write acknowledged at
 * once. It measures the core alone. Build first; then `node bench/replicate.mjs [--entries N] [--rounds N] [--trace]`.
 */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { createRaft } from '../dist/index.js';

const { values } = parseArgs({
  options: {
    entries: { type: 'string', default: '200000' },
    rounds: { type: 'string', default: '7' },
    trace: { type: 'boolean', default: false },
  },
});
const ENTRIES = Number(values.entries);
const ROUNDS = Number(values.rounds);
const ENTRY_BYTES = 100;
const COMPACT_EVERY = 4096n;
const NAMES = ['a', 'b', 'c'];
const FRESH = { hardState: { term: 0n, vote: undefined, commit: 0n }, entries: [], snapshot: undefined };
const NO_DATA = new Uint8Array(0);

class Cluster {
  constructor() {
    this.events = 0;
    this.queue = [];
    this.applied = new Map(NAMES.map((name) => [name, 0n]));
    this.members = new Map();
    const trace = () => {
      this.events += 1;
    };
    for (const [place, name] of NAMES.entries()) {
      const options = { name, members: NAMES, electionTicks: 10, heartbeatTicks: 1, random: (bound) => place % bound };
      this.members.set(name, createRaft(values.trace ? { ...options, trace } : options, FRESH));
    }
  }

  settle() {
    let busy = true;
    while (busy) {
      busy = false;
      for (const [name, raft] of this.members) {
        while (raft.hasReady()) {
          busy = true;
          const ready = raft.ready();
          this.queue.push(...ready.messages);
          if (ready.mustPersist) {
            raft.persisted(ready.ticket);
            this.queue.push(...ready.messagesAfterPersist);
          }
          const last = ready.committed.at(-1);
          if (last !== undefined) this.apply(name, raft, last.index);
        }
      }
      const messages = this.queue;
      this.queue = [];
      for (const message of messages) this.members.get(message.to).step(message);
      busy ||= messages.length > 0;
    }
  }

  apply(name, raft, index) {
    this.applied.set(name, index);
    if (index - raft.firstIndex > COMPACT_EVERY) raft.compact(index, NO_DATA);
  }
}

function measure(batch) {
  const cluster = new Cluster();
  const leader = cluster.members.get('a');
  leader.campaign();
  cluster.settle();
  const data = new Uint8Array(ENTRY_BYTES).fill(7);
  const startMs = performance.now();
  for (let done = 0; done < ENTRIES; done += batch) {
    for (let i = 0; i < batch; i += 1) {
      if (leader.propose(data).kind !== 'proposed') throw new Error('a proposal was dropped');
    }
    cluster.settle();
  }
  const seconds = (performance.now() - startMs) / 1000;
  for (const [name, index] of cluster.applied) {
    if (index < BigInt(ENTRIES)) throw new Error(`${name} applied ${index} of ${ENTRIES}`);
  }
  return ENTRIES / seconds;
}

for (const batch of [1, 16, 256]) {
  const rates = Array.from({ length: ROUNDS }, () => measure(batch)).sort((a, b) => a - b);
  const median = rates[Math.floor(ROUNDS / 2)];
  const best = rates.at(-1);
  console.log(
    `batch ${batch}: median ${Math.round(median).toLocaleString('en')} commits/s, best ${Math.round(best).toLocaleString('en')}`,
  );
}
