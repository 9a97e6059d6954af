// The transports on which a cosigner dials a node: tcp, unix, noise://.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { peerIdOf } from '@quorumsign/privval';
import { freePorts, NOISE_IDENTITY } from './cluster.mjs';
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

/** Where the lanes of a transport listen: entries for the configuration of the cosigner that dials. */
export async function planRaw(name) {
  const { by } = TRANSPORTS[name];
  if (name === 'unix') {
    const directory = mkdtempSync(join(tmpdir(), 'quorumsign-fuzz-'));
    const paths = Array.from({ length: LANES }, (_, at) => join(directory, `${at}.sock`));
    return {
      nodes: { [by]: paths.map((path) => `{ address: "unix://${path}" }`) },
      listens: paths.map((path) => ({ path })),
      close: () => rmSync(directory, { recursive: true, force: true }),
    };
  }
  const ports = await freePorts(LANES);
  const prefix = name === 'noise' ? `noise://${peerIdOf(NOISE_IDENTITY)}@` : 'tcp://';
  return {
    nodes: { [by]: ports.map((port) => `{ address: "${prefix}127.0.0.1:${port}" }`) },
    listens: ports.map((port) => ({ host: '127.0.0.1', port })),
    close: () => {},
  };
}

/** Runs every lane until `goesOn` says no. */
export async function runRaw(target, { listens }, chainId, goesOn) {
  const lanes = listens.map((listen) => new PrivvalLane(target, { ...TRANSPORTS[target.name], listen, chainId }));
  for (const lane of lanes) await lane.start();
  await Promise.all(lanes.map((lane) => lane.run(goesOn)));
  for (const lane of lanes) await lane.stop();
}
