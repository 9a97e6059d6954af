/**
 * The port that nodes dial: sockets come in, are secured and looked at, and what may pass is handed on, to gRPC.
 *
 * The sockets are our own rather than gRPC's for the same reasons as between cosigners: TLS 1.3 and nothing below, refusals in
 * words, certificates that can be exchanged under live connections, and limits. TLS itself lets every certificate through that
 * its owner holds the key of; whether it is one of ours is judged by `checkNodeCertificate`, which can say why not.
 */

import { constants } from 'node:crypto';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import {
  createServer as createTlsServer,
  type SecureContextOptions,
  type TLSSocket,
  type Server as TlsServer,
} from 'node:tls';
import { type CertificateReader, checkNodeCertificate, PkiError } from '@quorumsign/pki';
import type { Clock } from '../clock.js';
import { PrivvalError } from '../errors.js';
import type { Logger } from '../logger.js';
import { formatGrpcListen, type ListenAddress } from './listen-address.js';
import type { NodeServerTls } from './node-server.js';
import { RefusalLog } from './refusal-log.js';
import { tlsFailureReason } from './tls-failure.js';
import type { LoadedTls } from './tls-files.js';

/** Sockets open at once, those in handshake included. */
export const SOCKETS_MAX = 128;
/** From the connection to its first HTTP/2 byte. */
export const HANDSHAKE_TIMEOUT_MS = 5000;
/** Each connection is asked for a sign of life, and has as long to give it: in three times that something comes from one that lives. */
const SILENCE_KEEPALIVES = 3;
const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0');

export interface NodeDoorDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly date: () => Date;
  /** Reads what a node shows; undefined where none is asked for a certificate. */
  readonly read: CertificateReader | undefined;
  /** A connection that may pass. From then on it is asked for a sign of life every `keepaliveMs`. */
  readonly admit: (socket: Socket) => void;
  readonly keepaliveMs: number;
}

export class NodeDoor {
  readonly refusals: RefusalLog;
  readonly #listen: ListenAddress;
  readonly #tls: NodeServerTls;
  readonly #deps: NodeDoorDeps;
  readonly #server: Server | TlsServer;
  readonly #sockets = new Set<Socket>();
  readonly #admitted = new Set<Socket>();
  #loaded: LoadedTls | undefined;

  /** @param loaded - undefined exactly for mode `none` */
  constructor(listen: ListenAddress, tls: NodeServerTls, loaded: LoadedTls | undefined, deps: NodeDoorDeps) {
    this.#listen = listen;
    this.#tls = tls;
    this.#deps = deps;
    this.#loaded = loaded;
    this.refusals = new RefusalLog(deps);
    this.#server = loaded === undefined ? this.#plainServer() : this.#tlsServer(loaded);
    this.#server.maxConnections = SOCKETS_MAX;
    this.#server.on('drop', (drop) =>
      this.refusals.refuse(drop?.remoteAddress ?? '', `over ${SOCKETS_MAX} connections`),
    );
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  get connections(): number {
    return this.#admitted.size;
  }

  /** @throws PrivvalError `LISTEN_FAILED` */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const failed = (cause: NodeJS.ErrnoException): void => {
        const address = formatGrpcListen(this.#listen);
        reject(new PrivvalError({ code: 'LISTEN_FAILED', address, reason: cause.code ?? cause.message }, { cause }));
      };
      this.#server.once('error', failed);
      this.#server.listen({ host: this.#listen.host, port: this.#listen.port }, () => {
        this.#server.off('error', failed);
        this.#server.on('error', (error) =>
          this.#deps.logger.error({ error: error.message }, 'server for nodes failed'),
        );
        resolve();
      });
    });
  }

  /** As bound, or as wished while it is not. */
  address(): string {
    const bound: AddressInfo | string | null = this.#server.address();
    if (bound === null || typeof bound === 'string') return formatGrpcListen(this.#listen);
    return formatGrpcListen({ host: bound.address, port: bound.port });
  }

  /** For connections to come; those alive keep what they have. */
  reload(loaded: LoadedTls): void {
    this.#loaded = loaded;
    if ('setSecureContext' in this.#server) this.#server.setSecureContext(contextOf(loaded));
  }

  /** Takes no more connections; those that are there stay until {@link close}. */
  stopListening(): void {
    this.#server.close();
  }

  /** Ends every connection. */
  close(): void {
    for (const socket of [...this.#sockets, ...this.#admitted]) socket.destroy();
  }

  #plainServer(): Server {
    return createTcpServer({ noDelay: true }, (socket) => {
      const from = socket.remoteAddress ?? '';
      this.#guard(socket, from);
      const cancel = this.#deps.clock.setTimer(HANDSHAKE_TIMEOUT_MS, () => socket.destroy());
      socket.once('close', cancel);
      socket.once('data', (first: Buffer) => {
        cancel();
        socket.pause();
        const length = Math.min(first.length, HTTP2_PREFACE.length);
        if (!first.subarray(0, length).equals(HTTP2_PREFACE.subarray(0, length))) {
          const tls = first[0] === 0x16;
          this.refusals.refuse(from, tls ? 'TLS to a server without TLS (tls.mode none)' : 'no HTTP/2 (gRPC) client');
          socket.destroy();
          return;
        }
        socket.unshift(first);
        this.#admit(socket, from);
      });
    });
  }

  #tlsServer(loaded: LoadedTls): TlsServer {
    const mutual = this.#tls.mode === 'mutual';
    const server = createTlsServer({
      ...contextOf(loaded),
      requestCert: mutual,
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      noDelay: true,
    });
    server.on('tlsClientError', (error, socket) => {
      const reason = tlsFailureReason(error);
      if (reason !== undefined) this.refusals.refuse(socket.remoteAddress ?? '', reason);
    });
    server.on('secureConnection', (socket) => {
      const from = socket.remoteAddress ?? '';
      this.#guard(socket, from);
      const reason = this.#whyNot(socket);
      if (reason === undefined) {
        this.#admit(socket, from);
        return;
      }
      this.refusals.refuse(from, reason);
      socket.destroy();
    });
    return server;
  }

  #whyNot(socket: TLSSocket): string | undefined {
    const { clientCaPem } = this.#loaded ?? {};
    if (this.#tls.mode === 'mutual') {
      const chain = chainOf(socket);
      if (chain.length === 0)
        return 'no client certificate; tls.mode is mutual, so the node needs one of the client CA';
      const { allowed, clientCaFile } = this.#tls;
      const { read, date } = this.#deps;
      if (read === undefined) throw new Error('impossible: mutual TLS without a reader of certificates');
      try {
        const policy = { clientCaPem: clientCaPem ?? '', clientCaWhat: clientCaFile, allowed, now: date(), read };
        checkNodeCertificate(chain, policy);
      } catch (error) {
        if (error instanceof PkiError) return error.message;
        throw error;
      }
    }
    return socket.alpnProtocol === 'h2' ? undefined : 'TLS without HTTP/2: no gRPC client';
  }

  #admit(socket: Socket, from: string): void {
    this.refusals.admitted(from);
    this.#admitted.add(socket);
    socket.once('close', () => this.#admitted.delete(socket));
    this.#endWhenSilent(socket);
    this.#deps.admit(socket);
  }

  /**
   * gRPC destroys sessions that give no sign of life, but where a client over TLS left many calls behind Node was seen to keep the socket of a
   * destroyed session: for good, since a socket that is not read does not show that the other end has gone.
   */
  #endWhenSilent(socket: Socket): void {
    const { clock, keepaliveMs } = this.#deps;
    let cancel = () => {};
    const watch = (): void => {
      const { bytesRead } = socket;
      cancel = clock.setTimer(SILENCE_KEEPALIVES * keepaliveMs, () => {
        if (socket.bytesRead === bytesRead) socket.destroy();
        else watch();
      });
    };
    watch();
    socket.once('close', () => cancel());
  }

  #guard(socket: Socket, from: string): void {
    socket.on('error', (error) =>
      this.#deps.logger.info({ from, error: error.message }, 'connection of a node failed'),
    );
  }
}

function contextOf({ certificatePem, keyPem }: LoadedTls): SecureContextOptions {
  return {
    cert: certificatePem,
    key: keyPem,
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    // No resumption: every connection shows its certificate anew, so a changed list or authority counts for the next one.
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}

/** What the node showed: its certificate, then those that it sent with it. */
function chainOf(socket: TLSSocket): Uint8Array[] {
  const chain: Uint8Array[] = [];
  const seen = new Set<string>();
  let next = socket.getPeerCertificate(true);
  while (next?.raw !== undefined && !seen.has(next.fingerprint256)) {
    seen.add(next.fingerprint256);
    chain.push(next.raw);
    next = next.issuerCertificate;
  }
  return chain;
}
