/**
 * A socket read on demand, with a limit of time for each read, as a node reads.
 */

import type { Socket } from 'node:net';
import type { Clock } from '../clock.js';
import { TestNodeError } from './test-node-error.js';

export class PullStream {
  readonly #socket: Socket;
  readonly #clock: Clock;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
      this.#wake?.();
    });
    const end = () => {
      this.#ended = true;
      this.#wake?.();
    };
    socket.on('end', end);
    socket.on('close', end);
    socket.resume();
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Closes, in both directions, once what was written has left; answers are not read any more. */
  destroySoon(): void {
    this.#ended = true;
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Closes with a reset where the transport has one (tcp), as the kernel does for a process that died with bytes unread. */
  reset(): void {
    const { remoteAddress, writableEnded } = this.#socket;
    // A socket whose own end was already sent cannot be reset any more; Node would keep its handle.
    const resettable = remoteAddress !== undefined && !writableEnded && !this.#ended;
    this.#ended = true;
    if (!resettable) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  /** Exactly `length` bytes. @throws TestNodeError `READ_TIMEOUT`, `CONNECTION_LOST` */
  async read(length: number, timeoutMs: number): Promise<Buffer> {
    let expired = false;
    const cancel = this.#clock.setTimer(timeoutMs, () => {
      expired = true;
      this.#wake?.();
    });
    try {
      while (this.#bytes < length) {
        if (this.#ended) throw new TestNodeError('CONNECTION_LOST', 'the signer closed the connection');
        if (expired) throw new TestNodeError('READ_TIMEOUT', `no answer within ${timeoutMs} ms`);
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      cancel();
      this.#wake = undefined;
    }
    const all = Buffer.concat(this.#chunks);
    const out = all.subarray(0, length);
    this.#chunks = [all.subarray(length)];
    this.#bytes = all.length - length;
    return out;
  }
}
