/**
 * The transport between real cosigners: a listener for the members before this one in the list, a dialling link for those
 * after it, so that each pair has exactly one connection. Who a peer is, is decided here and only here: by its certificate,
 * through `checkPeerCertificate`, with the name that was dialled or, for one that dials, a name that should.
 */

import { X509Certificate } from 'node:crypto';
import { checkPeerCertificate } from '@quorumsign/pki';
import { HANDSHAKE_TIMEOUT_MS } from './connection.js';
import type { PeerDependencies } from './dependencies.js';
import { PeerError } from './errors.js';
import { dialPeer } from './grpc-dial.js';
import { PeerListener } from './grpc-listen.js';
import { type LocalIdentity, PROTOCOL_VERSION, PROTOCOL_VERSION_MIN } from './hello.js';
import { Link } from './link.js';
import { SILENCE_MS_DEFAULT } from './liveness.js';
import { checkGrpcOptions, type GrpcTransportOptions } from './options.js';
import type { PacketStream, PacketStreamEvents } from './packet-stream.js';
import { type ProbeTcp, probeTcp, splitAddress } from './tcp-probe.js';
import type { PeerTlsIdentity } from './tls-settings.js';
import type { PeerEvents, PeerStatus, PeerTransport } from './transport.js';

export interface GrpcPeerDependencies extends PeerDependencies {
  /** The calendar, for certificates; the clock of the timers need not know it. */
  readonly date: () => Date;
}

export interface GrpcPeerTransport extends PeerTransport {
  /** `host:port` really bound; undefined unless listening. */
  address(): string | undefined;
  /** New certificates, for connections to come in both directions; those alive stay. The caller has checked them. */
  reload(identity: PeerTlsIdentity): void;
}

/**
 * Makes a transport; nothing happens before `start`.
 *
 * @throws PeerError `OPTIONS`
 */
export function createGrpcTransport(options: GrpcTransportOptions, deps: GrpcPeerDependencies): GrpcPeerTransport {
  checkGrpcOptions(options);
  return new GrpcTransport(options, deps);
}

class GrpcTransport implements GrpcPeerTransport {
  readonly #options: GrpcTransportOptions;
  readonly #deps: GrpcPeerDependencies;
  readonly #links = new Map<string, Link>();
  #listener: PeerListener | undefined;
  #identity: PeerTlsIdentity;
  #state: 'new' | 'running' | 'stopped' = 'new';

  constructor(options: GrpcTransportOptions, deps: GrpcPeerDependencies) {
    this.#options = options;
    this.#deps = deps;
    this.#identity = options.tls;
  }

  async start(events: PeerEvents): Promise<void> {
    if (this.#state !== 'new') throw new PeerError({ code: 'LIFECYCLE', reason: 'start: a transport is started once' });
    this.#state = 'running';
    const own = this.#ownIndex();
    for (const [index, member] of this.#options.members.entries()) {
      if (index !== own) this.#links.set(member.name, this.#makeLink(member, index > own, events));
    }
    this.#listener = this.#makeListener();
    await this.#listener.start();
    for (const link of this.#links.values()) link.start();
  }

  send(peer: string, frame: Uint8Array): boolean {
    return this.#links.get(peer)?.send(frame) ?? false;
  }

  drop(reason: string): void {
    for (const link of this.#links.values()) link.drop(reason);
  }

  async stop(): Promise<void> {
    if (this.#state !== 'running') return;
    this.#state = 'stopped';
    await Promise.all([...this.#links.values()].map((link) => link.stop()));
    await this.#listener?.stop();
  }

  status(): readonly PeerStatus[] {
    return [...this.#links.values()].map((link) => link.status());
  }

  address(): string | undefined {
    return this.#listener?.address();
  }

  reload(identity: PeerTlsIdentity): void {
    this.#listener?.reload(identity);
    this.#identity = identity;
  }

  #ownIndex(): number {
    return this.#options.members.findIndex(({ name }) => name === this.#options.name);
  }

  #makeLink(member: { name: string; address: string }, dials: boolean, events: PeerEvents): Link {
    const { cluster, name, bootId, versions, silenceMs } = this.#options;
    const local: LocalIdentity = {
      cluster,
      name,
      bootId,
      versions: versions ?? { min: PROTOCOL_VERSION_MIN, max: PROTOCOL_VERSION },
    };
    const dial = dials ? (stream: PacketStreamEvents) => this.#dial(member, stream) : undefined;
    const probe: ProbeTcp = (report) => probeTcp(this.#deps.clock, member.address, HANDSHAKE_TIMEOUT_MS, report);
    const options = { name: member.name, local, silenceMs: silenceMs ?? SILENCE_MS_DEFAULT, dial, probe };
    return new Link(options, this.#deps, events);
  }

  #dial({ name, address }: { name: string; address: string }, events: PacketStreamEvents): PacketStream {
    const checkPeer = (certificate: X509Certificate): void => {
      this.#checkPeer(certificate, [name]);
      this.#links.get(name)?.sawCertificate(new Date(certificate.validTo));
    };
    return dialPeer({ address, identity: this.#identity, checkPeer }, events);
  }

  #makeListener(): PeerListener {
    const { host, port } = splitAddress(this.#options.listen);
    const diallers = this.#options.members.slice(0, this.#ownIndex()).map(({ name }) => name);
    return new PeerListener(
      {
        host,
        port,
        identity: this.#identity,
        checkPeer: (certificate) => this.#checkPeer(certificate, diallers),
        accepted: (peer, certificate, open) => {
          const link = this.#links.get(peer);
          link?.sawCertificate(new Date(certificate.validTo));
          link?.accept(open);
        },
      },
      this.#deps,
    );
  }

  #checkPeer(certificate: X509Certificate, allowedNames: readonly string[]): string {
    const { cluster, name } = this.#options;
    // Parsed anew from its bytes: strictly, and free of anything the TLS library has attached.
    const parsed = new X509Certificate(certificate.raw);
    const policy = { caPem: this.#identity.caPem, cluster, allowedNames, now: this.#deps.date() };
    return checkPeerCertificate(parsed, { ...policy, what: `certificate shown to ${name}` });
  }
}
