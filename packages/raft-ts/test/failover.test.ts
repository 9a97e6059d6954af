/**
 * The leader dies, every survivor notices and campaigns at once, messages and disk writes are done in random order, and no clock ticks:
 * how often is there a new leader? Pre-vote and vote, two round trips, have to do.
 */
import { describe, expect, it } from 'vitest';
import type { Message } from '../src/index.js';
import { emptyDisk, Member } from './member.js';
import { Prng } from './prng.js';

const RUNS = 300;

class Failover {
  readonly #random: Prng;
  readonly #members: Member[];
  readonly #network: Message[] = [];

  constructor(seed: number, size: number) {
    this.#random = new Prng(seed);
    const members = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].slice(0, size);
    const common = {
      members,
      electionTicks: 10,
      heartbeatTicks: 1,
      random: (bound: number) => this.#random.below(bound),
    };
    const send = (message: Message) => this.#network.push(message);
    this.#members = members.map((name) => new Member({ name, ...common }, emptyDisk(), send));
  }

  /** The term of the new leader, or undefined when everything came to rest without one. */
  run(): bigint | undefined {
    const first = this.#random.pick(this.#members);
    first.raft.campaign();
    this.#rest();
    // The last proposal reaches some of the survivors only.
    first.raft.propose(new Uint8Array(1));
    while (first.takeReady());
    first.crash();
    this.#network.splice(0, this.#network.length, ...this.#network.filter(() => this.#random.oneIn(2)));
    // What the connection brought before it was reset is there before the reset is noticed.
    this.#rest();
    for (const survivor of this.#members) {
      if (survivor === first) continue;
      survivor.raft.leaderLost(first.name);
      survivor.raft.campaign();
    }
    this.#rest();
    const second = this.#members.find((member) => member.isUp && member.raft.status().role === 'leader');
    return second?.raft.status().term;
  }

  #rest(): void {
    for (let actions = this.#possible(); actions.length > 0; actions = this.#possible()) this.#random.pick(actions)();
  }

  #possible(): (() => void)[] {
    const actions: (() => void)[] = [];
    for (const member of this.#members) {
      if (!member.isUp) continue;
      if (member.raft.hasReady()) actions.push(() => member.takeReady());
      if (member.unwritten.length > 0) actions.push(() => member.write());
    }
    for (const message of this.#network) actions.push(() => this.#deliver(message));
    return actions;
  }

  #deliver(message: Message): void {
    this.#network.splice(this.#network.indexOf(message), 1);
    const target = this.#members.find(({ name }) => name === message.to);
    if (target?.isUp === true) target.raft.step(message);
  }
}

describe('when the leader dies and all campaign in the same moment', () => {
  it.each([
    { size: 3, share: 1 },
    { size: 5, share: 0.95 },
    { size: 7, share: 0.95 },
  ])(
    '$size members have a leader of the next term without a tick, in at least $share of the cases',
    ({ size, share }) => {
      let elected = 0;
      for (let seed = 0; seed < RUNS; seed += 1) if (new Failover(seed, size).run() === 2n) elected += 1;
      expect(elected / RUNS).toBeGreaterThanOrEqual(share);
    },
  );
});
