// A validator with two sentries: each height is a proposal now and then, a prevote and a precommit, asked by both sentries.

import { createHash, randomBytes } from 'node:crypto';
import { systemClock, TestNode } from '@quorumsign/privval';

/** A vote that no sentry has within this is missed. */
export const MISSED_MS = 1000;

export function blockOf(seed) {
  const hash = (text) => Uint8Array.from(createHash('sha256').update(text).digest());
  return { hash: hash(`block ${seed}`), partSetTotal: 1, partSetHash: hash(`parts ${seed}`) };
}

export class Validator {
  constructor({ chainId, sentries = 2, checker, readTimeoutMs = 5000 }) {
    this.checker = checker;
    this.asked = 0;
    this.missed = [];
    this.refused = [];
    /** Of a sentry that asked again after the validator had gone on; see `#isLate`. */
    this.late = [];
    /** Of the last that was asked for; see `positionOf`. */
    this.latest = 0n;
    this.latencies = [];
    this.lastSignedMs = undefined;
    this.longestGapMs = 0;
    this.nodes = Array.from(
      { length: sentries },
      () =>
        new TestNode(
          { listen: 'tcp://127.0.0.1:0', chainId, retries: 50, readTimeoutMs },
          { clock: systemClock, randomBytes: (length) => Uint8Array.from(randomBytes(length)) },
        ),
    );
  }

  async start() {
    for (const node of this.nodes) await node.start();
    return this.nodes.map((node) => node.address);
  }

  async stop() {
    for (const node of this.nodes) await node.stop();
  }

  /** One vote, asked by every sentry at once; missed when none has it in time. */
  async vote(type, height, block = blockOf(height)) {
    return this.#ask(type, height, block, (node, timestamp) =>
      node.signVote({ type, height, round: 0, blockId: block, timestamp }),
    );
  }

  async propose(height, block = blockOf(height)) {
    return this.#ask('proposal', height, block, (node, timestamp) =>
      node.signProposal({ height, round: 0, polRound: -1, blockId: block, timestamp }),
    );
  }

  /** What one sentry is told; not counted. */
  async proposeAt(sentry, height, block) {
    const timestamp = now();
    const answer = await this.nodes[sentry].signProposal({ height, round: 0, polRound: -1, blockId: block, timestamp });
    this.#note('proposal', height, block, answer);
    return answer;
  }

  /**
   * A sentry whose signer stopped asks again after a pause, as a node does. Where the other has had the vote and the validator has
   * gone on meanwhile, the rule demands a refusal, and nothing but it.
   */
  #isLate(position, { description }, hasVote) {
    return hasVote && position < this.latest && /^(height|step)-regression: last signed /.test(description);
  }

  #note(step, height, block, answer) {
    if (answer.kind !== 'signed') return;
    this.checker.add({
      height,
      round: 0,
      step,
      block: Buffer.from(block.hash).toString('hex'),
      signature: answer.signature,
    });
  }

  async #ask(step, height, block, request) {
    this.asked++;
    const position = positionOf(height, step);
    if (position > this.latest) this.latest = position;
    let hasVote = false;
    const startMs = performance.now();
    const timestamp = now();
    const asked = this.nodes.map(async (node) => {
      const answer = await request(node, timestamp);
      this.#note(step, height, block, answer);
      if (answer.kind === 'refused') {
        const words = `${step} ${height}: ${answer.description}`;
        (this.#isLate(position, answer, hasVote) ? this.late : this.refused).push(words);
        throw new Error(answer.description);
      }
      hasVote = true;
      return answer;
    });
    // A sentry that is still waiting when the other has the vote ends by itself, within its own timeouts.
    const late = new Promise((_resolve, reject) =>
      setTimeout(() => reject(new Error(`nothing within ${MISSED_MS} ms`)), MISSED_MS).unref(),
    );
    const settled = Promise.allSettled(asked);
    try {
      await Promise.race([Promise.any(asked), late]);
    } catch (error) {
      this.missed.push(
        `${step} ${height}: ${error instanceof AggregateError ? error.errors.map(String).join('; ') : error.message}`,
      );
      await settled;
      return undefined;
    }
    const endMs = performance.now();
    this.latencies.push(endMs - startMs);
    if (this.lastSignedMs !== undefined) this.longestGapMs = Math.max(this.longestGapMs, endMs - this.lastSignedMs);
    this.lastSignedMs = endMs;
    this.pending = settled;
    return endMs - startMs;
  }
}

/** Height and step as one number that only grows; rounds are all 0. */
function positionOf(height, step) {
  return BigInt(height) * 4n + BigInt(['proposal', 'prevote', 'precommit'].indexOf(step));
}

function now() {
  const ms = Date.now();
  return { seconds: BigInt(Math.floor(ms / 1000)), nanos: (ms % 1000) * 1_000_000 };
}
