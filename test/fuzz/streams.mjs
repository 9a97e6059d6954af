// Sockets as the fuzzer uses them: everything that came is kept, waiting has an end, and nobody is told of errors that were asked for.

import { connect } from 'node:net';

export class Stream {
  #chunks = [];
  #wake = () => {};
  bytes = 0;
  ended = false;

  constructor(socket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      this.bytes += chunk.length;
      this.#chunks.push(chunk);
      this.#wake();
    });
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.ended = true;
        this.#wake();
      });
    }
  }

  write(bytes) {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  /** What has come and was not taken. */
  get pending() {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  take(length) {
    const all = this.pending;
    this.#chunks = [all.subarray(length)];
    return all.subarray(0, length);
  }

  /** Until `holds`, the end of the stream, or the time. @returns whether it holds */
  async until(holds, withinMs) {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#wake();
    }, withinMs);
    while (!holds() && !this.ended && !late) {
      await new Promise((resolve) => {
        this.#wake = resolve;
      });
    }
    clearTimeout(timer);
    return holds();
  }

  /** Exactly so many bytes, or undefined when they did not come. */
  async read(length, withinMs) {
    return (await this.until(() => this.pending.length >= length, withinMs)) ? this.take(length) : undefined;
  }

  /** Whether the other end has closed, or does in time. */
  async closes(withinMs) {
    await this.until(() => this.ended, withinMs);
    return this.ended;
  }

  /** Closes in one of the ways in which a peer does. */
  close(random) {
    const how = random === undefined ? 0 : random.below(3);
    const { remoteAddress, writableEnded, encrypted } = this.socket;
    // A socket whose own end was already sent cannot be reset any more; Node would keep its handle.
    if (how === 1 && remoteAddress !== undefined && !encrypted && !writableEnded && !this.ended)
      this.socket.resetAndDestroy();
    else if (how === 2) {
      this.socket.end();
      // The other end may not read, and then the end would never leave.
      setTimeout(() => this.socket.destroy(), 200);
    } else this.socket.destroy();
  }
}

export function dial(target) {
  return new Promise((resolve, reject) => {
    const socket = connect(target, () => resolve(new Stream(socket)));
    socket.once('error', reject);
  });
}

/** Pieces of random lengths, so that no reader can rely on where a chunk ends. */
export function* pieces(random, bytes) {
  if (!random.chance(0.3)) {
    yield bytes;
    return;
  }
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + random.below(random.pick([3, 50, 2000, 100_000]));
    yield bytes.subarray(at, at + length);
    at += length;
  }
}
