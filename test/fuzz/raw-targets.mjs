// The transports on which a cosigner dials a node: tcp, unix, noise://.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { peerIdOf } from '@quorumsign/privval';
import { NOISE_IDENTITY } from './cluster.mjs';
import { disturbNoise, disturbSecret } from './handshakes.mjs';
import { noiseLink, plainLink, secretLink } from './links.mjs';
import { PrivvalLane } from './privval-lane.mjs';

/** Addresses of each transport, so that pauses between dials overlap. */
const LANES = 4;
/** Our key, and our proof once the node's key has come. */
const SECRET_BYTES_MAX = 35 + 1044;
/** Message 1. */
const NOISE_BYTES_MAX = 34;

const TRANSPORTS = {
  tcp: {
    by: 'alpha',
    link: (stream) => secretLink(stream),
    disturb: disturbSecret,
    unsecuredBytesMax: SECRET_BYTES_MAX,
  },
  unix: { by: 'beta', link: plainLink },
  noise: {
    by: 'gamma',
    link: (stream) => noiseLink(stream, NOISE_IDENTITY),
    disturb: (stream, random) => disturbNoise(stream, random, NOISE_IDENTITY),
    unsecuredBytesMax: NOISE_BYTES_MAX,
  },
};

export const RAW_TARGETS = Object.keys(TRANSPORTS);

/** The servers of a transport's lanes, and the entries for the configuration of the cosigner that dials them. */
export async function planRaw(name) {
  const { by } = TRANSPORTS[name];
  if (name === 'unix') {
    const directory = mkdtempSync(join(tmpdir(), 'quorumsign-fuzz-'));
    const paths = Array.from({ length: LANES }, (_, at) => join(directory, `${at}.sock`));
    return {
      nodes: { [by]: paths.map((path) => `{ address: "unix://${path}" }`) },
      servers: await Promise.all(paths.map((path) => listening({ path }))),
      close: () => rmSync(directory, { recursive: true, force: true }),
    };
  }
  const servers = await Promise.all(Array.from({ length: LANES }, () => listening({ host: '127.0.0.1', port: 0 })));
  const prefix = name === 'noise' ? `noise://${peerIdOf(NOISE_IDENTITY)}@` : 'tcp://';
  const nodes = servers.map((server) => `{ address: "${prefix}127.0.0.1:${server.address().port}" }`);
  return { nodes: { [by]: nodes }, servers, close: () => {} };
}

/** Runs every lane until `goesOn` says no. */
export async function runRaw(target, { servers }, chainId, goesOn) {
  const lanes = servers.map((server) => new PrivvalLane(target, { ...TRANSPORTS[target.name], server, chainId }));
  for (const lane of lanes) lane.start();
  await Promise.all(lanes.map((lane) => lane.run(goesOn)));
  for (const lane of lanes) await lane.stop();
}

/** From the first moment, so that nobody else takes the port; who dials before the lane is there dials again. */
async function listening(address) {
  const server = createServer({ noDelay: true }, (socket) => socket.destroy());
  server.listen(address);
  await once(server, 'listening');
  return server;
}
