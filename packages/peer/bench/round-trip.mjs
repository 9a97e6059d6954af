/**
 * Round trip of one frame between two processes over loopback: p50 and p99, one frame at a time, as the signing path uses
 * it; and frames a second with 64 under way. Needs the packages built.
 *
 * Run: node packages/peer/bench/round-trip.mjs [frames] [frameBytes]
 */

import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { createGrpcTransport } from '@quorumsign/peer';
import { createClusterAuthority, issueCosignerCertificate } from '@quorumsign/pki';

const clock = {
  now: () => performance.now(),
  setTimer(ms, fire) {
    const timer = setTimeout(fire, ms);
    return () => clearTimeout(timer);
  },
};
const quiet = () => {};
const logger = { debug: quiet, info: quiet, warn: console.error, error: console.error };

function makeTransport(name, address, tls) {
  const members = [
    { name: 'alpha', address: '127.0.0.1:1' },
    { name: 'beta', address },
  ];
  const listen = name === 'beta' ? '127.0.0.1:0' : '127.0.0.1:0';
  const options = { cluster: 'bench', name, bootId: randomBytes(16).toString('hex'), members, listen, tls };
  return createGrpcTransport(options, { clock, random: randomBytes, logger, date: () => new Date() });
}

async function echo() {
  const tls = await new Promise((resolve) => process.once('message', resolve));
  const transport = makeTransport('beta', '127.0.0.1:1', tls);
  await transport.start({
    connected: quiet,
    disconnected: () => transport.stop().then(() => process.disconnect()),
    frame: (_, frame) => transport.send('alpha', frame),
  });
  process.send(transport.address());
}

function quantile(sorted, part) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

async function measure(frames, frameBytes) {
  const authority = await createClusterAuthority({ cluster: 'bench', now: new Date() });
  const issue = async (cosigner) => {
    const issued = await issueCosignerCertificate({ authority, cluster: 'bench', cosigner, now: new Date(), days: 1 });
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
  const frame = randomBytes(frameBytes);

  const roundTrips = async (count) => {
    const took = [];
    for (let index = 0; index < count; index++) {
      const sent = performance.now();
      await new Promise((resolve) => {
        arrived = resolve;
        transport.send('beta', frame);
      });
      took.push(performance.now() - sent);
    }
    return took.sort((a, b) => a - b);
  };
  const pipelined = async (count, window) => {
    const began = performance.now();
    let sent = 0;
    let received = 0;
    await new Promise((resolve) => {
      arrived = () => {
        received += 1;
        if (received === count) resolve();
        else if (sent < count) sent += Number(transport.send('beta', frame));
      };
      while (sent < window) sent += Number(transport.send('beta', frame));
    });
    return count / ((performance.now() - began) / 1000);
  };

  await roundTrips(2000);
  const took = await roundTrips(frames);
  const [p50, p90, p99, max] = [quantile(took, 0.5), quantile(took, 0.9), quantile(took, 0.99), took.at(-1)];
  const rate = await pipelined(frames, 64);
  const text = (ms) => `${(ms * 1000).toFixed(0)} µs`;
  console.log(
    `${frames} round trips of ${frameBytes} bytes: p50 ${text(p50)}, p90 ${text(p90)}, p99 ${text(p99)}, max ${text(max)}`,
  );
  console.log(`64 under way: ${rate.toFixed(0)} round trips a second`);
  await transport.stop();
}

if (process.argv[2] === 'echo') await echo();
else await measure(Number(process.argv[2] ?? 10_000), Number(process.argv[3] ?? 500));
