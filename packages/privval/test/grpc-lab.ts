/** A server for nodes with certificates of every kind in a folder of its own, and clients that dial it. */

import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { ChannelCredentials, Client, type Metadata, type ServiceError } from '@grpc/grpc-js';
import { createNodeAuthority, issueNodeCertificate } from '@quorumsign/pki';
import {
  createNodeServer,
  type NodeServer,
  type NodeServerOptions,
  type NodeServerTls,
  systemClock,
} from '../src/index.js';
import { CHAIN_ID, KeyBackend, recordingLogger } from './fakes.js';

export interface Pair {
  readonly certificatePem: string;
  readonly keyPem: string;
}

const HOUR_MS = 3_600_000;

export class Lab {
  readonly directory: string;
  readonly backend = new KeyBackend();
  readonly logger = recordingLogger();
  readonly authority: Pair;
  readonly foreign: Pair;
  readonly #servers: NodeServer[] = [];
  readonly #clients: Client[] = [];
  /** What the servers take for the time. */
  now = new Date();

  private constructor(directory: string, authority: Pair, foreign: Pair) {
    this.directory = directory;
    this.authority = authority;
    this.foreign = foreign;
  }

  static async create(): Promise<Lab> {
    const now = new Date();
    const directory = await mkdtemp(join(tmpdir(), 'quorumsign-grpc-'));
    const lab = new Lab(
      directory,
      await createNodeAuthority({ now }),
      await createNodeAuthority({ now, name: 'foreign' }),
    );
    await lab.write('ca.pem', lab.authority.certificatePem);
    await lab.install(await lab.issue('signer'));
    return lab;
  }

  issue(
    role: 'signer' | 'node',
    options: { authority?: Pair; names?: readonly string[]; now?: Date; days?: number } = {},
  ): Promise<Pair> {
    const {
      authority = this.authority,
      names = ['IP:127.0.0.1', 'DNS:localhost'],
      now = new Date(),
      days = 90,
    } = options;
    return issueNodeCertificate({ authority, role, subjectAltNames: names, now, days });
  }

  /** The server's own certificate and key. */
  async install({ certificatePem, keyPem }: Pair): Promise<void> {
    await this.write('node-key.pem', keyPem);
    await this.write('node.pem', certificatePem);
  }

  async write(name: string, text: string, mode = 0o600): Promise<string> {
    const path = join(this.directory, name);
    await writeFile(path, text, { mode });
    await chmod(path, mode);
    return path;
  }

  tls(mode: NodeServerTls['mode'], allowed?: Extract<NodeServerTls, { mode: 'mutual' }>['allowed']): NodeServerTls {
    const certificateFile = join(this.directory, 'node.pem');
    const keyFile = join(this.directory, 'node-key.pem');
    const clientCaFile = join(this.directory, 'ca.pem');
    if (mode === 'none') return { mode };
    if (mode === 'one-way') return { mode, certificateFile, keyFile };
    return { mode, certificateFile, keyFile, clientCaFile, ...(allowed === undefined ? {} : { allowed }) };
  }

  async start(tls: NodeServerTls, options: Partial<NodeServerOptions> = {}): Promise<NodeServer> {
    const server = this.make(tls, options);
    await server.start();
    return server;
  }

  make(tls: NodeServerTls, options: Partial<NodeServerOptions> = {}): NodeServer {
    const server = createNodeServer(
      { listen: 'grpc://127.0.0.1:0', chainId: CHAIN_ID, tls, backend: this.backend, ...options },
      { clock: systemClock, logger: this.logger, date: () => this.now },
    );
    this.#servers.push(server);
    return server;
  }

  client(server: NodeServer, credentials: ChannelCredentials = ChannelCredentials.createInsecure()): Client {
    const client = new Client(targetOf(server), credentials, {
      'grpc.enable_retries': 0,
      'grpc.use_local_subchannel_pool': 1,
    });
    this.#clients.push(client);
    return client;
  }

  /** What a node with root-ca-file, and where given its own certificate, uses. */
  credentials(own?: Pair, root = this.authority): ChannelCredentials {
    const pem = (text: string) => Buffer.from(text);
    return own === undefined
      ? ChannelCredentials.createSsl(pem(root.certificatePem))
      : ChannelCredentials.createSsl(pem(root.certificatePem), pem(own.keyPem), pem(own.certificatePem));
  }

  /** A TLS connection by hand; resolves when it is closed, with what was seen. */
  async tlsProbe(server: NodeServer, options: ConnectionOptions): Promise<string> {
    const { port, host } = new URL(`http://${targetOf(server)}`);
    const socket: TLSSocket = connectTls({
      host: host.split(':')[0],
      port: Number(port),
      rejectUnauthorized: false,
      ...options,
    });
    return await new Promise((resolve) => {
      socket.on('error', (error) => resolve(error.message));
      socket.on('close', () => resolve('closed'));
      socket.resume();
    });
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.close();
    for (const server of this.#servers) await server.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}

export function targetOf(server: NodeServer): string {
  return server.status().address.replace('grpc://', '');
}

export type Reply = { readonly body: Buffer } | { readonly code: number; readonly details: string };

/** One unary call; never rejects. */
export function call(
  client: Client,
  path: string,
  body: Uint8Array,
  options: { deadlineMs?: number; cancelled?: (cancel: () => void) => void; metadata?: Metadata } = {},
): Promise<Reply> {
  const same = (bytes: Buffer) => bytes;
  return new Promise((resolve) => {
    const done = (error: ServiceError | null, value?: Buffer) => {
      if (error !== null) resolve({ code: error.code, details: error.details });
      else resolve({ body: value ?? Buffer.alloc(0) });
    };
    const deadline = Date.now() + (options.deadlineMs ?? 5000);
    const running = client.makeUnaryRequest(path, same, same, Buffer.from(body), { deadline }, done);
    options.cancelled?.(() => running.cancel());
  });
}

/** Waits for a condition, bounded. */
export async function until(condition: () => boolean, withinMs = 5000): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`expected a condition within ${withinMs} ms, it did not come`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export const hours = (date: Date, count: number) => new Date(date.getTime() + count * HOUR_MS);
