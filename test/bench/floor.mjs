// What no threshold signature can be below: one round trip on one gRPC stream with mutual TLS to another process, one synced write,
// one native Ed25519 signature and its verification, one after the other. No node, no protocol, no agreement.

import { fork } from 'node:child_process';
import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createGrpcTransport } from '@quorumsign/peer';
import { createClusterAuthority, issueCosignerCertificate } from '@quorumsign/pki';
import { createStore, openStore } from '@quorumsign/store';

const CLUSTER = 'bench';
/** About what an intent, its share request and its mark are. */
const FRAME_BYTES = 600;
const quiet = () => {};
const logger = { debug: quiet, info: quiet, warn: console.error, error: console.error };
const clock = {
  now: () => performance.now(),
  setTimer: (ms, fire) => {
    const timer = setTimeout(fire, ms);
    return () => clearTimeout(timer);
  },
};

function makeTransport(name, addressOfBeta, tls) {
  const members = [
    { name: 'alpha', address: '127.0.0.1:1' },
    { name: 'beta', address: addressOfBeta },
  ];
  const bootId = randomBytes(16).toString('hex');
  const options = { cluster: CLUSTER, name, bootId, members, listen: '127.0.0.1:0', tls };
  return createGrpcTransport(options, { clock, random: randomBytes, logger, date: () => new Date() });
}

/** The other process: sends every frame back. */
async function echo() {
  const tls = await new Promise((resolve) => process.once('message', resolve));
  const transport = makeTransport('beta', '127.0.0.1:1', tls);
  await transport.start({
    connected: quiet,
    disconnected: () => transport.stop().then(() => process.disconnect()),
    frame: (_connection, frame) => transport.send('alpha', frame),
  });
  process.send(transport.address());
}

/** @returns a function that runs the floor once, and one that ends it */
export async function startFloor() {
  const now = new Date();
  const authority = await createClusterAuthority({ cluster: CLUSTER, now });
  const issue = async (cosigner) => {
    const issued = await issueCosignerCertificate({ authority, cluster: CLUSTER, cosigner, now, days: 1 });
    return { caPem: authority.certificatePem, ...issued };
  };
  const child = fork(fileURLToPath(import.meta.url), ['echo']);
  child.send(await issue('beta'));
  const address = await new Promise((resolve) => child.once('message', resolve));
  const transport = makeTransport('alpha', address, await issue('alpha'));
  let arrived = quiet;
  await new Promise((resolve) => {
    transport.start({ connected: resolve, disconnected: quiet, frame: () => arrived() });
  });
  const directory = mkdtempSync(join(tmpdir(), 'quorumsign-floor-'));
  const identity = { cluster: CLUSTER, cosigner: 'alpha' };
  await createStore(join(directory, 'store'), identity, []);
  const log = await openStore(join(directory, 'store'), identity);
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const frame = randomBytes(FRAME_BYTES);
  return {
    async once() {
      const startMs = performance.now();
      const came = new Promise((resolve) => {
        arrived = resolve;
      });
      transport.send('beta', frame);
      await came;
      await log.append([{ type: 1, payload: frame }]);
      if (log.snapshotDue()) await log.snapshot([]);
      const signature = sign(null, frame, privateKey);
      if (!verify(null, frame, publicKey, signature)) throw new Error('expected a signature that verifies');
      return performance.now() - startMs;
    },
    async stop() {
      await transport.stop();
      await log.close();
      child.kill('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

if (process.argv[2] === 'echo' && fileURLToPath(import.meta.url) === process.argv[1]) await echo();
