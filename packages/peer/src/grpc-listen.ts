/**
 * The listening end: our own TLS server, whose sockets are handed to a gRPC server once the certificate has been looked at.
 * A peer whose certificate is refused is still let through to gRPC, where the call is answered with the reason, in words,
 * before the socket is closed: it holds a certificate of the cluster's authority, so it is a colleague with a wrong
 * configuration, not a stranger. Strangers are refused by TLS itself.
 */

import type { X509Certificate } from 'node:crypto';
import { type AddressInfo, isIPv6 } from 'node:net';
import { createServer, type TLSSocket, type Server as TlsServer } from 'node:tls';
import { Server, ServerCredentials, type ServerDuplexStream, status } from '@grpc/grpc-js';
import { guardStreams } from '@quorumsign/grpc-guard';
import { HANDSHAKE_TIMEOUT_MS, LINGER_MS } from './connection.js';
import type { PeerClock, PeerLogger } from './dependencies.js';
import { PeerError } from './errors.js';
import { CHANNEL_OPTIONS, PEER_SERVICE } from './grpc-service.js';
import { isReset } from './lost-reset.js';
import type { PacketStream, PacketStreamEvents } from './packet-stream.js';
import { ALPN_PROTOCOLS, type PeerTlsIdentity, secureContextOptions } from './tls-settings.js';

/** Sockets open at once, those in handshake included; each peer needs one, and one more while it is replaced. */
export const SOCKETS_MAX = 256;

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly identity: PeerTlsIdentity;
  /** The peer's name. Throws if the certificate is not acceptable. */
  checkPeer(certificate: X509Certificate): string;
  /** A peer has opened a stream; `open` adopts it. */
  accepted(peer: string, certificate: X509Certificate, open: (events: PacketStreamEvents) => PacketStream): void;
}

interface Guest {
  readonly socket: TLSSocket;
  readonly certificate: X509Certificate;
  /** The name, or why it is refused. */
  readonly peer: { readonly name: string } | { readonly refusal: string };
  busy: boolean;
}

type Call = ServerDuplexStream<Buffer, Buffer>;

const LOST = 'reset: the connection was lost';

export class PeerListener {
  readonly #options: ListenerOptions;
  readonly #clock: PeerClock;
  readonly #logger: PeerLogger;
  readonly #tls: TlsServer;
  readonly #grpc = new Server(CHANNEL_OPTIONS);
  /** By `address:port` of the far end, which is how a gRPC call names its socket. */
  readonly #guests = new Map<string, Guest>();
  readonly #sockets = new Map<object, () => void>();

  constructor(options: ListenerOptions, deps: { readonly clock: PeerClock; readonly logger: PeerLogger }) {
    this.#options = options;
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    guardStreams(this.#grpc);
    this.#grpc.addService(PEER_SERVICE, { Exchange: (call: Call) => this.#exchange(call) });
    // TLS is done when gRPC gets the socket; to gRPC it is a plain one.
    const injector = this.#grpc.createConnectionInjector(ServerCredentials.createInsecure());
    this.#tls = createServer({
      ...secureContextOptions(options.identity),
      requestCert: true,
      rejectUnauthorized: true,
      ALPNProtocols: ALPN_PROTOCOLS,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      noDelay: true,
    });
    this.#tls.maxConnections = SOCKETS_MAX;
    this.#tls.on('connection', (socket) => {
      this.#sockets.set(socket, () => socket.destroy());
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#tls.on('tlsClientError', (error, socket) => {
      // Set where the certificate was the reason; the error itself then only says that we hung up.
      const { authorizationError } = socket;
      const reason = authorizationError ? String(authorizationError) : error.message;
      // A bare connect and close is a port check; all else is somebody who meant to come in.
      const level = !authorizationError && 'code' in error && error.code === 'ECONNRESET' ? 'debug' : 'warn';
      this.#logger[level]({ from: socket.remoteAddress, reason }, 'TLS handshake refused');
    });
    this.#tls.on('secureConnection', (socket) => {
      if (this.#welcome(socket)) injector.injectConnection(socket);
    });
  }

  /** @throws PeerError `LISTEN` */
  async start(): Promise<void> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      const fail = (cause: NodeJS.ErrnoException): void => {
        const address = `${host}:${port}`;
        reject(new PeerError({ code: 'LISTEN', address, reason: cause.code ?? cause.message }, { cause }));
      };
      this.#tls.once('error', fail);
      this.#tls.listen({ host, port }, () => {
        this.#tls.off('error', fail);
        this.#tls.on('error', (error) => this.#logger.error({ error: error.message }, 'peer listener failed'));
        resolve();
      });
    });
  }

  /** `host:port` really bound; undefined unless listening. */
  address(): string | undefined {
    const bound: AddressInfo | string | null = this.#tls.address();
    if (bound === null || typeof bound === 'string') return undefined;
    return isIPv6(bound.address) ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`;
  }

  /** Certificates for connections to come; those alive keep theirs. */
  reload(identity: PeerTlsIdentity): void {
    this.#tls.setSecureContext(secureContextOptions(identity));
  }

  /** Closes the port and every socket. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#tls.close(() => resolve()));
    for (const destroy of [...this.#sockets.values()]) destroy();
    this.#grpc.forceShutdown();
    await closed;
  }

  /** Looks at the certificate and remembers who holds the socket. */
  #welcome(socket: TLSSocket): boolean {
    const certificate = socket.getPeerX509Certificate();
    const key = `${socket.remoteAddress}:${socket.remotePort}`;
    socket.on('error', (error) => this.#logger.debug({ from: key, error: error.message }, 'peer socket failed'));
    if (!socket.authorized || certificate === undefined || socket.alpnProtocol !== 'h2') {
      socket.destroy();
      return false;
    }
    this.#guests.set(key, { socket, certificate, peer: this.#identify(certificate, key), busy: false });
    socket.once('close', () => this.#guests.delete(key));
    const cancel = this.#clock.setTimer(HANDSHAKE_TIMEOUT_MS, () => {
      if (this.#guests.get(key)?.busy === false) socket.destroy();
    });
    socket.once('close', cancel);
    return true;
  }

  #identify(certificate: X509Certificate, from: string): Guest['peer'] {
    try {
      return { name: this.#options.checkPeer(certificate) };
    } catch (error) {
      const refusal = error instanceof Error ? error.message : String(error);
      this.#logger.warn({ from, reason: refusal }, 'peer refused');
      return { refusal };
    }
  }

  #exchange(call: Call): void {
    const guest = this.#guests.get(call.getPeer());
    if (guest === undefined) {
      refuse(call, status.UNAVAILABLE, 'the connection is closing');
      return;
    }
    if (guest.busy) {
      refuse(call, status.RESOURCE_EXHAUSTED, 'one stream for each connection');
      return;
    }
    guest.busy = true;
    if ('refusal' in guest.peer) {
      refuse(call, status.PERMISSION_DENIED, guest.peer.refusal);
      const cancel = this.#clock.setTimer(LINGER_MS, () => guest.socket.destroy());
      guest.socket.once('close', cancel);
      return;
    }
    this.#options.accepted(
      guest.peer.name,
      guest.certificate,
      (events) => new AcceptedStream(call, guest.socket, events),
    );
  }
}

class AcceptedStream implements PacketStream {
  readonly #call: Call;
  readonly #socket: TLSSocket;
  readonly #events: PacketStreamEvents;
  #closed = false;

  constructor(call: Call, socket: TLSSocket, events: PacketStreamEvents) {
    this.#call = call;
    this.#socket = socket;
    this.#events = events;
    call.on('data', (packet: Buffer) => this.#events.packet(packet));
    call.on('error', (error) => this.#close(`reset: ${error.message}`));
    call.on('cancelled', () =>
      this.#close('reset: the stream was dropped, by the peer or for a message above the limit'),
    );
    call.on('end', () => this.#close('closed: the peer ended the stream'));
    socket.once('error', (error) => this.#close(`reset: ${error.message}`));
    socket.once('close', () => this.#close(LOST));
  }

  bytesRead(): number {
    return this.#socket.bytesRead;
  }

  write(packet: Buffer, written: () => void): void {
    if (!this.#closed) this.#call.write(packet, written);
  }

  lookForReset(): void {
    if (!this.#closed && isReset(this.#socket)) setImmediate(() => this.#close(LOST));
  }

  end(): void {
    if (!this.#closed) this.#call.end();
  }

  destroy(): void {
    this.#close('closed: by this end');
  }

  #close(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    this.#events.closed(reason);
  }
}

/** Answers a call with an error; gRPC takes it as an event. */
function refuse(call: Call, code: status, details: string): void {
  call.emit('error', { code, details });
}
