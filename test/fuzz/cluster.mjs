// A 2-of-3 cluster with a chain for each way in which a node and a signer meet, and one more for an honest node.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster, freePorts, root } from '../support/cluster.mjs';

export const CANARY = 'canary-1';
/** A noise:// node's identity; the signers pin it. */
export const NOISE_IDENTITY = Buffer.alloc(32, 77);
const program = join(root, 'packages', 'cli', 'bin', 'quorumsign.js');

/**
 * @param canary - the address of the honest node, dialled by all
 * @param nodes - by chain and cosigner name: entries of `chains[].nodes`
 */
export async function createFuzzedCluster(canary, nodes) {
  const cluster = await Cluster.create({ chainId: CANARY, nodes: [canary] });
  for (const [chainId, of] of Object.entries(nodes)) addChain(cluster, chainId, of);
  return cluster;
}

function addChain(cluster, chainId, of) {
  const out = join(cluster.directory, `shares-${chainId}`);
  must(cluster.run(cluster.names[0], 'keys', 'generate', '--chain-id', chainId, '--plaintext-shares', '--out', out));
  for (const name of cluster.names) {
    cpSync(join(out, name, 'shares'), join(cluster.home(name), 'shares'), { recursive: true });
    const entries = (of[name] ?? []).map((each) => `      - ${each}\n`).join('');
    const chain = `  - chainId: ${chainId}\n    nodes:${entries === '' ? ' []' : `\n${entries}`}\n`;
    const file = join(cluster.home(name), 'quorumsign.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^raft:/m, `${chain}raft:`));
  }
}

/** The group's public key of a chain, from the public part of a home. */
export function publicKeyOf(cluster, chainId) {
  const { groupKey } = JSON.parse(
    readFileSync(join(cluster.home(cluster.names[0]), 'shares', `${chainId}.json`), 'utf8'),
  );
  return Buffer.from(groupKey, 'base64');
}

/** Two authorities, the one of the nodes and a foreign one, with a certificate for the signer and one for a node from each. */
export function createCertificates() {
  const directory = mkdtempSync(join(tmpdir(), 'quorumsign-fuzz-'));
  for (const ca of ['ca', 'foreign-ca']) {
    const at = join(directory, ca);
    quorumsign('certs', 'node-ca', '--out', at);
    for (const side of ['signer', 'node']) {
      quorumsign('certs', 'issue', '--for', side, '--ca', at, '--san', '127.0.0.1', '--out', at);
    }
  }
  return {
    directory,
    path: (...parts) => join(directory, ...parts),
    read: (...parts) => readFileSync(join(directory, ...parts)),
  };
}

export { freePorts };

function quorumsign(...args) {
  must(spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' }));
}

function must({ status, stderr }) {
  if (status !== 0) throw new Error(`quorumsign ended with ${status}: ${stderr}`);
}
