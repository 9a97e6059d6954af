// What must not change while the cluster is fuzzed: an honest node is answered all the time, and no log says what only a bug of ours
// would make it say.

import { percentile } from '../support/checker.mjs';
import { sleep } from '../support/cluster.mjs';
import { blockOf } from '../support/validator.mjs';

const EVERY_MS = 200;
export const ANSWER_MS_MAX = 1000;
/** Codes and words that only a bug of ours puts into a log. */
const OURS =
  /uncaughtException|unhandledRejection|BACKEND_OUTCOME_INVALID|REPLY_TOO_LARGE|impossible|"level":"(error|fatal)"/;

/**
 * Errors that are no fault: nothing signed in time, which the honest node measures, and a lie of a peer that was seen through. Of refused
 * peers only those that told what cannot be: no peer here is on an older disk.
 */
const NO_FAULT =
  /"msg":"(gave up|bad frame)"|"reason":"its position is none that a cosigner tells","msg":"peer refused"/;

/** A vote every 200 ms on a chain and a connection of its own. */
export class Canary {
  latencies = [];
  wrong = [];
  #height = 0n;
  #running = true;
  #done;

  constructor(node) {
    this.node = node;
  }

  start() {
    this.#done = this.#run();
  }

  async stop() {
    this.#running = false;
    await this.#done;
  }

  async #run() {
    while (this.#running) {
      const startMs = performance.now();
      await this.#ask();
      const tookMs = performance.now() - startMs;
      this.latencies.push(tookMs);
      if (tookMs > ANSWER_MS_MAX) this.wrong.push(`height ${this.#height}: ${tookMs.toFixed(0)} ms`);
      await sleep(Math.max(0, EVERY_MS - tookMs));
    }
  }

  async #ask() {
    const height = ++this.#height;
    const timestamp = { seconds: 1_700_000_000n + height, nanos: 1 };
    try {
      const answer = await this.node.signVote({
        type: 'prevote',
        height,
        round: 0,
        blockId: blockOf(height),
        timestamp,
      });
      if (answer.kind !== 'signed') this.wrong.push(`height ${height}: ${answer.description}`);
    } catch (error) {
      this.wrong.push(`height ${height}: ${error.message}`);
    }
  }

  summary() {
    const at = (share) => `${percentile(this.latencies, share).toFixed(1)} ms`;
    return `${this.latencies.length} votes, p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)}`;
  }
}

/** Lines of a log that only a bug of ours writes. */
export function ownFaults(log) {
  return log.split('\n').filter((line) => OURS.test(line) && !NO_FAULT.test(line));
}
