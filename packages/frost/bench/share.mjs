// What a signer computes between the message and its share: `node packages/frost/bench/share.mjs [--seconds N] [--dist FOLDER]`.
//
// Hot: in a loop. Paced: one call every 20 ms with memory and code of others in between, which is how a validator lives; the
// caches are cold then, and it is the paced figures that count. --dist measures another build of this package.

import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '6' }, dist: { type: 'string', default: '' } },
});
const folder = values.dist === '' ? new URL('../dist/', import.meta.url) : pathToFileURL(`${resolve(values.dist)}/`);
const { loadFrost } = await import(new URL('index.js', folder).href);

const PACE_MS = 20;
const HOT_CALLS = 2000;
const WARM_UP_CALLS = 600;
const pacedCalls = Math.floor((Number(values.seconds) * 1000) / PACE_MS);
const random = (length) => Uint8Array.from(randomBytes(length));
const frost = await loadFrost();

function quantile(sorted, q) {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

function report(name, figures) {
  const sorted = [...figures].sort((a, b) => a - b);
  const cells = [0.5, 0.99].map((q) => quantile(sorted, q).toFixed(1).padStart(8));
  console.log(`${name.padEnd(44)} p50${cells[0]} µs   p99${cells[1]} µs`);
}

function timed(call) {
  const from = process.hrtime.bigint();
  call();
  return Number(process.hrtime.bigint() - from) / 1000;
}

/** A group, and sessions of its lowest signers; `prepared`: whose commitments are. */
function scenario(threshold, members, prepared) {
  const identifiers = Array.from({ length: members }, (_, at) => at + 1);
  const secret = frost.randomSecret(random);
  const { group, shares } = frost.deal({ secret, threshold, identifiers, epoch: 1, random });
  const [own] = shares;
  return () => {
    const pairs = shares.slice(0, threshold).map((share) => frost.generateNonces(share, random));
    const kept = [];
    const commitments = pairs.map((pair, at) => {
      const wanted = prepared === 'all' || (prepared === 'peers' && at > 0);
      const commitment = wanted ? frost.prepareCommitment(pair.commitment) : pair.commitment;
      if (wanted) kept.push(commitment);
      return { identifier: at + 1, commitment };
    });
    const session = frost.openSession(group, commitments);
    const message = random(122);
    return {
      call: () => session.bind(message).signShare(own, pairs[0]),
      done: () => {
        for (const each of kept) each.release();
      },
    };
  };
}

function run({ call, done }) {
  const time = timed(call);
  done();
  return time;
}

/** 8 MiB of other people's data. */
const others = new Float64Array(1 << 20).map((_, at) => at);
let sink = 0;
const evict = () => {
  for (let at = 0; at < others.length; at += 4) sink += others[at];
};

async function paced(next) {
  const figures = [];
  for (let at = 0; at < pacedCalls; at++) {
    // A commitment is prepared some calls before it is needed, and others come between.
    const ready = next();
    evict();
    await new Promise((done) => setTimeout(done, PACE_MS));
    figures.push(run(ready));
  }
  return figures;
}

const kinds = frost.prepareCommitment === undefined ? ['none'] : ['none', 'peers', 'all'];
for (const [threshold, members] of [
  [2, 3],
  [3, 5],
]) {
  for (const prepared of kinds) {
    const next = scenario(threshold, members, prepared);
    for (let at = 0; at < WARM_UP_CALLS; at++) run(next());
    report(
      `${threshold}/${members} prepared: ${prepared}, hot`,
      Array.from({ length: HOT_CALLS }, () => run(next())),
    );
    report(`${threshold}/${members} prepared: ${prepared}, paced`, await paced(next));
  }
}
if (sink < 0) throw new Error('impossible');
