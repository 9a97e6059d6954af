/**
 * Where signers connect to a test node: one at a time, the others wait as they would in the kernel's accept queue.
 *
 * A waiting connection is open at TCP level and gets no byte. When the current one is dropped the next is taken; those
 * that closed meanwhile are skipped at once, those that hang cost the handshake timeout, as with a real node.
 */

import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../clock.js';
import { parsePeerId, peerIdOf } from '../noise/peer-id.js';
import { type ConnectionFault, faultyHandshake } from './fault.js';
import { acceptNoiseLink } from './noise-link.js';
import { PullStream } from './pull-stream.js';
import { acceptSecretLink, createPlainLink, type SignerLink } from './signer-link.js';
import { TestNodeError } from './test-node-error.js';

export interface SlotConnection {
  readonly link: SignerLink;
  readonly stream: PullStream;
  /** 1 for the first connection that was used. */
  readonly number: number;
}

export interface SignerSlotOptions {
  /** `tcp://host:port` (port 0: any free one) or `unix:///path`. */
  readonly listen: string;
  readonly identitySeed: Uint8Array;
  readonly handshakeTimeoutMs: number;
}

export class SignerSlot {
  readonly #options: SignerSlotOptions;
  readonly #deps: { clock: Clock; randomBytes: (length: number) => Uint8Array };
  readonly #server: Server;
  readonly #queue: Socket[] = [];
  readonly #faults: ConnectionFault[] = [];
  readonly #waiters = new Set<(connection: SlotConnection | undefined) => void>();
  #handshaking: PullStream | undefined;
  #current: SlotConnection | undefined;
  #accepted = 0;
  #stopped = false;

  constructor(options: SignerSlotOptions, deps: { clock: Clock; randomBytes: (length: number) => Uint8Array }) {
    this.#options = options;
    this.#deps = deps;
    this.#server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
      // Errors show as the end of the stream; without a listener they would end the process.
      socket.on('error', () => undefined);
      this.#queue.push(socket);
      this.#pump();
    });
  }

  /** Listens. Rejects if the address cannot be had. */
  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(parseListen(this.#options.listen), () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  /** Drops everything and stops to listen. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const socket of this.#queue.splice(0)) socket.destroy();
    this.#handshaking?.destroy();
    this.#current?.stream.destroy();
    this.#current = undefined;
    this.#wake(undefined);
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** What a signer dials. */
  get address(): string {
    const bound = this.#server.address();
    if (typeof bound !== 'object' || bound === null) return this.#options.listen;
    const host = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
    if (!this.#options.listen.startsWith('noise://')) return `tcp://${host}:${bound.port}`;
    return `noise://${peerIdOf(this.#options.identitySeed)}@${host}:${bound.port}`;
  }

  get current(): SlotConnection | undefined {
    return this.#current;
  }

  /** Connections that wait for their turn. */
  get waiting(): number {
    return this.#queue.filter((socket) => !socket.destroyed).length;
  }

  /** Connections used so far. */
  get accepted(): number {
    return this.#accepted;
  }

  /** The next connections get this instead of a handshake. */
  failNext(fault: ConnectionFault): void {
    this.#faults.push(fault);
  }

  /** The current connection, or the next. @throws TestNodeError `NO_CONNECTION`, `STOPPED` */
  async connection(timeoutMs: number): Promise<SlotConnection> {
    if (this.#current !== undefined) return this.#current;
    const connection = await new Promise<SlotConnection | undefined>((resolve) => {
      const cancel = this.#deps.clock.setTimer(timeoutMs, () => settle(undefined));
      const settle = (found: SlotConnection | undefined) => {
        cancel();
        this.#waiters.delete(settle);
        resolve(found);
      };
      this.#waiters.add(settle);
    });
    if (connection !== undefined) return connection;
    throw this.#stopped
      ? new TestNodeError('STOPPED', 'the test node is stopped')
      : new TestNodeError('NO_CONNECTION', `no signer connected within ${timeoutMs} ms`);
  }

  /** Ends a connection, if it still is the current one, and takes the next. */
  drop(connection: SlotConnection, how: 'close' | 'reset' = 'close'): void {
    if (how === 'reset') connection.stream.reset();
    else connection.stream.destroy();
    if (this.#current !== connection) return;
    this.#current = undefined;
    this.#pump();
  }

  #pump(): void {
    if (this.#stopped || this.#current !== undefined || this.#handshaking !== undefined) return;
    const socket = this.#queue.shift();
    if (socket === undefined) return;
    const stream = new PullStream(socket, this.#deps.clock);
    this.#handshaking = stream;
    this.#handshake(stream).then(
      (link) => {
        this.#handshaking = undefined;
        if (this.#stopped) return stream.destroy();
        this.#accepted += 1;
        this.#current = { link, stream, number: this.#accepted };
        this.#wake(this.#current);
      },
      () => {
        // A real node logs it and accepts the next.
        stream.destroy();
        this.#handshaking = undefined;
        this.#pump();
      },
    );
  }

  async #handshake(stream: PullStream): Promise<SignerLink> {
    if (this.#options.listen.startsWith('unix://')) return createPlainLink(stream);
    const timeoutMs = this.#options.handshakeTimeoutMs;
    const fault = this.#faults.shift();
    if (fault !== undefined) {
      stream.write(faultyHandshake(fault, await stream.read(35, timeoutMs)));
      await stream.read(Number.MAX_SAFE_INTEGER, timeoutMs);
    }
    const { identitySeed } = this.#options;
    const { randomBytes } = this.#deps;
    const signerPeerId = pinnedSigner(this.#options.listen);
    if (signerPeerId !== undefined)
      return acceptNoiseLink(stream, { identitySeed, signerPeerId, randomBytes, timeoutMs });
    return acceptSecretLink(stream, { identitySeed, ephemeralSecret: randomBytes(32), timeoutMs });
  }

  #wake(connection: SlotConnection | undefined): void {
    for (const settle of [...this.#waiters]) settle(connection);
  }
}

/** Of `noise://SIGNERPEERID@host:port`; undefined for other addresses. */
function pinnedSigner(listen: string): Uint8Array | undefined {
  const [, peerId] = /^noise:\/\/([^@]+)@/.exec(listen) ?? [];
  return peerId === undefined ? undefined : parsePeerId(peerId);
}

function parseListen(listen: string): { path: string } | { host: string; port: number } {
  if (listen.startsWith('unix://')) return { path: listen.slice('unix://'.length) };
  const url = new URL(listen.replace(/^(tcp|noise):/, 'http:'));
  return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(url.port) };
}
