/**
 * The dialling end of a stream: one dial, one channel, one call. gRPC connects the socket, {@link PinnedCredentials} secure
 * it; whatever ends first – socket, call, channel – ends the stream, once, with the most telling words there are.
 */

import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { Client, type ClientDuplexStream, type ServiceError } from '@grpc/grpc-js';
import { CHANNEL_OPTIONS, EXCHANGE_PATH, passThrough } from './grpc-service.js';
import { isReset } from './lost-reset.js';
import type { PacketStream, PacketStreamEvents } from './packet-stream.js';
import { PinnedCredentials } from './pinned-credentials.js';
import type { PeerTlsIdentity } from './tls-settings.js';

export interface DialOptions {
  /** `host:port`; an IPv6 address in brackets. */
  readonly address: string;
  readonly identity: PeerTlsIdentity;
  /** Throws if the certificate is not the dialled peer's. */
  checkPeer(certificate: X509Certificate): void;
}

const LOST = 'the connection was lost';
/** In TLS 1.3 the listening end judges our certificate after our end of the handshake is done; its alert gets lost in HTTP/2. */
const UNANSWERED =
  "closed before the first answer: the peer may refuse this cosigner's certificate (authority, validity), or is starting or stopping; its log says";

/** Dials; never throws for what the network does, that ends the stream. */
export function dialPeer(options: DialOptions, events: PacketStreamEvents): PacketStream {
  return new DialledStream(options, events);
}

class DialledStream implements PacketStream {
  readonly #events: PacketStreamEvents;
  readonly #client: Client;
  readonly #call: ClientDuplexStream<Buffer, Buffer>;
  #socket: TLSSocket | undefined;
  #failure: string | undefined;
  #answered = false;
  #closed = false;

  constructor({ address, identity, checkPeer }: DialOptions, events: PacketStreamEvents) {
    this.#events = events;
    const credentials = new PinnedCredentials({
      identity,
      checkPeer,
      opened: (socket) => this.#adopt(socket),
      failed: (error) => {
        this.#failure ??= error instanceof Error ? error.message : String(error);
      },
    });
    this.#client = new Client(`dns:${address}`, credentials, CHANNEL_OPTIONS);
    this.#call = this.#client.makeBidiStreamRequest(EXCHANGE_PATH, passThrough, passThrough);
    this.#call.on('data', (packet: Buffer) => {
      this.#answered = true;
      this.#events.packet(packet);
    });
    this.#call.on('error', (error: ServiceError) => this.#close(`reset: ${this.#failure ?? error.details}`));
    this.#call.on('end', () => this.#close('closed: the peer ended the stream'));
  }

  bytesRead(): number {
    return this.#socket?.bytesRead ?? 0;
  }

  write(packet: Buffer, written: () => void): void {
    if (!this.#closed) this.#call.write(packet, written);
  }

  lookForReset(): void {
    if (!this.#closed && this.#socket !== undefined && isReset(this.#socket)) setImmediate(() => this.#lost());
  }

  end(): void {
    if (!this.#closed) this.#call.end();
  }

  destroy(): void {
    this.#close('closed: by this end');
  }

  #adopt(socket: TLSSocket): void {
    this.#socket = socket;
    if (this.#closed) {
      // gRPC connected a socket for a dial that was given up meanwhile.
      socket.destroy();
      return;
    }
    // A killed peer shows here, milliseconds before gRPC has worked its way up to the call.
    socket.once('close', () => this.#lost());
  }

  #lost(): void {
    this.#close(`reset: ${this.#failure ?? (this.#answered ? LOST : UNANSWERED)}`);
  }

  #close(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#call.cancel();
    this.#client.close();
    this.#socket?.destroy();
    this.#events.closed(reason);
  }
}
