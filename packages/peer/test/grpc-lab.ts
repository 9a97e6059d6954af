/**
 * A cluster of transports on loopback sockets, with real certificates. Members are started last to first, because the earlier
 * dial the later and must know the port that the later one got.
 */

import { randomBytes } from 'node:crypto';
import { type CertificateWithKey, createClusterAuthority, issueCosignerCertificate } from '@quorumsign/pki';
import {
  createGrpcTransport,
  type GrpcPeerTransport,
  type GrpcTransportOptions,
  type PeerTlsIdentity,
} from '../src/index.js';
import { type LogLine, realClock, realDependencies } from './real-clock.js';
import { Recorder } from './recorder.js';

export const CLUSTER = 'lab';
export const AUTHORITY = await createClusterAuthority({
  cluster: CLUSTER,
  now: new Date(Date.now() - 3 * 365 * 86_400_000),
});
const NAMES = ['alpha', 'beta', 'gamma'];

export async function issue(
  name: string,
  cluster = CLUSTER,
  authority: CertificateWithKey = AUTHORITY,
  now = new Date(),
  days = 30,
): Promise<PeerTlsIdentity> {
  const { certificatePem, keyPem } = await issueCosignerCertificate({ authority, cluster, cosigner: name, now, days });
  return { caPem: authority.certificatePem, certificatePem, keyPem };
}

const identities = new Map(await Promise.all(NAMES.map(async (name) => [name, await issue(name)] as const)));

export function identityOf(name: string): PeerTlsIdentity {
  const identity = identities.get(name);
  if (identity === undefined) throw new Error(`no identity for ${name}`);
  return identity;
}

export interface LabNode {
  readonly transport: GrpcPeerTransport;
  readonly events: Recorder;
  readonly log: LogLine[];
  readonly address: string;
  lastError(peer: string): string | undefined;
  /** Waits for a log line whose fields mention the text. */
  logged(text: string): Promise<string>;
}

export class GrpcLab {
  readonly #addresses = new Map<string, string>();
  readonly #running = new Set<GrpcPeerTransport>();

  /** The address where a member listens or last listened. */
  address(name: string): string {
    return this.#addresses.get(name) ?? '127.0.0.1:9';
  }

  setAddress(name: string, address: string): void {
    this.#addresses.set(name, address);
  }

  options(name: string, change: Partial<GrpcTransportOptions> = {}): GrpcTransportOptions {
    const members = NAMES.map((each) => ({ name: each, address: this.address(each) }));
    const listen = this.#addresses.get(name) ?? '127.0.0.1:0';
    return {
      cluster: CLUSTER,
      name,
      bootId: randomBytes(16).toString('hex'),
      members,
      listen,
      tls: identityOf(name),
      ...change,
    };
  }

  async start(name: string, change: Partial<GrpcTransportOptions> = {}): Promise<LabNode> {
    const log: LogLine[] = [];
    const waiters = new Set<() => void>();
    const deps = realDependencies(log);
    const notify = (line: LogLine['level']) => (fields: LogLine['fields'], message: string) => {
      log.push({ level: line, fields, message });
      for (const look of [...waiters]) look();
    };
    const logger = { debug: notify('debug'), info: notify('info'), warn: notify('warn'), error: notify('error') };
    const transport = createGrpcTransport(this.options(name, change), { ...deps, logger });
    const events = new Recorder(realClock.now);
    this.#running.add(transport);
    await transport.start(events);
    const address = transport.address();
    if (address === undefined) throw new Error('not listening');
    if (change.listen === undefined) this.#addresses.set(name, address);
    return {
      transport,
      events,
      log,
      address,
      lastError: (peer) => transport.status().find((status) => status.name === peer)?.lastError,
      logged: (text) =>
        new Promise((resolve) => {
          const look = (): void => {
            const found = log
              .map((line) => `${line.message} ${JSON.stringify(line.fields)}`)
              .find((line) => line.includes(text));
            if (found === undefined) return;
            waiters.delete(look);
            resolve(found);
          };
          waiters.add(look);
          look();
        }),
    };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running].map((transport) => transport.stop()));
    this.#running.clear();
    this.#addresses.clear();
  }
}
