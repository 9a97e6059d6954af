// A cosigner that lies: the fuzzer holds the files of one of three and is let in by the other two, whose frames it sends back altered,
// among others of its own making. It may cost them votes while it is there; it may not end them, have two things signed, or leave harm.

import { randomBytes } from 'node:crypto';
import { connect } from 'node:http2';
import { systemClock, TestNode } from '@quorumsign/privval';
import { Checker } from '../support/checker.mjs';
import { Cluster, sleep } from '../support/cluster.mjs';
import { blockOf } from '../support/validator.mjs';
import { liesOf } from './lies.mjs';
import { mutateBytes } from './mutate.mjs';
import { EXCHANGE, helloFields, identityOf, packet, peerPort } from './peer-target.mjs';
import { ownFaults } from './watch.mjs';
import { encode } from './wire.mjs';

const CHAIN = 'liar-1';
const HONEST = ['beta', 'gamma'];
const LIAR = 'alpha';
const PONG = 0x22;
const PING = 0x1a;
const FRAME = 0x12;
const PAUSE_MS = 25;
const POOL_MAX = 64;
const RECOVERY_MS = 20_000;

export async function planCosigner() {
  return { nodes: {}, close: () => {} };
}

export async function runCosigner(target, goesOn) {
  const node = new TestNode(
    // A vote that is lost is given up soon: the liar may cost some.
    { listen: 'tcp://127.0.0.1:0', chainId: CHAIN, retries: 1, connectionWaitMs: 1000, readTimeoutMs: 3000 },
    { clock: systemClock, randomBytes: (length) => Uint8Array.from(randomBytes(length)) },
  );
  await node.start();
  const cluster = await Cluster.create({ chainId: CHAIN, nodesOf: { beta: [node.address], gamma: [node.address] } });
  const checker = new Checker();
  const votes = { height: 0n, signed: 0, running: true };
  try {
    for (const name of HONEST) cluster.start(name);
    const ready = async () =>
      (await Promise.all(HONEST.map((name) => cluster.status(name)))).every((each) => each?.ready);
    await cluster.until(ready);
    const voting = vote(node, checker, votes);
    const bootId = randomBytes(16);
    const alive = () => HONEST.every((name) => cluster.processes.has(name));
    await Promise.all(HONEST.map((name) => lie(target, cluster, name, bootId, () => goesOn() && alive())));
    votes.running = false;
    await voting;
    const mustRecover = async (when) => {
      if (alive() && !(await recovers(node, checker, votes)))
        target.blame(target.cases, `no vote is signed within ${RECOVERY_MS} ms after ${when}`);
    };
    await mustRecover('the liar has gone');
    if (alive()) {
      // What it left on their disks is read now.
      for (const name of HONEST) {
        await cluster.kill(name);
        cluster.start(name);
      }
      await mustRecover('the restart of those that it lied to');
    }
    for (const name of HONEST.filter((each) => !cluster.processes.has(each)))
      target.blame(target.cases, `${name} ended: ${cluster.log(name).slice(-1500)}`);
    for (const each of checker.doubled) target.blame(target.cases, `A DOUBLE SIGNATURE at ${each}`);
    for (const name of HONEST)
      for (const line of ownFaults(cluster.log(name)).slice(0, 3)) target.blame(target.cases, line);
  } finally {
    await node.stop();
    await cluster.stop({ keep: target.wrong.length > 0 });
  }
  console.log(`cosigner: the two honest ones signed ${votes.signed} of ${votes.height} votes meanwhile`);
}

async function recovers(node, checker, votes) {
  const endMs = performance.now() + RECOVERY_MS;
  while (performance.now() < endMs) if ((await ask(node, checker, votes)) === 'signed') return true;
  return false;
}

async function vote(node, checker, votes) {
  while (votes.running) {
    await ask(node, checker, votes);
    await sleep(200);
  }
}

async function ask(node, checker, votes) {
  const height = ++votes.height;
  const block = blockOf(height);
  const answer = await node
    .signVote({ type: 'prevote', height, round: 0, blockId: block, timestamp: { seconds: 1_700_000_000n, nanos: 1 } })
    .catch(() => ({ kind: 'none' }));
  if (answer.kind !== 'signed') return answer.kind;
  votes.signed++;
  checker.add({
    height,
    round: 0,
    step: 'prevote',
    block: Buffer.from(block.hash).toString('hex'),
    signature: answer.signature,
  });
  return 'signed';
}

/** One connection after another with an honest cosigner. */
async function lie(target, cluster, name, bootId, goesOn) {
  const port = peerPort(cluster, name);
  const identity = { ...identityOf(cluster, LIAR), checkServerIdentity: () => undefined };
  while (goesOn()) {
    const session = connect(`https://127.0.0.1:${port}`, identity);
    session.on('error', () => {});
    const headers = { ':method': 'POST', ':path': EXCHANGE, 'content-type': 'application/grpc+proto', te: 'trailers' };
    const stream = session.request(headers);
    await converse(target, stream, bootId, goesOn);
    session.destroy();
    await target.pause();
  }
}

async function converse(target, stream, bootId, goesOn) {
  const pool = [];
  let open = true;
  let admitted = false;
  let received = Buffer.alloc(0);
  const send = (bytes) => {
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(bytes.length, 1);
    if (open) stream.write(Buffer.concat([prefix, bytes]));
  };
  stream.on('error', () => {});
  stream.on('close', () => {
    open = false;
  });
  stream.on('data', (bytes) => {
    received = Buffer.concat([received, bytes]);
    while (received.length >= 5 && received.length >= 5 + received.readUInt32BE(1)) {
      const found = received.subarray(5, 5 + received.readUInt32BE(1));
      received = received.subarray(5 + found.length);
      admitted = true;
      if (found[0] === PING) send(Buffer.concat([Buffer.of(PONG), found.subarray(1)]));
      if (found[0] === FRAME) pool.splice(0, pool.length >= POOL_MAX ? 1 : 0).length;
      if (found[0] === FRAME) pool.push(Buffer.from(found));
    }
  });
  send(packet('hello', encode(helloFields(CHAIN, LIAR, bootId))));
  while (open && goesOn()) {
    await sleep(PAUSE_MS);
    if (!admitted) continue;
    const { random } = target.next();
    const lies = random.weighted([
      [3, () => (pool.length === 0 ? packet('ping', random.bytes(9)) : random.pick(pool))],
      [6, () => (pool.length === 0 ? packet('frame', random.bytes(9)) : mutateFrame(random, random.pick(pool)))],
      [8, () => packet('frame', encode(liesOf(random, CHAIN, pool)))],
    ])();
    send(lies);
    target.count(open ? 'answer' : 'closed');
  }
}

/** Altered inside the packet, so that the frame arrives at all. */
function mutateFrame(random, bytes) {
  let start = 1;
  while (bytes[start] >= 0x80) start++;
  return packet('frame', mutateBytes(random, bytes.subarray(start + 1)));
}
