/** Turns the flags of `cluster create` into a plan, or refuses them all at once with the reasons. */

import { formatListenAddress, parseListenAddress } from '@quorumsign/console';
import { thresholdProblem } from '../config/check-config.js';
import { isLoopback, type NodeConfig, nodeAddressProblem, nodeLabel } from '../config/node-entry.js';
import { COSIGNERS_MAX, chainIdText, cosignerName, hostPort } from '../config/schema.js';
import { usageError } from '../errors.js';
import type { ClusterPlan, CreateFlags, PlannedCosigner } from './create-options.js';
import { planListen, refuseClashes } from './plan-listen.js';
import { splitTarget } from './split-target.js';

/** Folder and file names of the output beside the homes. */
const RESERVED_NAMES = ['ca', 'readme.txt'];
const HTTP_DEFAULT = '127.0.0.1:7080';
const PORT_MAX = 65_535;

interface NamedAddress {
  readonly name: string;
  readonly address: string;
}

/** @throws CliError `USAGE` */
export function planCluster(flags: CreateFlags): ClusterPlan {
  const chainId = need(flags.chainId, '--chain-id ID');
  const badChainId = chainIdText.safeParse(chainId).error?.issues[0]?.message;
  if (badChainId !== undefined) throw usageError(`--chain-id: ${badChainId}`);
  const named = parseCosigners(flags.cosigner);
  const threshold = parseThreshold(need(flags.threshold, '--threshold T'), named.length);
  const names = named.map(({ name }) => name);
  const { listens, sources: nodeTls } = planListen(flags, names);
  const nodes = [...flags.node.map((text) => parseNode(text, names)), ...listens];
  const http = flags.http.map((text) => parseHttp(text, names));
  const cosigners = named.map(
    ({ name, address }, index): PlannedCosigner => ({
      name,
      id: index + 1,
      address,
      peerListen: peerListenOf(address),
      httpListen: httpListenOf(named, index, http),
      nodes: once(nodes.filter((each) => each.name === undefined || each.name === name).map(({ node }) => node)),
    }),
  );
  refuseClashes(cosigners);
  return { cluster: flags.cluster ?? chainId, chainId, threshold, cosigners, nodeTls };
}

function need(value: string | undefined, flag: string): string {
  if (value === undefined || value === '')
    throw usageError(`expected ${flag}, found none; see quorumsign cluster create --help`);
  return value;
}

function parseCosigners(flags: readonly string[]): NamedAddress[] {
  if (flags.length < 2 || flags.length > COSIGNERS_MAX) {
    throw usageError(`expected --cosigner NAME=HOST:PORT from 2 to ${COSIGNERS_MAX} times, found ${flags.length}`);
  }
  const cosigners = flags.map((text) => {
    const at = text.indexOf('=');
    const name = text.slice(0, Math.max(at, 0));
    const address = text.slice(at + 1);
    const valid = at > 0 && cosignerName.safeParse(name).success && hostPort.safeParse(address).success;
    if (!valid) throw usageError(`--cosigner: expected NAME=HOST:PORT, found ${JSON.stringify(text)}`);
    if (RESERVED_NAMES.includes(name.toLowerCase())) throw usageError(`--cosigner: expected a name other than ${name}`);
    return { name, address };
  });
  // Names become folders, and some file systems do not tell upper from lower case.
  refuseTwice(
    'name',
    cosigners.map(({ name }) => name.toLowerCase()),
  );
  refuseTwice(
    'address',
    cosigners.map(({ address }) => address),
  );
  return cosigners;
}

function refuseTwice(what: string, values: readonly string[]): void {
  const twice = values.find((value, at) => values.indexOf(value) !== at);
  if (twice !== undefined) throw usageError(`--cosigner: expected each ${what} once, found ${twice} twice`);
}

function parseThreshold(text: string, cosigners: number): number {
  const threshold = /^[0-9]{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(threshold)) throw usageError(`--threshold: expected a whole number, found ${JSON.stringify(text)}`);
  const problem = thresholdProblem(threshold, cosigners);
  if (problem !== undefined) throw usageError(`--threshold: ${problem}`);
  return threshold;
}

function parseNode(text: string, names: readonly string[]): { name: string | undefined; node: NodeConfig } {
  const { name, value } = splitTarget(text, names, '--node');
  const problem = nodeAddressProblem(value);
  if (problem !== undefined) throw usageError(`--node: ${problem}`);
  return { name, node: { kind: 'dial', address: value } };
}

/** A node that was named for all and for one is there once. */
function once(nodes: readonly NodeConfig[]): NodeConfig[] {
  return [...new Map(nodes.map((node) => [nodeLabel(node), node])).values()];
}

function parseHttp(text: string, names: readonly string[]): { name: string | undefined; address: string } {
  const { name, value } = splitTarget(text, names, '--http');
  if (!hostPort.safeParse(value).success)
    throw usageError(`--http: expected HOST:PORT, found ${JSON.stringify(value)}`);
  return { name, address: value };
}

/** All interfaces, since the address seen by others may be that of a translator; a loopback address stays what it is. */
function peerListenOf(address: string): string {
  const { host, port } = parseListenAddress(address);
  if (isLoopback(host)) return address;
  return formatListenAddress({ host: host.includes(':') ? '::' : '0.0.0.0', port });
}

/** Cosigners that share a host cannot share a port: each takes the next one. @throws CliError `USAGE` where there is no next one */
function httpListenOf(
  cosigners: readonly NamedAddress[],
  index: number,
  http: readonly { readonly name: string | undefined; readonly address: string }[],
): string {
  const own = cosigners[index];
  const named = http.find(({ name }) => name !== undefined && name === own?.name);
  if (named !== undefined) return named.address;
  const { host, port } = parseListenAddress(http.find(({ name }) => name === undefined)?.address ?? HTTP_DEFAULT);
  const hostOf = (cosigner: NamedAddress | undefined) => parseListenAddress(cosigner?.address ?? '').host;
  const onHost = (some: readonly NamedAddress[]) => some.filter((each) => hostOf(each) === hostOf(own)).length;
  const before = onHost(cosigners.slice(0, index));
  if (port + before > PORT_MAX) {
    throw usageError(
      `--http: the ports from ${port} on do not suffice for ${onHost(cosigners)} cosigners on one host; give a lower one, or one for each: --http NAME=HOST:PORT`,
    );
  }
  return formatListenAddress({ host, port: port + before });
}
