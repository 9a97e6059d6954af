/**
 * Nodes that dial: `--listen` with its TLS flags. Without `--tls` a loopback address is served in plain text and any other refused:
 * whoever reached the port would get signatures.
 */

import { type ListenAddress, parseListenAddress } from '@quorumsign/console';
import {
  grpcListenProblem,
  isLoopback,
  type NodeConfig,
  type NodeTlsConfig,
  parseGrpcListen,
  TLS_MODES,
} from '../config/node-entry.js';
import { isSameSocket } from '../config/same-socket.js';
import { usageError } from '../errors.js';
import type { CreateFlags, NodeTlsSources, PlannedCosigner } from './create-options.js';
import { splitTarget } from './split-target.js';

/** Names in a home's `tls/`; the cosigner's own are ca.pem, cert.pem and key.pem. */
export const NODE_TLS_FILES = { certificate: 'node.pem', key: 'node-key.pem', clientCa: 'node-ca.pem' } as const;

type TlsFlags = Pick<CreateFlags, 'tls' | 'tlsCertificate' | 'tlsKey' | 'tlsClientCa'>;

/** One `--listen`: for all cosigners, or for the one named. */
export interface PlannedListen {
  readonly name: string | undefined;
  readonly node: NodeConfig;
}

/** @throws CliError `USAGE` */
export function planListen(
  flags: TlsFlags & Pick<CreateFlags, 'listen'>,
  names: readonly string[],
): { listens: PlannedListen[]; sources: NodeTlsSources | undefined } {
  const sources = planTls(flags);
  if (sources !== undefined && flags.listen.length === 0)
    throw usageError('--tls: expected --listen grpc://HOST:PORT as well, found none; it is for nodes that dial');
  const tls = tlsConfig(sources);
  const listens = flags.listen.map((text) => {
    const { name, value } = splitTarget(text, names, '--listen');
    const problem = grpcListenProblem(value);
    if (problem !== undefined) throw usageError(`--listen: ${problem}`);
    if (tls.mode === 'none' && !isLoopback(parseGrpcListen(value)?.host ?? '')) {
      throw usageError(
        `--listen ${value}: expected --tls one-way or --tls mutual with --tls-certificate and --tls-key, found no --tls; in plain text whoever reaches the port gets signatures, so only a loopback address may do without`,
      );
    }
    return { name, node: { kind: 'listen' as const, listen: value, tls } };
  });
  return { listens, sources };
}

/**
 * Two servers of one machine on one port: found when the second one starts, at the latest in the night of a failover, if not here.
 *
 * @throws CliError `USAGE`
 */
export function refuseClashes(cosigners: readonly PlannedCosigner[]): void {
  const bound: { machine: string; socket: ListenAddress; what: string; isNode: boolean }[] = [];
  for (const { name, address, peerListen, httpListen, nodes } of cosigners) {
    const machine = parseListenAddress(address).host;
    const own = bound.length;
    const listens = nodes.flatMap((node) => (node.kind === 'listen' ? [node.listen] : []));
    for (const [what, text, isNode] of [
      [`${name}'s peers`, peerListen, false] as const,
      [`${name}'s status page`, httpListen, false] as const,
      ...listens.map((listen) => [`${name}'s nodes`, listen.slice('grpc://'.length), true] as const),
    ]) {
      const socket = parseListenAddress(text);
      // Behind a translator two cosigners may have one host and be two machines: their status pages may have one port.
      const clash = bound.find(
        (other, at) =>
          other.machine === machine && (other.isNode || isNode || at >= own) && isSameSocket(other.socket, socket),
      );
      if (clash !== undefined) {
        const flag = clash.isNode || isNode ? `--listen ${name}=grpc://HOST:PORT` : `--http ${name}=HOST:PORT`;
        throw usageError(
          `${flag.split(' ')[0]}: expected a port of its own for ${what}, found ${socket.port}, taken by ${clash.what} on the same machine; give each cosigner its own: ${flag}`,
        );
      }
      bound.push({ machine, socket, what, isNode });
    }
  }
}

function planTls(flags: TlsFlags): NodeTlsSources | undefined {
  const { tls: mode, tlsCertificate, tlsKey, tlsClientCa } = flags;
  if (mode === undefined) {
    const given = [tlsCertificate, tlsKey, tlsClientCa].some((each) => each !== undefined);
    if (given) throw usageError('--tls-…: expected --tls one-way or --tls mutual as well, found none');
    return undefined;
  }
  if (mode !== 'one-way' && mode !== 'mutual')
    throw usageError(`--tls: expected ${TLS_MODES.slice(1).join(' or ')}, found ${JSON.stringify(mode)}`);
  if (tlsCertificate === undefined || tlsKey === undefined)
    throw usageError(
      `--tls ${mode}: expected --tls-certificate FILE and --tls-key FILE; make them with quorumsign certs issue --for signer`,
    );
  if (mode === 'one-way') {
    if (tlsClientCa === undefined) return { mode, certificate: tlsCertificate, key: tlsKey };
    throw usageError(
      '--tls one-way: expected no --tls-client-ca, found one; only --tls mutual asks nodes for a certificate',
    );
  }
  if (tlsClientCa === undefined)
    throw usageError('--tls mutual: expected --tls-client-ca FILE, the authority of the nodes, found none');
  return { mode, certificate: tlsCertificate, key: tlsKey, clientCa: tlsClientCa };
}

/** As it stands in quorumsign.yaml, whatever the files were called before. */
function tlsConfig(sources: NodeTlsSources | undefined): NodeTlsConfig {
  if (sources === undefined) return { mode: 'none' };
  const certificate = `tls/${NODE_TLS_FILES.certificate}`;
  const key = `tls/${NODE_TLS_FILES.key}`;
  if (sources.mode === 'one-way') return { mode: 'one-way', certificate, key };
  return { mode: 'mutual', certificate, key, clientCa: `tls/${NODE_TLS_FILES.clientCa}`, allowed: undefined };
}
