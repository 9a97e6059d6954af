// A cosigner whose disk is put back to an older state, with real processes and files: it ends with exit code 3 and words that name the way
// out; readmitted, it signs again.

import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Checker } from '../support/checker.mjs';
import { Cluster } from '../support/cluster.mjs';
import { Validator } from '../support/validator.mjs';

const ENDS_WITHIN_MS = 20_000;
const checker = new Checker();
const validator = new Validator({ chainId: 'rollback-1', checker });
const cluster = await Cluster.create({ chainId: 'rollback-1', nodes: await validator.start() });
const problems = [];
let height = 0n;
const vote = async (count) => {
  for (let left = count; left > 0; left--) await validator.vote('precommit', ++height);
};
const ready = (name) => cluster.until(async () => (await cluster.status(name))?.ready === true);
const restartOn = async (name, change) => {
  await cluster.kill(name);
  change?.();
  return cluster.start(name);
};

try {
  await cluster.startAll();
  await vote(20);
  const leader = await cluster.leader();
  const [name, other] = cluster.names.filter((each) => each !== leader);
  const store = join(cluster.home(name), 'store');
  const image = join(cluster.directory, 'image');
  await restartOn(name, () => cpSync(store, image, { recursive: true }));
  await ready(name);
  await vote(20);
  // What the others remember goes to their disks with the next vote; that of this moment is the window.
  const child = await restartOn(name, () => {
    rmSync(store, { recursive: true });
    cpSync(image, store, { recursive: true });
  });
  await cluster.until(async () => child.ended !== undefined, ENDS_WITHIN_MS);
  const said =
    cluster
      .log(name)
      .split('\n')
      .find((line) => line.includes('FENCED')) ?? '';
  console.log(`${name} on an older disk ended with ${child.ended}: ${said.slice(0, 400)}`);
  if (child.ended !== '3') problems.push(`expected exit code 3, found ${child.ended}`);
  if (!said.includes(`members readmit ${name}`)) problems.push('the message does not name the way out');
  await vote(5);

  const refused = cluster.run(name, 'members', 'readmit', other, '--floor', String(height));
  if (refused.status !== 2) problems.push(`readmission under another name: expected 2, found ${refused.status}`);
  const readmitted = cluster.run(name, 'members', 'readmit', name, '--floor', String(height));
  console.log(readmitted.stdout.trim());
  if (readmitted.status !== 0) problems.push(`members readmit: ${readmitted.stderr}`);
  cluster.start(name);
  await ready(name);
  // Without the third cosigner every signature needs the one that is back.
  await cluster.kill(other);
  await vote(10);
  cluster.start(other);
  await ready(other);
  const { peers } = await cluster.status(leader);
  if (peers.some(({ fenced }) => fenced)) problems.push(`still refused: ${JSON.stringify(peers)}`);
} finally {
  await validator.stop();
  await cluster.stop();
}
const { asked, missed, refused, late } = validator;
console.log(
  `${asked} votes, ${missed.length} missed, ${refused.length} refused, ${late.length} asked again too late by the other sentry, ${checker.doubled.length} doubled`,
);
problems.push(...missed, ...refused, ...checker.doubled);
for (const each of problems) console.log(`!! ${each}`);
process.exitCode = problems.length === 0 ? 0 : 1;
