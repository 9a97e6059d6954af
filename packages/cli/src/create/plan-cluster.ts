/** Turns the flags of `cluster create` into a plan, or refuses them all at once with the reasons. */

import { formatListenAddress, parseListenAddress } from '@quorumsign/console';
import { thresholdProblem } from '../config/check-config.js';
import { COSIGNERS_MAX, chainIdText, cosignerName, hostPort, nodeAddressProblem } from '../config/schema.js';
import { CliError, usageError } from '../errors.js';
import type { ClusterPlan, CreateFlags, PlannedCosigner } from './create-options.js';

/** Folder and file names of the output beside the homes. */
const RESERVED_NAMES = ['ca', 'readme.txt'];
const HTTP_DEFAULT = '127.0.0.1:7080';

interface NamedAddress {
  readonly name: string;
  readonly address: string;
}

/** @throws CliError `USAGE`, `NOT_IN_THIS_VERSION` */
export function planCluster(flags: CreateFlags): ClusterPlan {
  if (flags.listen.length > 0) {
    const instead = 'let the node listen (priv_validator_laddr) and give --node tcp://HOST:PORT or unix:///PATH';
    throw new CliError({ code: 'NOT_IN_THIS_VERSION', what: '--listen (nodes that dial over gRPC)', instead });
  }
  const chainId = need(flags.chainId, '--chain-id ID');
  const badChainId = chainIdText.safeParse(chainId).error?.issues[0]?.message;
  if (badChainId !== undefined) throw usageError(`--chain-id: ${badChainId}`);
  const named = parseCosigners(flags.cosigner);
  const threshold = parseThreshold(need(flags.threshold, '--threshold T'), named.length);
  const names = named.map(({ name }) => name);
  const nodes = flags.node.map((text) => parseNode(text, names));
  const http = flags.http.map((text) => parseHttp(text, names));
  const cosigners = named.map(
    ({ name, address }, index): PlannedCosigner => ({
      name,
      id: index + 1,
      address,
      peerListen: peerListenOf(address),
      httpListen: httpListenOf(named, index, http),
      nodes: [
        ...new Set(nodes.filter((node) => node.name === undefined || node.name === name).map(({ address }) => address)),
      ],
    }),
  );
  return { cluster: flags.cluster ?? chainId, chainId, threshold, cosigners };
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

/** `VALUE` is for all, `NAME=VALUE` for one. */
function splitTarget(
  text: string,
  names: readonly string[],
  flag: string,
): { name: string | undefined; value: string } {
  const match = /^([A-Za-z0-9._-]+)=(.*)$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return { name: undefined, value: text };
  if (names.includes(match[1])) return { name: match[1], value: match[2] };
  throw usageError(`${flag}: expected one of the cosigners (${names.join(', ')}) before "=", found ${match[1]}`);
}

function parseNode(text: string, names: readonly string[]): { name: string | undefined; address: string } {
  const { name, value } = splitTarget(text, names, '--node');
  const problem = nodeAddressProblem(value);
  if (problem !== undefined) throw usageError(`--node: ${problem}`);
  return { name, address: value };
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
  const loopback = host === 'localhost' || host === '::1' || /^127\./.test(host);
  if (loopback) return address;
  return formatListenAddress({ host: host.includes(':') ? '::' : '0.0.0.0', port });
}

/** Cosigners that share a host cannot share a port: each takes the next one. */
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
  const before = cosigners.slice(0, index).filter((each) => hostOf(each) === hostOf(own)).length;
  return formatListenAddress({ host, port: port + before });
}
